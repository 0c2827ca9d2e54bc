import type { Session } from '../../core/lifecycle.ts';
import { createPool } from '../pool.ts';
import type { Context } from './context.ts';
import { type Ended, endIfKnown } from './end.ts';

/** Sessions written at once. */
const CONCURRENCY = 32;

/**
 * Revokes sessions that the caller has found, whosever they are. One that is gone needs no end, and one that a deadline
 * has ended keeps that reason.
 *
 * @returns how many this request revoked: a repeat revokes none
 * @throws SessionError `ERR_STORE_UNAVAILABLE`; some may be revoked then, and a repeat revokes the rest
 */
export async function revokeEach(
  context: Context,
  sessions: readonly Pick<Session, 'sessionId'>[],
): Promise<number> {
  const pool = createPool(CONCURRENCY);
  const results = await Promise.all(
    sessions.map(({ sessionId }) => pool(() => endIfKnown(context, { sessionId }, 'revoked'))),
  );
  return results.filter((ended) => ended !== undefined && isRevokedHere(ended)).length;
}

/** Whether this request ended the session, and as revoked: a deadline may have come first. */
export function isRevokedHere({ endedHere, session }: Ended): boolean {
  return endedHere && session.state === 'ended' && session.endReason === 'revoked';
}
