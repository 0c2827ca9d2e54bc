import { SessionError } from '../../core/errors.ts';
import { expiresAt, type Session } from '../../core/lifecycle.ts';
import { RevokeRequest, type SessionList } from '../../core/protocol.ts';
import { readJson } from '../http/body.ts';
import type { Reply } from '../http/reply.ts';
import { type ApiRequest, requireCredential, requireNamedCredential } from '../http/request.ts';
import { checkSession } from '../sessions/check.ts';
import type { Context } from '../sessions/context.ts';
import { listLive } from '../sessions/list.ts';
import { revokeEach } from '../sessions/revoke.ts';
import type { SessionOptions } from './options.ts';

/** `GET /api/sessions`: the user's live sessions, newest first. Never extends. */
export async function list(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const context = { store, now: request.now };
  const current = await checkSession(context, requireCredential(request));
  const sessions = await listLive(context, current);
  return { body: { sessions: sessions.map((session) => entry(session, current)) } satisfies SessionList };
}

/**
 * `POST /api/sessions/revoke`: ends one, all others or all of the user's own sessions. A repeat revokes none
 * and is no error.
 *
 * @throws SessionError `ERR_NOT_FOUND` for what is not a session of this user
 */
export async function revoke(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const context = { store, now: request.now };
  const body = await readJson(request, RevokeRequest);
  const current = await checkSession(context, requireNamedCredential(request, body));
  const revoked = await revokeEach(context, await targetsOf(context, body.target, current));
  return { body: { revoked } };
}

async function targetsOf(
  context: Context,
  target: RevokeRequest['target'],
  current: Session,
): Promise<Session[]> {
  if (target === 'all' || target === 'others') {
    const sessions = await listLive(context, current);
    return sessions.filter(({ sessionId }) => target === 'all' || sessionId !== current.sessionId);
  }
  const [session] = await context.store.readMany([target]);
  if (session?.subject !== current.subject) throw new SessionError('ERR_NOT_FOUND');
  return [session];
}

function entry(session: Session, current: Session): SessionList['sessions'][number] {
  const { sessionId, createdAt, lastActivityAt, device } = session;
  const { userAgent, address } = device;
  return {
    sessionId,
    current: sessionId === current.sessionId,
    createdAt,
    lastActivityAt,
    expiresAt: expiresAt(session),
    device: { ...(userAgent !== undefined && { userAgent }), ...(address !== undefined && { address }) },
  };
}
