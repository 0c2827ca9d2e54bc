import type { MetricName } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import type { Credential } from '../sessions/credential.ts';
import type { RequestCookies } from './cookies.ts';
import { missingSession } from './mark.ts';

/** Headers of a request, by their names in lower case. Repeated ones are joined by a comma. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** The ids under which a platform knows a request: what its own logs are searched for. */
export interface RequestIds {
  /** That of the gateway or server. */
  readonly requestId?: string | undefined;
  /** That of the invocation of a Lambda function. */
  readonly lambdaRequestId?: string | undefined;
}

/** A request as every platform can describe it. The adapters (`lambda.ts`, `fetch.ts`) make it. */
export interface HttpRequest {
  readonly method: string;
  /** Path without the query, as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: RequestHeaders;
  /** One pair each, where the platform takes cookies out of their header. */
  readonly cookies?: readonly string[] | undefined;
  /** Address of the peer. Undefined where the platform does not know it. */
  readonly sourceIp?: string | undefined;
  /** The ids under which the platform knows the request. */
  readonly ids?: RequestIds | undefined;
  /** What is left of the time limit of the function that handles it, ms. @default no limit */
  readonly remainingMs?: number | undefined;
  /**
   * Reads the body as UTF-8, once; an absent one is empty. A larger body is neither decoded nor read to its end.
   *
   * @param signal aborts when it has taken too long: then nothing more of it is read
   * @throws SessionError `ERR_TOO_LARGE` over `maxBytes`, `ERR_REQUEST_INVALID` where the peer stops sending, or is too slow
   */
  readonly readBody: (maxBytes: number, signal?: AbortSignal) => Promise<string>;
}

/** What a route counts. */
export type RequestMetric = Extract<
  MetricName,
  'Touches' | 'TouchWrites' | 'UnmarkedLoads' | 'SignInsBegun' | 'SignInsFinished'
>;

/** A request of the API once it is routed and allowed: what the routes see. */
export interface ApiRequest extends Omit<HttpRequest, 'cookies'> {
  /** Address of the browser, as far as it can be known: that of the peer, or what a proxy said that proved itself. */
  readonly viewerAddress?: string | undefined;
  /** Epoch ms. Read once a request. */
  readonly now: number;
  /** Aborts when the request's time is over. */
  readonly signal: AbortSignal;
  readonly cookies: RequestCookies;
  /** Counts a metric of this request: no dimension but the service, unit Count. @param value default: 1 */
  readonly count: (metric: RequestMetric, value?: number) => void;
}

/**
 * The session cookie of a request that needs one.
 *
 * @throws SessionError `ERR_SESSION_MISSING`; `ERR_CROSS_SITE`, see {@link missingSession}
 */
export function requireCredential({ cookies, headers }: Pick<ApiRequest, 'cookies' | 'headers'>): Credential {
  if (!cookies.credential) throw missingSession(headers);
  return cookies.credential;
}

/**
 * The session cookie of a request whose body must name the same session (NIST SP 800-63B-4 §5.1: the content
 * of a POST carries a session identifier that is verified).
 *
 * @throws SessionError `ERR_SESSION_MISSING`, `ERR_SESSION_MISMATCH`
 */
export function requireNamedCredential(
  request: Pick<ApiRequest, 'cookies' | 'headers'>,
  body: { readonly sessionId: string },
): Credential {
  const credential = requireCredential(request);
  if (body.sessionId !== credential.sessionId) throw new SessionError('ERR_SESSION_MISMATCH');
  return credential;
}
