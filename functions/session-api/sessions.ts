import { SessionError } from '../../core/errors.ts';
import { expiresAt, type Session } from '../../core/lifecycle.ts';
import { RevokeRequest, type RevokeResponse, type SessionList } from '../../core/protocol.ts';
import { readJson } from '../http/body.ts';
import type { Reply } from '../http/reply.ts';
import { type ApiRequest, requireCredential, requireNamedCredential } from '../http/request.ts';
import { checkSession } from '../sessions/check.ts';
import type { Context } from '../sessions/context.ts';
import { endIfKnown } from '../sessions/end.ts';
import { listLive } from '../sessions/list.ts';
import { recordRevocation, type SubjectContext } from '../sessions/not-before.ts';
import { isRevokedHere, revokeSubject } from '../sessions/revoke.ts';
import { fromCursor, toCursor } from './cursor.ts';
import type { SessionOptions } from './options.ts';

/** `GET /api/sessions?cursor=`: the user's live sessions, newest first, a page at a time. Never extends. */
export async function list(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const context = { store, now: request.now };
  const current = await checkSession(context, requireCredential(request));
  const { subject } = current;
  const cursor = request.query.get('cursor');
  const after = cursor === null ? undefined : fromCursor(subject, cursor);
  const { sessions, next } = await listLive(context, subject, { current, after });
  const body: SessionList = {
    sessions: sessions.map((session) => ({
      ...entryOf(session),
      current: session.sessionId === current.sessionId,
    })),
    ...(next && { nextCursor: toCursor(subject, next) }),
  };
  return { body };
}

/**
 * `POST /api/sessions/revoke`: ends one, all others or all of the user's own sessions. All includes those whose sign-in is
 * under way. The session that asks comes last, once none of the others remains, so that the request can be repeated until
 * then. A repeat of a finished one revokes none and is no error.
 *
 * @throws SessionError `ERR_NOT_FOUND` for what is not a session of this user
 */
export async function revoke(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const context = { store, now: request.now };
  const body = await readJson(request, RevokeRequest);
  const current = await checkSession(context, requireNamedCredential(request, body));
  return { body: await revokeTarget(context, body.target, current) };
}

async function revokeTarget(
  context: SubjectContext,
  target: RevokeRequest['target'],
  current: Session,
): Promise<RevokeResponse> {
  if (target !== 'all' && target !== 'others') return revokeOne(context, target, current);
  if (target === 'all') await recordRevocation(context, current.subject, { type: 'subject' });
  const { revoked, remaining } = await revokeSubject(context, current.subject, { except: current.sessionId });
  if (target === 'others') return { revoked, remaining };
  if (remaining > 0) return { revoked, remaining: remaining + 1 };
  const own = await endIfKnown(context, current, 'revoked');
  return { revoked: revoked + Number(own !== undefined && isRevokedHere(own)), remaining: 0 };
}

async function revokeOne(context: Context, sessionId: string, current: Session): Promise<RevokeResponse> {
  const stored = await context.store.read(sessionId);
  if (stored?.session.subject !== current.subject) throw new SessionError('ERR_NOT_FOUND');
  // Undefined: TTL removed the tombstone meanwhile, which says nothing of the session that asks.
  const ended = await endIfKnown(context, { sessionId }, 'revoked');
  return { revoked: Number(ended !== undefined && isRevokedHere(ended)), remaining: 0 };
}

/** A session as its owner sees it in a list. */
export function entryOf(session: Session): Omit<SessionList['sessions'][number], 'current'> {
  const { sessionId, createdAt, lastActivityAt, device } = session;
  const { userAgent, address } = device;
  return {
    sessionId,
    createdAt,
    lastActivityAt,
    expiresAt: expiresAt(session),
    device: { ...(userAgent !== undefined && { userAgent }), ...(address !== undefined && { address }) },
  };
}
