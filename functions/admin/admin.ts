import { SessionError } from '../../core/errors.ts';
import { type EndedBy, evaluate, expiresAt, type Session } from '../../core/lifecycle.ts';
import { invalidField } from '../http/body.ts';
import type { Context } from '../sessions/context.ts';
import { endIfKnown } from '../sessions/end.ts';
import { eraseSubject } from '../sessions/erase.ts';
import { recordRevocation } from '../sessions/not-before.ts';
import { isRevokedHere, revokeEach, revokeSubject } from '../sessions/revoke.ts';
import { tightenEach } from '../sessions/tighten.ts';
import type { DueEntry, DueIndex } from '../store/due-index.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SubjectStore } from '../store/subject-store.ts';
import {
  type AdminAnswer,
  AdminRequest,
  type AdminSession,
  type Cursor,
  type ListAnswer,
  type ListRequest,
  type RevokeAnswer,
  Signed,
  type TightenAnswer,
  type TightenRequest,
} from './protocol.ts';

export interface AdminContext extends Context {
  readonly store: SessionStore & DueIndex & SubjectStore;
  /** Aborts when it is time to answer with what is done, and a cursor. @default never */
  readonly enough?: AbortSignal | undefined;
}

const PAGE_SIZE = 100;
const DEFAULT_LIMIT = 500;

/**
 * A request as it came.
 *
 * @throws SessionError `ERR_REQUEST_INVALID` naming the field, `actor` before any other
 */
export function readRequest(input: unknown): AdminRequest {
  const request = AdminRequest.safeParse(input);
  if (request.success) return request.data;
  const error = Signed.safeParse(input).error ?? request.error;
  throw new SessionError('ERR_REQUEST_INVALID', { detail: invalidField(error) });
}

/**
 * What an administrator may do, over any store: list a user's sessions; end one, a user's, or all; give those under way
 * narrower limits; erase a user. Every action
 * may be repeated: an ended session stays as it ended.
 *
 * @throws SessionError `ERR_NOT_FOUND` (no such session), `ERR_STORE_UNAVAILABLE`
 */
export async function administer(request: AdminRequest, context: AdminContext): Promise<AdminAnswer> {
  const by: EndedBy = { type: 'admin', id: request.actor };
  if (request.action === 'list') return list(request, context);
  if (request.action === 'erase') return eraseSubject(context, request.subject, by);
  if (request.action === 'tighten') return tightenAll(request, context);
  if ('sessionId' in request) return revokeOne(request.sessionId, context, by);
  if ('subject' in request) return revokeUser(request.subject, context, by);
  return revokeAll(request.cursor ?? { shard: 0 }, request.limit ?? DEFAULT_LIMIT, context, by);
}

async function list({ subject, cursor }: ListRequest, { store, now }: Context): Promise<ListAnswer> {
  const { sessions, unreadable, next } = await store.listBySubject(subject, { after: cursor });
  return {
    sessions: sessions.map((session) => adminSession(session, now)),
    unreadable: unreadable.map(({ sessionId }) => sessionId),
    next: next ? { sessionId: next.sessionId, createdAt: next.createdAt } : null,
  };
}

/** A session as it is written. One that is past a deadline that nobody has written yet is active, and overdue. */
function adminSession(session: Session, now: number): AdminSession {
  const { sessionId, subject, createdAt, lastActivityAt, device } = session;
  const evaluation = evaluate(session, now);
  return {
    sessionId,
    subject,
    state: session.state,
    ...(session.state === 'ended' && {
      reason: session.endReason,
      endedAt: session.endedAt,
      endedBy: session.endedBy,
    }),
    ...(evaluation.state === 'expired' && {
      overdue: { reason: evaluation.reason, deadlineAt: evaluation.deadlineAt },
    }),
    createdAt,
    lastActivityAt,
    expiresAt: expiresAt(session),
    device,
  };
}

async function revokeOne(sessionId: string, context: Context, by: EndedBy): Promise<RevokeAnswer> {
  const ended = await endIfKnown(context, { sessionId }, 'revoked', by);
  if (!ended) throw new SessionError('ERR_NOT_FOUND', { detail: 'sessionId: no such session' });
  return { revoked: Number(isRevokedHere(ended)), remaining: 0, examined: 1, next: null, shards: null };
}

async function revokeUser(subject: string, context: AdminContext, by: EndedBy): Promise<RevokeAnswer> {
  await recordRevocation(context, subject, by);
  const { revoked, remaining, examined } = await revokeSubject(context, subject, { endedBy: by });
  return { revoked, remaining, examined, next: null, shards: null };
}

async function revokeAll(
  from: Cursor,
  limit: number,
  context: AdminContext,
  by: EndedBy,
): Promise<RevokeAnswer> {
  let revoked = 0;
  let remaining = 0;
  const walked = await walk(from, limit, context, async (entries) => {
    const batch = await revokeEach(context, entries, by);
    revoked += batch.revoked;
    remaining += batch.failed;
  });
  return { revoked, remaining, ...walked };
}

async function tightenAll(request: TightenRequest, context: AdminContext): Promise<TightenAnswer> {
  const { cursor = { shard: 0 }, limit = DEFAULT_LIMIT } = request;
  let tightened = 0;
  let remaining = 0;
  const walked = await walk(cursor, limit, context, async (entries) => {
    const batch = await tightenEach(context.store, entries, request);
    tightened += batch.tightened;
    remaining += batch.failed;
  });
  return { tightened, remaining, ...walked };
}

/** Shard by shard through the index of active sessions, up to `limit` of them, and for as long as there is time. */
async function walk(
  from: Cursor,
  limit: number,
  { store, enough }: AdminContext,
  visit: (entries: readonly DueEntry[]) => Promise<void>,
): Promise<Pick<TightenAnswer, 'examined' | 'next' | 'shards'>> {
  const shards = await store.dueShards();
  const until = Number.MAX_SAFE_INTEGER;
  let { shard, after } = from;
  let examined = 0;
  while (shard < shards && examined < limit && !enough?.aborted) {
    const size = Math.min(PAGE_SIZE, limit - examined);
    const page = await store.due({ shard, until, limit: size, after });
    await visit(page.entries);
    examined += page.entries.length;
    after = page.next;
    if (!after) shard += 1;
  }
  const next = shard < shards ? { shard, ...(after && { after }) } : null;
  return { examined, next, shards: { done: shard, of: shards } };
}
