import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { SessionError } from '../../core/errors.ts';
import type { Credential } from '../sessions/credential.ts';
import { sessionCredential } from './cookies.ts';

/** What business code sees of a request: parsed, judged to be allowed, and with the one `now` it is judged by. */
export interface ApiRequest<Body = undefined> {
  /** Epoch ms. Read once a request. */
  readonly now: number;
  readonly body: Body;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The session cookie, if there is one of ours by its form. */
  readonly credential: Credential | undefined;
  readonly event: APIGatewayProxyEventV2;
  /** Counts a metric of this request: no dimension, unit Count. */
  readonly count: (metric: 'Touches' | 'TouchWrites' | 'UnmarkedLoads') => void;
}

/** What business code answers. A body that is an object goes out as JSON. */
export interface Reply {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: object | string;
  /** The code to log and count where the reply is a refusal in another form than a problem document. */
  readonly code?: string;
  /** What went wrong, for the log. */
  readonly failure?: unknown;
}

/** What the stack adds to API Gateway's event on its way to a handler. */
export interface StackEvent extends APIGatewayProxyEventV2 {
  now: number;
  parsed?: unknown;
}

export function toApiRequest<Body>(event: StackEvent, count: ApiRequest['count']): ApiRequest<Body> {
  return {
    now: event.now,
    body: event.parsed as Body,
    query: new URLSearchParams(event.rawQueryString),
    headers: event.headers,
    credential: sessionCredential(event),
    event,
    count,
  };
}

/**
 * The session cookie of a request that needs one.
 *
 * @throws SessionError `ERR_SESSION_MISSING`
 */
export function requireCredential(request: Pick<ApiRequest, 'credential'>): Credential {
  if (!request.credential) throw new SessionError('ERR_SESSION_MISSING');
  return request.credential;
}

/**
 * The session cookie of a request whose body must name the same session (NIST SP 800-63B-4 §5.1: the content
 * of a POST carries a session identifier that is verified).
 *
 * @throws SessionError `ERR_SESSION_MISSING`, `ERR_SESSION_MISMATCH`
 */
export function requireBoundCredential(request: ApiRequest<{ sessionId: string }>): Credential {
  const credential = requireCredential(request);
  if (request.body.sessionId !== credential.sessionId) throw new SessionError('ERR_SESSION_MISMATCH');
  return credential;
}
