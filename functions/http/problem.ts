import { BASE_PATH } from '../../core/contract.ts';
import { isSessionError, PROBLEMS, SessionError } from '../../core/errors.ts';
import { type Problem, wireReason } from '../../core/protocol.ts';

/** Anything thrown, as one of ours. An error without one of our codes is a defect: `ERR_INTERNAL`, which tells nothing of it. */
export function toSessionError(error: unknown): SessionError {
  return isSessionError(error) ? error : new SessionError('ERR_INTERNAL', { cause: error });
}

/** The problem document of an error (RFC 9457). Its `type` points into the API's own description. */
export function problemDocument(error: SessionError, basePath: string = BASE_PATH): Problem {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: `${basePath}/openapi.json#${error.code}`,
    title,
    status,
    code: error.code,
    ...(error.detail !== undefined && { detail: error.detail }),
    ...(error.reason !== undefined && { reason: wireReason(error.reason) }),
    ...(error.endedAt !== undefined && { endedAt: error.endedAt }),
  };
}

/** Headers of a problem document: `Retry-After` in whole seconds, where waiting helps (RFC 9110 §10.2.3). */
export function problemHeaders(error: SessionError): Record<string, string> {
  const waits = error.code === 'ERR_STORE_UNAVAILABLE' || error.code === 'ERR_TOO_MANY_REQUESTS';
  return {
    'content-type': 'application/problem+json',
    ...(waits && { 'retry-after': String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000))) }),
  };
}

/**
 * An error for the log: names, messages, codes and stacks along the chain of causes. Nothing else:
 * libraries hang responses, tokens and bodies on their errors. A parser's message quotes the text that it could not read,
 * which may be a provider's tokens, so it is left out, and so is the stack, which begins with it.
 */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    name: error.name,
    ...(!(error instanceof SyntaxError) && { message: error.message, stack: error.stack }),
    ...('code' in error && { code: error.code }),
    ...(error.cause !== undefined && depth < 5 && { cause: describeError(error.cause, depth + 1) }),
  };
}
