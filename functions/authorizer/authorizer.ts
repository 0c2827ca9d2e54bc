import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { isSessionError } from '../../core/errors.ts';
import { admit } from '../guard/admit.ts';
import type { GuardOptions } from '../guard/options.ts';
import type { GuardedSession } from '../guard/session.ts';
import { readHttpEvent } from '../http/http-event.ts';

/** What the API's integrations find under `$context.authorizer`. Absent fields are left out. */
export interface AuthorizerContext {
  readonly state: 'active' | 'ended' | 'none';
  readonly sessionId?: string;
  readonly subject?: string;
  /** Why it ended. */
  readonly reason?: string;
}

export type AuthorizerResult = APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>;

const NONE: AuthorizerContext = { state: 'none' };

/**
 * The guard as a Lambda authorizer of an HTTP API (payload 2.0, simple response), for handlers in any language.
 * API Gateway answers `isAuthorized: false` with a 403 of its own words: the client asks `GET /api/session`,
 * which says why. Its results must not be cached (TTL 0), or a session would live on in the cache.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`: API Gateway answers 500, which is no sign-out
 * @throws Error for an event of another form
 */
export async function authorize(
  event: APIGatewayRequestAuthorizerEventV2,
  options: Omit<GuardOptions, 'onMissing' | 'bounce'>,
): Promise<AuthorizerResult> {
  const { method, path, headers, cookies } = readHttpEvent(event);
  const request = { method, path, headers, cookies };
  return admit(request, { ...options, onMissing: 'reject', bounce: false }).then(
    // Without `bounce` there is always a session.
    ({ session }) => ({ isAuthorized: session !== undefined, context: session ? contextOf(session) : NONE }),
    (error: unknown) => ({ isAuthorized: false, context: rejectedContext(error) }),
  );
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
