import type { EndReason } from '../../core/lifecycle.ts';
import type { Problem } from '../../core/protocol.ts';
import type { Clock } from './types.ts';

/** A request that has not been answered in this time has failed, ms. */
const TIMEOUT_MS = 10_000;

/** What the server made of a request. Everything that is not plainly an answer has `failed`. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly body: T }
  | { readonly kind: 'over'; readonly known: boolean; readonly reason: EndReason | undefined }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Whether a response is a problem document about the session, whoever sent it. */
export async function sessionProblem(response: Response): Promise<Problem | undefined> {
  if (response.status !== 401 && response.status !== 409) return undefined;
  const problem = await response
    .clone()
    .json()
    .catch(() => undefined);
  return String(problem?.code).startsWith('ERR_SESSION_') ? problem : undefined;
}

/** Sends one request to the session API. Never throws. With a body it is a POST. */
export async function send<T>(
  fetch: typeof globalThis.fetch,
  clock: Clock,
  url: string,
  signal: AbortSignal | undefined,
  body?: object,
): Promise<Answer<T>> {
  const abort = new AbortController();
  const cancel = () => abort.abort();
  const timer = clock.setTimeout(cancel, TIMEOUT_MS);
  signal?.addEventListener('abort', cancel);
  try {
    const response = await fetch(url, {
      signal: abort.signal,
      cache: 'no-store',
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (response.ok) return { kind: 'ok', body: await response.json() };
    const problem = await sessionProblem(response);
    if (!problem) return { kind: 'failed', error: response };
    if (response.status === 409) return { kind: 'replaced' };
    return { kind: 'over', known: problem.code !== 'ERR_SESSION_MISSING', reason: problem.reason };
  } catch (error) {
    return { kind: 'failed', error };
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
