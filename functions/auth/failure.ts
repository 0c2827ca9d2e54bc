import { isSessionError } from '../../core/errors.ts';
import { SIGN_IN_ERRORS, type SignInErrorCode } from '../../core/sign-in.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import type { Reply } from '../http/reply.ts';

/** Redirects the browser when a sign-in fails, instead of answering with an error page. */
export function failedSignIn(error: unknown): Reply {
  const code = codeOf(error);
  const status = STATUS[code] ?? 200;
  return clientRedirect(`/?error=${code}`, {
    status,
    ...(status === 503 && { headers: { 'retry-after': '1' } }),
    code,
    ...(LOGGED.has(code) && { failure: error }),
  });
}

/** An outage has the status of one, for the API's monitoring; a rejected sign-in is an ordinary answer. */
const STATUS: Partial<Record<SignInErrorCode, number>> = {
  temporarily_unavailable: 503,
  provider_unavailable: 503,
};
/** Failures that somebody should look at. The others are only counted. */
const LOGGED: ReadonlySet<SignInErrorCode> = new Set([
  'sign_in_failed',
  'provider_unavailable',
  'temporarily_unavailable',
]);

function codeOf(error: unknown): SignInErrorCode {
  if (isSessionError(error) && error.code === 'ERR_STORE_UNAVAILABLE') return 'temporarily_unavailable';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return SIGN_IN_ERRORS.find((known) => known === code) ?? 'sign_in_failed';
}
