import { BINDING_USER } from '../../core/contract.ts';
import type { RunCheck, RunCheckQuery } from '../../core/protocol.ts';

/** How a check says that its page was loaded. */
export type Load = NonNullable<(typeof RunCheckQuery)['_zod']['output']['load']>;

/**
 * Asks whether this is the run of the browser that the session began in.
 *
 * @throws the response, if it is no answer; what `fetch` throws
 */
export async function checkRun(doFetch: typeof fetch, url: string): Promise<RunCheck> {
  const response = await doFetch(url, { cache: 'no-store' });
  if (!response.ok) throw response;
  return response.json();
}

/** How this document came to be: a restart says `back_forward`, never `reload` (Chromium 156, Firefox ESR 153). */
export function loadType(): Load {
  // Entries of this type are navigation timings, which the DOM's types do not say.
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const type = entry?.type;
  return type === 'reload' || type === 'back_forward' ? type : 'navigate';
}

/**
 * Puts the mark of this run into the browser's cache of HTTP authentication. Only XMLHttpRequest can. Resolves whether or
 * not the browser has kept it: the next check tells. From then on the browser shows it with each request under `baseUrl`.
 */
export function putMark(baseUrl: string, mark: string): Promise<unknown> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.onloadend = resolve;
    request.open('GET', `${baseUrl}/mark`, true, BINDING_USER, mark);
    request.send();
  });
}

/** 32 random bytes in base64url. */
export function randomMark(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replace(
    /[+/=]/g,
    (char) => ({ '+': '-', '/': '_' })[char] ?? '',
  );
}

/** One tab at a time: two that sign in together would each put a mark of their own. Held for one round trip. */
export async function withTabLock(name: string, work: () => Promise<void>): Promise<void> {
  await (navigator.locks ? navigator.locks.request(name, work) : work());
}
