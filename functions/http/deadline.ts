import { SessionError } from '../../core/errors.ts';

/** How long a request of the session API and of the guard may take, ms: less than the 5 s of their functions. */
export const REQUEST_DEADLINE_MS = 4_500;
/**
 * How long a body may take to arrive, ms: what is left of a request's time is enough for three attempts at the store, so
 * that a slow sender never looks like a store that is out of reach.
 */
export const BODY_DEADLINE_MS = 2_000;
/** How long a sign-in may take, ms: it makes up to seven calls, and its function has 15 s. */
export const SIGN_IN_DEADLINE_MS = 12_000;

/**
 * Waits for work until the request's time is over. The work is not stopped by this: what it waits for gives up by the
 * same signal.
 *
 * @param late what it is when the signal aborts first
 * @throws SessionError `ERR_STORE_UNAVAILABLE` then, unless `late` says otherwise
 */
export function untilDeadline<T>(
  signal: AbortSignal,
  work: Promise<T>,
  late: () => SessionError = notInTime,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(late());
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function notInTime(): SessionError {
  return new SessionError('ERR_STORE_UNAVAILABLE', { detail: 'not in time', retryAfterMs: 1_000 });
}
