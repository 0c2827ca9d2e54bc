import { isRecord, parseJson } from '../json.ts';
import type { TerminalLog } from '../log.ts';
import { COOKIE_CHECK, type CookieCheck } from './cookie-check.ts';
import { type Answer, type HttpReply, pathOf } from './message.ts';

export interface DistributionOptions {
  /** The runtime's own paths, under `/__local/`. */
  readonly localApi: Answer;
  /** The API, under `/api/`. */
  readonly api: Answer;
  /** Headers that the distribution adds to what it sends to the API. */
  readonly originHeaders: readonly (readonly [name: string, value: string])[];
  /** Everything else. */
  readonly site: Answer;
  readonly cookies: CookieCheck;
  readonly log: TerminalLog;
}

/** One origin, as CloudFront makes it: the API, the site, and the runtime's own paths beside them. */
export function createDistribution(options: DistributionOptions): Answer {
  const { localApi, api, originHeaders, site, cookies, log } = options;
  return async (request) => {
    const path = pathOf(request);
    if (path === COOKIE_CHECK) return cookies.answer(request);
    if (path.startsWith('/__local/')) return localApi(request);
    if (!path.startsWith('/api/')) return site(request);
    const began = performance.now();
    const reply = await api({ ...request, rawHeaders: withHeaders(request.rawHeaders, originHeaders) });
    // Without the query: the callback's carries the code.
    log.request(request.method, path, reply.status, performance.now() - began, problemCode(reply));
    return cookies.detour(request, reply);
  };
}

/** Headers with those of the distribution, which take the place of a client's of the same name. */
function withHeaders(raw: readonly string[], added: DistributionOptions['originHeaders']): readonly string[] {
  const replaced = new Set(added.map(([name]) => name.toLowerCase()));
  // Names and values take turns.
  const kept = raw.filter((_, index) => !replaced.has(String(raw[index - (index % 2)]).toLowerCase()));
  return [...kept, ...added.flat()];
}

/** @returns code and reason of a problem document, for the log */
function problemCode({ headers, body }: HttpReply): string | undefined {
  const type = headers.find(([name]) => name === 'content-type')?.[1];
  if (!type?.startsWith('application/problem+json')) return undefined;
  const problem = parseJson(body.toString('utf8'));
  if (!isRecord(problem) || typeof problem.code !== 'string') return undefined;
  return problem.reason === undefined ? problem.code : `${problem.code} (${problem.reason})`;
}
