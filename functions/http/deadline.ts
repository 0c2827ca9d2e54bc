import { SessionError } from '../../core/errors.ts';

/** How long a request of the session API and of the guard may take, ms: less than the 5 s of their functions. */
export const REQUEST_DEADLINE_MS = 4_500;
/** What a function needs to answer once it has given up, ms: the reply, and a line of the log. */
const TO_ANSWER_MS = 300;

/**
 * How long a request may take in a function whose own time limit may come first, whole ms: a user's has 3 s unless it is told
 * otherwise, and would be ended without an answer.
 *
 * @param remainingMs what is left of that limit, a fraction where an emulator measures it. @default no limit
 * @param deadlineMs how long it may take where there is no limit, or a later one
 */
export function requestDeadline(
  remainingMs: number = Number.POSITIVE_INFINITY,
  deadlineMs: number = REQUEST_DEADLINE_MS,
): number {
  return Math.max(0, Math.floor(Math.min(deadlineMs, remainingMs - TO_ANSWER_MS)));
}

/**
 * How long a body may take to arrive, ms: what is left of a request's time is enough for an attempt at the store and
 * most of another, so that a slow sender never looks like a store that is out of reach.
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
