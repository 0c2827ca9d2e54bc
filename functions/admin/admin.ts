import { SessionError } from '../../core/errors.ts';
import { evaluate, expiresAt, type Session } from '../../core/lifecycle.ts';
import { invalidField } from '../http/body.ts';
import type { Context } from '../sessions/context.ts';
import { endIfKnown } from '../sessions/end.ts';
import { isRevokedHere, revokeEach } from '../sessions/revoke.ts';
import type { DueIndex } from '../store/due-index.ts';
import type { SessionStore } from '../store/session-store.ts';
import {
  type AdminAnswer,
  AdminRequest,
  type AdminSession,
  type Cursor,
  type ListAnswer,
  type RevokeAnswer,
} from './protocol.ts';

export interface AdminContext extends Context {
  readonly store: SessionStore & DueIndex;
}

const PAGE_SIZE = 100;
const DEFAULT_LIMIT = 500;

/**
 * What an administrator may do, over any store: list a user's sessions, end one, a user's, or all. Every action may be
 * repeated: an ended session stays as it ended.
 *
 * @throws SessionError `ERR_REQUEST_INVALID`, `ERR_NOT_FOUND` (no such session), `ERR_STORE_UNAVAILABLE`
 */
export async function administer(input: unknown, context: AdminContext): Promise<AdminAnswer> {
  const parsed = AdminRequest.safeParse(input);
  if (!parsed.success) throw new SessionError('ERR_REQUEST_INVALID', { detail: invalidField(parsed.error) });
  const request = parsed.data;
  if (request.action === 'list') return list(request.subject, context);
  if ('sessionId' in request) return revokeOne(request.sessionId, context);
  if ('subject' in request) return revokeSubject(request.subject, context);
  return revokeAll(request.cursor ?? { shard: 0 }, request.limit ?? DEFAULT_LIMIT, context);
}

async function list(subject: string, { store, now }: Context): Promise<ListAnswer> {
  const sessions = await store.listBySubject(subject);
  return { sessions: sessions.map((session) => adminSession(session, now)) };
}

/** A session that is past a deadline is shown as ended by it, even before that is written. */
function adminSession(session: Session, now: number): AdminSession {
  const { sessionId, subject, createdAt, lastActivityAt, device } = session;
  const evaluation = evaluate(session, now);
  return {
    sessionId,
    subject,
    state: evaluation.state === 'live' ? 'active' : 'ended',
    ...(evaluation.state === 'ended' && { reason: evaluation.reason, endedAt: evaluation.endedAt }),
    ...(evaluation.state === 'expired' && { reason: evaluation.reason, endedAt: evaluation.deadlineAt }),
    createdAt,
    lastActivityAt,
    expiresAt: expiresAt(session),
    device,
  };
}

async function revokeOne(sessionId: string, context: Context): Promise<RevokeAnswer> {
  const ended = await endIfKnown(context, { sessionId }, 'revoked');
  if (!ended) throw new SessionError('ERR_NOT_FOUND', { detail: 'sessionId: no such session' });
  return { revoked: Number(isRevokedHere(ended)), examined: 1, next: null, shards: null };
}

async function revokeSubject(subject: string, context: Context): Promise<RevokeAnswer> {
  const sessions = await context.store.listBySubject(subject);
  const active = sessions.filter((session) => session.state === 'active');
  const revoked = await revokeEach(context, active);
  return { revoked, examined: sessions.length, next: null, shards: null };
}

/** Shard by shard through the index of active sessions, up to `limit` of them. */
async function revokeAll(from: Cursor, limit: number, context: AdminContext): Promise<RevokeAnswer> {
  const shards = await context.store.dueShards();
  const until = Number.MAX_SAFE_INTEGER;
  let { shard, after } = from;
  let revoked = 0;
  let examined = 0;
  while (shard < shards && examined < limit) {
    const size = Math.min(PAGE_SIZE, limit - examined);
    const page = await context.store.due({ shard, until, limit: size, after });
    revoked += await revokeEach(context, page.entries);
    examined += page.entries.length;
    after = page.next;
    if (!after) shard += 1;
  }
  const next = shard < shards ? { shard, ...(after && { after }) } : null;
  return { revoked, examined, next, shards: { done: shard, of: shards } };
}
