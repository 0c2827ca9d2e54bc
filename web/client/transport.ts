import type { Problem } from '../../core/protocol.ts';

/** A request that has not been answered in this time has failed, ms. */
const TIMEOUT_MS = 10_000;

/** What the server made of a request: an answer, a refusal that is about the session, or no answer at all. */
export interface Answer<T> {
  readonly body?: T;
  readonly problem?: Problem;
  /** What fetch threw, or a response that is neither. */
  readonly error?: unknown;
}

/** The problem document of a response, if it is about the session, whoever sent it. */
export async function sessionProblem(response: Response): Promise<Problem | undefined> {
  if (response.status !== 401 && response.status !== 409) return undefined;
  const problem = await response
    .clone()
    .json()
    .catch(() => 0);
  return /^ERR_SESSION_/.test(problem?.code) ? problem : undefined;
}

/** Sends one request to the session API. Never throws. With a body it is a POST. */
export async function send<T>(
  fetch: typeof globalThis.fetch,
  url: string,
  signal: AbortSignal,
  body?: object,
): Promise<Answer<T>> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (response.ok) return { body: await response.json() };
    const problem = await sessionProblem(response);
    return problem ? { problem } : { error: response };
  } catch (error) {
    return { error };
  }
}
