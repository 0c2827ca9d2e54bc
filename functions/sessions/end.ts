import type { EndReason } from '../../core/contract.ts';
import { isSessionError } from '../../core/errors.ts';
import { BY_SYSTEM, type EndedBy, type Evaluation, evaluate, type Session } from '../../core/lifecycle.ts';
import { type Context, contended, MAX_ROUNDS, unknownSession } from './context.ts';
import type { Credential } from './credential.ts';

/** A session that was to be ended, and whether this request ended it. */
export interface Ended {
  readonly session: Session;
  readonly endedHere: boolean;
}

/**
 * Ends a session for `reason`, once; a repeat tells how it ended. A session that a deadline has already ended is
 * ended for that reason instead.
 *
 * @param who with its secretHash, only on behalf of the holder of the secret; without, on the operator's behalf
 * @param endedBy who ends it; left out, who usually ends sessions for this reason
 * @throws SessionError `ERR_SESSION_UNKNOWN`, `ERR_STORE_UNAVAILABLE`
 */
export async function endSession(
  context: Context,
  who: Pick<Credential, 'sessionId'> & Partial<Credential>,
  reason: EndReason,
  endedBy?: EndedBy,
): Promise<Ended> {
  const { store, now } = context;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const result = await store.end({ ...who, reason, now, endedBy });
    if (result.outcome === 'unknown') throw unknownSession();
    if (result.outcome !== 'expired') {
      return { session: result.session, endedHere: result.outcome === 'ended' };
    }
    const ended = await endIfExpired(context, result.session);
    if (ended.session.state === 'ended') return ended;
  }
  throw contended();
}

/**
 * As {@link endSession} where a session that is gone needs no end: TTL took the row, or an eventually consistent index
 * still lists it.
 *
 * @returns undefined where there is no such session, or the secret is wrong
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function endIfKnown(...request: Parameters<typeof endSession>): Promise<Ended | undefined> {
  return endSession(...request).catch((error: unknown) => {
    if (!isSessionError(error) || error.code !== 'ERR_SESSION_UNKNOWN') throw error;
    return undefined;
  });
}

/**
 * Ends a session that is past its deadline, if it still is: its deadlines must be the very ones that were evaluated.
 * The session comes back as it is now, `active` where it lived on.
 *
 * @throws SessionError `ERR_SESSION_UNKNOWN` (TTL took the row meanwhile), `ERR_STORE_UNAVAILABLE`
 */
export async function endIfExpired(context: Context, session: Session): Promise<Ended> {
  const evaluation = evaluate(session, context.now);
  if (evaluation.state !== 'expired') return { session, endedHere: false };
  return endExpired(context, session, evaluation);
}

/** As {@link endIfExpired} for a session that has just been evaluated as expired. @throws SessionError as that does */
export async function endExpired(
  { store, now }: Context,
  session: Session,
  { reason }: Extract<Evaluation, { state: 'expired' }>,
): Promise<Ended> {
  const result = await store.end({
    sessionId: session.sessionId,
    reason,
    now,
    endedBy: BY_SYSTEM,
    seen: session,
  });
  if (result.outcome === 'unknown') throw unknownSession();
  return { session: result.session, endedHere: result.outcome === 'ended' };
}
