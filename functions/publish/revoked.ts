import { EVENT_TYPES } from '../../core/contract.ts';
import { isSessionError } from '../../core/errors.ts';
import { createPool } from '../pool.ts';
import { endIfRevoked, type SubjectContext } from '../sessions/not-before.ts';
import type { Transition } from '../sessions/transition.ts';
import { STORE_CONCURRENCY } from '../sessions/write-each.ts';
import type { Failure, Failures } from './delivery.ts';

/**
 * Ends the sessions among those that have begun whose user's sessions were all ended since. Whoever ended them all looked in
 * an index, which may not have shown a session that was so new; the stream shows each one.
 *
 * @returns the transitions of the sessions that could not be looked at. Never throws
 */
export async function endRevoked(
  context: SubjectContext,
  transitions: readonly Transition[],
): Promise<Failures> {
  const pool = createPool(STORE_CONCURRENCY);
  const failures = new Map<Transition, Failure>();
  await Promise.all(
    transitions.map((transition) =>
      pool(async () => {
        const { type, detail } = transition;
        if (type === EVENT_TYPES.started) await endIfRevoked(context, detail, detail.createdAt);
      }).catch((cause: unknown) => {
        const passes = isSessionError(cause) && cause.code === 'ERR_STORE_UNAVAILABLE';
        failures.set(transition, { cause, permanent: !passes });
      }),
    ),
  );
  return failures;
}
