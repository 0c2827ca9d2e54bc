import { SIGN_IN_ERRORS, type SignInErrorCode } from '../../core/sign-in.ts';
import { SignInError } from './provider.ts';

/** The same step, every failure of which has one of our codes. */
export function withCodes<Input, Result>(step: (input: Input) => Promise<Result>) {
  return (input: Input): Promise<Result> =>
    step(input).catch((error: unknown) => {
      throw new SignInError(codeOf(error), error);
    });
}

/** What the provider's answer to the authorization request means for us (RFC 6749 §4.1.2.1). */
const BY_PROVIDER_ERROR: Readonly<Record<string, SignInErrorCode>> = {
  access_denied: 'access_denied',
  server_error: 'provider_unavailable',
  temporarily_unavailable: 'provider_unavailable',
};

function codeOf(error: unknown): SignInErrorCode {
  for (const cause of causes(error)) {
    const code = 'code' in cause ? cause.code : undefined;
    if (code === 'OAUTH_TIMEOUT') return 'provider_unavailable';
    const known = SIGN_IN_ERRORS.find((ours) => ours === code);
    if (known) return known;
    if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR' && 'error' in cause) {
      return BY_PROVIDER_ERROR[String(cause.error)] ?? 'sign_in_failed';
    }
  }
  return 'sign_in_failed';
}

/** The provider rejects our client secret: it was rotated, and the next sign-in reads it anew. */
export function isRejectedClient(error: unknown): boolean {
  return causes(error).some(
    (cause) =>
      ('status' in cause && cause.status === 401) || ('error' in cause && cause.error === 'invalid_client'),
  );
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
