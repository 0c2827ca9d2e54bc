import { SessionError } from '../../core/errors.ts';
import { ROUTES, type RouteFunction, type RouteKey } from '../../core/routes.ts';
import { lateBody } from './body.ts';
import { type RequestCookies, readCookies } from './cookies.ts';
import { assertSameOrigin, cameThroughSite, rejectAroundSite } from './cross-site.ts';
import { BODY_DEADLINE_MS, REQUEST_DEADLINE_MS, requestDeadline, untilDeadline } from './deadline.ts';
import { counter, type Observers, observeFailure, observeReply, type Trace } from './observe.ts';
import { problemDocument, problemHeaders, toSessionError } from './problem.ts';
import { type HttpReply, type Reply, toHttpReply } from './reply.ts';
import type { ApiRequest, HttpRequest } from './request.ts';
import { viewerAddress } from './viewer-address.ts';

/** Answers the requests of one route. What it throws becomes a problem document. */
export type Answer = (request: ApiRequest) => Promise<Reply>;

/** Answers by route key: those of one function, none missing. */
export type RoutesOf<Name extends RouteFunction> = Readonly<Record<RouteKey<Name>, Answer>>;

export interface RouterOptions extends Observers {
  /** Origin of the site as users see it: what a state-changing request must come from. */
  readonly siteOrigin: string;
  /** What the paths of the API begin with, for those that a reply names. @default '/api' */
  readonly basePath?: string | undefined;
  /** The secrets that the distribution may add to a request, which must have one; none: requests may come directly. */
  readonly originSecrets?: readonly string[] | undefined;
  /** See `viewerAddress`. Counts for requests that have an origin secret, where there are any. @default 0 */
  readonly proxyHops?: number | undefined;
  /** Whether the log has the addresses of viewers, which are personal data. @default true */
  readonly logAddresses?: boolean | undefined;
  /** The clock, read once a request. Epoch ms. */
  readonly now: () => number;
  /** How long a request may take, ms; after that it is 503. @default 4 500 */
  readonly deadlineMs?: number | undefined;
  /** How long its body may take to arrive, ms; after that it is 400. @default 2 000 */
  readonly bodyDeadlineMs?: number | undefined;
  readonly routes: Readonly<Partial<Record<RouteKey, Answer>>>;
}

/** The API, independent of the platform. */
export interface Router {
  /** Whether a path belongs to one of the routes, with any method. */
  has(path: string): boolean;
  /** Answers every request; a rejected one with a problem document (RFC 9457). Rejects only where the clock or the logger that it was given throws. */
  answer(request: HttpRequest): Promise<HttpReply>;
  /** The reply to a request that its platform gives up on, which is a failure to log. */
  fail(request: HttpRequest, error: unknown): HttpReply;
}

/** How much longer a route has to answer in its own form that time is up, ms: a sign-in does so with a page. */
const LEEWAY_MS = 200;

/**
 * The one way to every route. A request is rejected in this order: not through the site's distribution (403), no such
 * path or method (404, 405), another site's (403), a body that is not JSON or too large (415, 413), one that does not
 * parse (400; see `readJson`); then by the route itself.
 */
export function createRouter(options: RouterOptions): Router {
  const { deadlineMs = REQUEST_DEADLINE_MS, bodyDeadlineMs = BODY_DEADLINE_MS } = options;
  const routes = new Map<string, Answer>(Object.entries(options.routes));
  const paths = new Set([...routes.keys()].map((key) => key.slice(key.indexOf(' ') + 1)));

  async function answer(request: HttpRequest): Promise<HttpReply> {
    const now = options.now();
    const timeMs = requestDeadline(request.remainingMs, deadlineMs);
    const signal = AbortSignal.timeout(timeMs);
    const backstop = AbortSignal.timeout(timeMs + LEEWAY_MS);
    const cookies = readCookies(request);
    const { isThroughSite, address, trace } = traceOf(request, cookies, options);
    try {
      if (!isThroughSite) {
        const { metrics } = options;
        rejectAroundSite(request.headers, () => metrics.addMetric('WrongOriginSecrets', 'Count', 1));
      }
      const route = routes.get(`${request.method} ${trimSlash(request.path)}`) ?? rejectUnrouted(request);
      // A safe method changes nothing here: GET and POST are all that the routes have.
      if (request.method === 'POST') assertSameOrigin(request.headers, options.siteOrigin);
      const reply = await untilDeadline(
        backstop,
        route({
          ...request,
          readBody: (maxBytes) => readInTime(request, maxBytes, bodyDeadlineMs),
          now,
          signal,
          cookies,
          viewerAddress: address,
          count: counter(options),
        }),
      );
      if (reply.failure !== undefined) observeFailure(options, reply.code, reply.failure, request.ids);
      observeReply(options, request, { status: reply.status ?? 200, code: reply.code, ...trace });
      return toHttpReply(reply);
    } catch (error) {
      return reject(options, request, toSessionError(error), trace);
    }
  }

  return {
    has: (path) => paths.has(trimSlash(path)),
    answer,
    fail: (request, error) =>
      reject(options, request, toSessionError(error), traceOf(request, readCookies(request), options).trace),
  };
}

/** A sender may be as slow as it likes: that is its own fault, and not an outage. */
function readInTime({ readBody }: HttpRequest, maxBytes: number, deadlineMs: number): Promise<string> {
  const signal = AbortSignal.timeout(deadlineMs);
  return untilDeadline(signal, readBody(maxBytes, signal), lateBody);
}

/** CloudFront's own ids have 56 characters. */
const CLOUDFRONT_REQUEST_ID = /^[\w=-]{20,128}$/;

/** Where a request is from, and what the log has of that: nothing that a client could have made up. */
function traceOf(
  { headers, sourceIp, ids }: HttpRequest,
  { credential }: RequestCookies,
  { originSecrets, proxyHops = 0, logAddresses = true }: RouterOptions,
): { readonly isThroughSite: boolean; readonly address: string | undefined; readonly trace: Trace } {
  const isThroughSite = cameThroughSite(headers, originSecrets);
  const address = viewerAddress({ headers, sourceIp }, isThroughSite ? proxyHops : 0);
  const cloudFrontId = headers['x-amz-cf-id'] ?? '';
  const isProven = originSecrets !== undefined && isThroughSite;
  return {
    isThroughSite,
    address,
    trace: {
      sessionId: credential?.sessionId,
      ...(logAddresses && { viewerAddress: address }),
      ...ids,
      ...(isProven && CLOUDFRONT_REQUEST_ID.test(cloudFrontId) && { cloudFrontRequestId: cloudFrontId }),
    },
  };
}

/** A slash at the end is ignored: API Gateway routes such a path to the catch-all. */
function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Methods that a path of the API answers to, whichever function does: for the `Allow` header of a 405. */
function allowedMethods(path: string): string[] {
  return ROUTES.filter((route) => route.path === path).map((route) => route.method);
}

/** @throws SessionError `ERR_METHOD_NOT_ALLOWED` where the path answers to other methods only, else `ERR_NOT_FOUND` */
function rejectUnrouted({ method, path }: HttpRequest): never {
  const allowed = allowedMethods(path);
  const known = allowed.length > 0 && !allowed.includes(method);
  throw new SessionError(known ? 'ERR_METHOD_NOT_ALLOWED' : 'ERR_NOT_FOUND');
}

function reject(
  observers: Pick<RouterOptions, keyof Observers | 'basePath'>,
  request: HttpRequest,
  error: SessionError,
  trace: Trace,
): HttpReply {
  const body = problemDocument(error, observers.basePath);
  if (body.status >= 500) observeFailure(observers, error.code, error, request.ids);
  observeReply(observers, request, { status: body.status, code: error.code, ...trace });
  const allow = allowedMethods(request.path).join(', ');
  return toHttpReply({
    status: body.status,
    headers: { ...problemHeaders(error), ...(error.code === 'ERR_METHOD_NOT_ALLOWED' && { allow }) },
    body,
  });
}
