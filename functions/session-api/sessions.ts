import { SessionError } from '../../core/errors.ts';
import { evaluate, expiresAt, type Session } from '../../core/lifecycle.ts';
import type { RevokeRequest, SessionList } from '../../core/protocol.ts';
import { type ApiRequest, type Reply, requireBoundCredential, requireCredential } from '../http/request.ts';
import { checkSession } from '../sessions/check.ts';
import { revokeEach } from '../sessions/revoke.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SessionOptions } from './handler.ts';

/** `GET /api/sessions`: the user's live sessions, newest first. Never extends. */
export async function list(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const { now } = request;
  const current = await checkSession({ store, now }, requireCredential(request));
  const sessions = await liveSessions(current, now, store);
  const body: SessionList = { sessions: sessions.map((session) => entry(session, current)) };
  return { body };
}

/**
 * `POST /api/sessions/revoke`: ends one, all others or all of the user's own sessions. A repeat revokes none
 * and is no error.
 *
 * @throws SessionError `ERR_NOT_FOUND` for what is not a session of this user
 */
export async function revoke(request: ApiRequest<RevokeRequest>, { store }: SessionOptions): Promise<Reply> {
  const { now, body } = request;
  const context = { store, now };
  const current = await checkSession(context, requireBoundCredential(request));
  const targets = await targetsOf(body.target, current, now, store);
  return { body: { revoked: await revokeEach(context, targets) } };
}

async function targetsOf(
  target: RevokeRequest['target'],
  current: Session,
  now: number,
  store: SessionStore,
): Promise<Session[]> {
  if (target === 'all' || target === 'others') {
    const sessions = await liveSessions(current, now, store);
    return sessions.filter(({ sessionId }) => target === 'all' || sessionId !== current.sessionId);
  }
  const [session] = await store.readMany([target]);
  if (session?.subject !== current.subject) throw new SessionError('ERR_NOT_FOUND');
  return [session];
}

/** The index is eventually consistent: the session that asks is in the list whatever the index says. */
async function liveSessions(current: Session, now: number, store: SessionStore): Promise<Session[]> {
  const indexed = await store.listBySubject(current.subject);
  const others = indexed.filter(({ sessionId }) => sessionId !== current.sessionId);
  return [current, ...others]
    .filter((session) => evaluate(session, now).state === 'live')
    .sort((a, b) => b.createdAt - a.createdAt);
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
