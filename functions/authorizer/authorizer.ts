import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { isSessionError, type SessionError } from '../../core/errors.ts';
import { type GuardOptions, guard } from '../guard/guard.ts';

/** What the API's integrations find under `$context.authorizer`. Absent fields are left out. */
export interface AuthorizerContext {
  readonly state: 'active' | 'ended' | 'none';
  readonly sessionId?: string;
  readonly subject?: string;
  /** Why it ended. */
  readonly reason?: string;
}

export type AuthorizerResult = APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>;

/**
 * The guard as a Lambda authorizer of an HTTP API (payload 2.0, simple response), for handlers in any language.
 * API Gateway answers `isAuthorized: false` with a 403 of its own words: the client asks `GET /api/session`,
 * which says why. Its results must not be cached (TTL 0), or a session would live on in the cache.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`: API Gateway answers 500, which is no sign-out
 */
export async function authorize(
  event: APIGatewayRequestAuthorizerEventV2,
  options: Omit<GuardOptions, 'onMissing'>,
): Promise<AuthorizerResult> {
  const { headers = {}, cookies, requestContext } = event;
  const request = { method: requestContext.http.method, headers, cookies };
  return guard(request, { ...options, onMissing: 'reject' }).then(
    (session) => ({ isAuthorized: true, context: contextOf(session) }),
    (error: unknown) => ({ isAuthorized: false, context: refusalOf(error) }),
  );
}

function contextOf(session: Awaited<ReturnType<typeof guard>>): AuthorizerContext {
  const { state } = session;
  if (state === 'ended') return { state, reason: session.reason };
  const { sessionId, subject } = session;
  return { state, sessionId, subject };
}

/** @throws the error, unless it is an answer about the session */
function refusalOf(error: unknown): AuthorizerContext {
  if (!isSessionError(error) || error.code === 'ERR_STORE_UNAVAILABLE') throw error;
  return refusedContext(error);
}

function refusedContext({ code, reason }: SessionError): AuthorizerContext {
  return code === 'ERR_SESSION_ENDED' ? { state: 'ended', reason: reason! } : { state: 'none' };
}
