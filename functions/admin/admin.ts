import { isSessionError, SessionError } from '../../core/errors.ts';
import { evaluate, expiresAt, type Session } from '../../core/lifecycle.ts';
import { wireReason } from '../../core/protocol.ts';
import { invalidField } from '../http/body.ts';
import { createPool } from '../pool.ts';
import type { Context } from '../sessions/context.ts';
import { endSession } from '../sessions/end.ts';
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

/** Writes under way at once. */
const CONCURRENCY = 32;
const PAGE = 100;
const DEFAULT_LIMIT = 500;

/**
 * What an administrator may do, over whatever store: list a user's sessions, end one, a user's, or all. Every
 * action may be repeated: what is ended stays as it ended.
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
  return { sessions: sessions.map((session) => asSeen(session, now)) };
}

/** One that is past a deadline is shown as ended by it, even before anyone has written that down. */
function asSeen(session: Session, now: number): AdminSession {
  const { sessionId, subject, createdAt, lastActivityAt, device } = session;
  const judged = evaluate(session, now);
  const { userAgent, address } = device;
  return {
    sessionId,
    subject,
    state: judged.state === 'live' ? 'active' : 'ended',
    ...(judged.state === 'ended' && { reason: wireReason(judged.reason), endedAt: judged.endedAt }),
    ...(judged.state === 'expired' && { reason: judged.reason, endedAt: judged.deadlineAt }),
    createdAt,
    lastActivityAt,
    expiresAt: expiresAt(session),
    device: { ...(userAgent !== undefined && { userAgent }), ...(address !== undefined && { address }) },
  };
}

async function revokeOne(sessionId: string, context: Context): Promise<RevokeAnswer> {
  const ended = await endSession(context, { sessionId }, 'revoked').catch((error: unknown) => {
    if (isUnknown(error)) throw new SessionError('ERR_NOT_FOUND', { detail: 'sessionId: no such session' });
    throw error;
  });
  return { revoked: Number(wasRevoked(ended)), examined: 1, next: null, shards: null };
}

async function revokeSubject(subject: string, context: Context): Promise<RevokeAnswer> {
  const sessions = await context.store.listBySubject(subject);
  const active = sessions.filter((session) => session.state === 'active');
  const revoked = await revokeEach(active, context);
  return { revoked, examined: sessions.length, next: null, shards: null };
}

/** Shard by shard through the index of what is active, as far as `limit` goes. */
async function revokeAll(from: Cursor, limit: number, context: AdminContext): Promise<RevokeAnswer> {
  const of = await context.store.dueShards();
  let { shard, after } = from;
  let revoked = 0;
  let examined = 0;
  while (shard < of && examined < limit) {
    const until = Number.MAX_SAFE_INTEGER;
    const page = await context.store.due({ shard, until, limit: Math.min(PAGE, limit - examined), after });
    revoked += await revokeEach(page.entries, context);
    examined += page.entries.length;
    after = page.next;
    if (!after) shard += 1;
  }
  const next = shard < of ? { shard, ...(after && { after }) } : null;
  return { revoked, examined, next, shards: { done: shard, of } };
}

async function revokeEach(
  sessions: readonly Pick<Session, 'sessionId'>[],
  context: Context,
): Promise<number> {
  const pool = createPool(CONCURRENCY);
  const ended = await Promise.all(
    sessions.map(({ sessionId }) => pool(() => endSession(context, { sessionId }, 'revoked')).catch(gone)),
  );
  return ended.filter((result) => result !== undefined && wasRevoked(result)).length;
}

/** TTL, or an eventually consistent index: what is no longer there needs no end. */
function gone(error: unknown): undefined {
  if (!isUnknown(error)) throw error;
}

function isUnknown(error: unknown): boolean {
  return isSessionError(error) && error.code === 'ERR_SESSION_UNKNOWN';
}

function wasRevoked({ endedHere, session }: Awaited<ReturnType<typeof endSession>>): boolean {
  return endedHere && session.state === 'ended' && session.endReason === 'revoked';
}
