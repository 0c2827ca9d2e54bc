import { type ErrorCode, isSessionError, PROBLEMS, SessionError } from '../../core/errors.ts';
import { type Problem, wireReason } from '../../core/protocol.ts';

/** By the status that middy's own middlewares and router throw. */
const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'ERR_REQUEST_INVALID',
  404: 'ERR_NOT_FOUND',
  405: 'ERR_METHOD_NOT_ALLOWED',
  413: 'ERR_TOO_LARGE',
  415: 'ERR_MEDIA_TYPE',
  /** Of the JSON body parser: not JSON, or a key that would reach a prototype. */
  422: 'ERR_REQUEST_INVALID',
};

/** Whatever was thrown, as one of ours. What we do not know is a defect: `ERR_INTERNAL`, nothing of it told. */
export function toSessionError(error: unknown): SessionError {
  if (isSessionError(error)) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const code = CODE_BY_STATUS[status];
  if (code === undefined) return new SessionError('ERR_INTERNAL', { cause: error });
  return new SessionError(code, {
    ...(status === 422 && { detail: 'body: must be a JSON document' }),
    cause: error,
  });
}

/** The problem document of an error (RFC 9457). Its `type` points into the API's own description. */
export function problemDocument(error: SessionError): Problem {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: `/api/openapi.json#${error.code}`,
    title,
    status,
    code: error.code,
    ...(error.detail !== undefined && { detail: error.detail }),
    ...(error.reason !== undefined && { reason: wireReason(error.reason) }),
    ...(error.endedAt !== undefined && { endedAt: error.endedAt }),
  };
}

/** Headers that go with a problem document: `Retry-After` in whole seconds, where waiting helps (RFC 9110 §10.2.3). */
export function problemHeaders(error: SessionError): Record<string, string> {
  const waits = error.code === 'ERR_STORE_UNAVAILABLE' || error.code === 'ERR_TOO_MANY_REQUESTS';
  return {
    'content-type': 'application/problem+json',
    ...(waits && { 'retry-after': String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000))) }),
  };
}

/**
 * An error for the log: names, messages, codes and stacks along the chain of causes. Nothing else of it:
 * libraries hang responses, tokens and bodies on their errors.
 */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    name: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 5 && { cause: describeError(error.cause, depth + 1) }),
  };
}
