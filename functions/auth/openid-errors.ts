import { isSessionError } from '../../core/errors.ts';
import { SIGN_IN_ERRORS, type SignInErrorCode } from '../../core/sign-in.ts';
import { SignInError } from './provider.ts';

/** The same step, every failure of which has one of our codes. An outage on our own side stays what it is. */
export function withCodes<Input, Result>(step: (input: Input) => Promise<Result>) {
  return (input: Input): Promise<Result> =>
    step(input).catch((error: unknown) => {
      throw isSessionError(error) ? error : new SignInError(codeOf(error), error);
    });
}

/** What an `error` in the callback's query means for us (RFC 6749 §4.1.2.1). */
const BY_REPORTED_ERROR: ReadonlyMap<string, SignInErrorCode> = new Map([
  ['access_denied', 'access_denied'],
  ['server_error', 'provider_unavailable'],
  ['temporarily_unavailable', 'provider_unavailable'],
]);

/** The form of every code that is registered for `error`. Anything else is not the provider's, and is not logged. */
const REPORTED_FORM = /^[a-z_]{1,64}$/;

/**
 * The failure that the callback's query reports. It says nothing on the provider: anyone can write a query.
 *
 * @param error the query's `error`, unverified
 */
export function reportedError(error: string): SignInError {
  const said = REPORTED_FORM.test(error) ? error : 'of another form';
  return new SignInError(BY_REPORTED_ERROR.get(error) ?? 'sign_in_failed', new Error(`error: ${said}`));
}

function codeOf(error: unknown): SignInErrorCode {
  for (const cause of causes(error)) {
    const code = 'code' in cause ? cause.code : undefined;
    if (code === 'OAUTH_TIMEOUT') return 'provider_unavailable';
    const known = SIGN_IN_ERRORS.find((ours) => ours === code);
    if (known) return known;
  }
  return 'sign_in_failed';
}

/** Codes of the errors that a reply of the provider is turned into. The callback's query has another. */
const REPLY_ERRORS: ReadonlySet<unknown> = new Set([
  'OAUTH_RESPONSE_BODY_ERROR',
  'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
]);

/** Whether the token endpoint rejects our client secret (RFC 6749 §5.2): it may have been rotated. */
export function isRejectedClient(error: unknown): boolean {
  return causes(error).some(
    (cause) =>
      'code' in cause &&
      REPLY_ERRORS.has(cause.code) &&
      (('status' in cause && cause.status === 401) || ('error' in cause && cause.error === 'invalid_client')),
  );
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
