import { BY_SYSTEM, type EndedBy, evaluate, type Session } from '../../core/lifecycle.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SubjectStore } from '../store/subject-store.ts';
import { type Context, contended, MAX_ROUNDS } from './context.ts';

export interface SubjectContext extends Context {
  readonly store: SessionStore & SubjectStore;
}

/**
 * Records that all of a user's sessions are ended now. To be done before they are listed: a session that the list does
 * not show, since its sign-in is under way or the index is behind, meets the record (see {@link endIfRevoked}).
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export function recordRevocation(
  { store, now }: SubjectContext,
  subject: string,
  endedBy: EndedBy,
): Promise<void> {
  return store.raiseNotBefore(subject, { at: now, endedBy });
}

/**
 * Ends a session that began before all of its user's were ended, if it is not ended yet. One that began in the same
 * millisecond counts as earlier: the user can sign in once more, and a thief can't be signed out twice.
 *
 * @param beganAt of the session or of its sign-in, epoch ms
 * @returns whether it began before
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function endIfRevoked(
  { store, now }: SubjectContext,
  { sessionId, subject }: Pick<Session, 'sessionId' | 'subject'>,
  beganAt: number,
): Promise<boolean> {
  const notBefore = await store.notBefore(subject);
  if (!notBefore || beganAt > notBefore.at) return false;
  await revokeAsRead({ store, now }, sessionId, notBefore.endedBy);
  return true;
}

/**
 * Ends a session by a read and a write that names no more than an end needs: function `publish` may write no more. A
 * deadline that has passed is the reason, as ever. One that has ended or is gone needs no end.
 */
async function revokeAsRead({ store, now }: Context, sessionId: string, endedBy: EndedBy): Promise<void> {
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const session = (await store.read(sessionId))?.session;
    if (session?.state !== 'active') return;
    const evaluation = evaluate(session, now);
    const end =
      evaluation.state === 'expired'
        ? { reason: evaluation.reason, endedBy: BY_SYSTEM }
        : ({ reason: 'revoked', endedBy } as const);
    const { outcome } = await store.end({ sessionId, now, ...end, seen: session });
    if (outcome !== 'changed') return;
  }
  throw contended();
}
