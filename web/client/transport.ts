import { pulseIntervalMs, warnsAt } from '../../core/countdown.ts';
import type { Problem, SessionStatus } from '../../core/protocol.ts';

/** A request that has no answer after this is late, ms: other ones may be sent. */
export const LATE_MS = 10_000;
/** What is late is waited for this long, ms: API Gateway and CloudFront give up after 30 s. */
const LONGEST_ANSWER_MS = 35_000;

/** What came of a request: one of the three. */
export interface Answer<T> {
  readonly body?: T;
  /** The request was rejected because of the session. */
  readonly problem?: Problem;
  /** What fetch threw, or a response that is neither. */
  readonly error?: unknown;
}

/**
 * The problem document of a response, if it is about the session; with status 403, about the run of its browser. The
 * application's own API sends such ones, too.
 */
export async function sessionProblem(response: Response): Promise<Problem | undefined> {
  if (!/^40[139]$/.test(`${response.status}`)) return undefined;
  const problem = await response
    .clone()
    .json()
    .catch(() => 0);
  return /^ERR_(SESSION|RUN)_/.test(problem?.code) ? problem : undefined;
}

/**
 * `fetch` for a session that may be bound to a run of the browser. A request that did not show the run is sent once more
 * after the run was checked: that may have ended the session, and says so to the second one.
 */
export function confirmingRun(fetch: typeof globalThis.fetch, baseUrl: string): typeof globalThis.fetch {
  return async (input, init) => {
    const again = input instanceof Request ? input.clone() : input;
    const response = await fetch(input, init);
    if ((await sessionProblem(response))?.status !== 403) return response;
    await fetch(`${baseUrl}/run/check`);
    return fetch(again, init);
  };
}

/**
 * Whether the body of a 200 is a status, by what the page reckons with: something on the way, or another server, may have
 * sent it.
 */
export function isStatus(body: SessionStatus): unknown {
  return body.sessionId && Number.isFinite(body.serverTime + warnsAt(body) + pulseIntervalMs(body));
}

/** However long a response asks to wait, the server is asked again after this, ms. */
const LONGEST_WAIT_MS = 300_000;

/**
 * How long a response asks to wait, ms (RFC 9110 §10.2.3): in seconds, or until a date by the server's clock.
 *
 * @param now epoch ms, server time
 */
export function retryAfterMs({ headers }: Response, now: number): number {
  // None at all reads as 0.
  const text = headers.get('retry-after');
  const askedMs = Number(text) * 1_000;
  const asked = askedMs >= 0 ? askedMs : Date.parse(`${text}`) - now;
  // Not a number: neither of the two.
  return Math.min(LONGEST_WAIT_MS, asked || 0);
}

/**
 * Sends one request to the session API. Never throws. With a body it is a POST.
 *
 * @param isAnswer whether the body of a 200 is an answer at all
 */
export async function send<T>(
  fetch: typeof globalThis.fetch,
  url: string,
  signal: AbortSignal,
  isAnswer: (body: T) => unknown,
  body?: object,
): Promise<Answer<T>> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_ANSWER_MS)]),
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const answer: T | false = response.ok && (await response.json());
    if (answer && isAnswer(answer)) return { body: answer };
    const problem = await sessionProblem(response);
    // An unconfirmed run is not the end of the session, nor an answer.
    return problem && problem.status !== 403 ? { problem } : { error: response };
  } catch (error) {
    return { error };
  }
}
