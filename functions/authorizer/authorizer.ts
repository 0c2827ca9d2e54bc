import type {
  APIGatewayAuthorizerWithContextResult,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { isSessionError } from '../../core/errors.ts';
import { admit } from '../guard/admit.ts';
import type { GuardOptions } from '../guard/options.ts';
import type { GuardedSession } from '../guard/session.ts';
import { readHttpEvent } from '../http/http-event.ts';

/** What the API's integrations find under `$context.authorizer`. Absent fields are left out. */
export type AuthorizerContext = {
  readonly state: 'active' | 'ended' | 'none';
  readonly sessionId?: string;
  readonly subject?: string;
  /** Why it ended. */
  readonly reason?: string;
};

/** The answer to an HTTP API. */
export type SimpleResult = APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>;

/** The answer to a REST API. */
export type PolicyResult = APIGatewayAuthorizerWithContextResult<AuthorizerContext>;

const NONE: AuthorizerContext = { state: 'none' };

/**
 * The guard as a Lambda authorizer, for handlers in any language: of an HTTP API (payload 2.0, simple response), or of a REST
 * API (request authorizer), whose answer is a policy for this one request.
 * API Gateway answers who is not authorized with a 403 of its own words: the client asks `GET /api/session`,
 * which says why. The results must not be cached (TTL 0), or a session would live on in the cache.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`: API Gateway answers 500, which is no sign-out
 * @throws TypeError for an event of another form
 */
export async function authorize(
  event: APIGatewayRequestAuthorizerEventV2 | APIGatewayRequestAuthorizerEvent,
  options: Omit<GuardOptions, 'onMissing' | 'bounce'>,
): Promise<SimpleResult | PolicyResult> {
  const { method, path, headers, cookies } = readHttpEvent(event);
  const request = { method, path, headers, cookies };
  const result = await admit(request, { ...options, onMissing: 'reject', bounce: false }).then(
    // Without `bounce` there is always a session.
    ({ session }) => ({ isAuthorized: session !== undefined, context: session ? contextOf(session) : NONE }),
    (error: unknown) => ({ isAuthorized: false, context: rejectedContext(error) }),
  );
  return 'methodArn' in event ? toPolicy(result, event.methodArn) : result;
}

/** Allows or denies the one request: its method and path are in the ARN. */
function toPolicy({ isAuthorized, context }: SimpleResult, methodArn: string): PolicyResult {
  const Effect = isAuthorized ? 'Allow' : 'Deny';
  return {
    principalId: context.subject ?? 'none',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: methodArn }],
    },
    context,
  };
}

function contextOf(session: GuardedSession): AuthorizerContext {
  if (session.state === 'none') return NONE;
  if (session.state === 'ended') return { state: 'ended', reason: session.reason };
  const { state, sessionId, subject } = session;
  return { state, sessionId, subject };
}

/** @throws the error, unless it is an answer about the session */
function rejectedContext(error: unknown): AuthorizerContext {
  if (!isSessionError(error) || error.code === 'ERR_STORE_UNAVAILABLE') throw error;
  const { code, reason } = error;
  return code === 'ERR_SESSION_ENDED' && reason !== undefined ? { state: 'ended', reason } : NONE;
}
