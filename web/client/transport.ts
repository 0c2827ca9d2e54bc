import { pulseIntervalMs, warnsAt } from '../../core/countdown.ts';
import type { Problem, SessionStatus } from '../../core/protocol.ts';

/** A request that has no answer after this is late, ms: other ones may be sent. */
export const LATE_MS = 10_000;
/** What is late is waited for this long, ms: API Gateway and CloudFront give up after 30 s. */
export const LONGEST_ANSWER_MS = 35_000;

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
 * How long a response asks to wait, ms (RFC 9110 §10.2.3): in seconds, or until a date by the server's clock. Negative where that has
 * passed.
 *
 * @param now epoch ms, server time
 */
export function retryAfterMs({ headers }: Response, now: number): number {
  const text = headers.get('retry-after');
  const asked = Number(text) * 1_000 || Date.parse(`${text}`) - now;
  // Not a number: neither of the two, or none at all.
  return Math.min(LONGEST_WAIT_MS, asked || 0);
}
