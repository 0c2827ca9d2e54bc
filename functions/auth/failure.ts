import { isSessionError } from '../../core/errors.ts';
import { SIGN_IN_ERRORS, type SignInErrorCode } from '../../core/sign-in.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import type { Reply } from '../http/reply.ts';
import { notSignedInPage } from './end-page.ts';

/**
 * Redirects the browser when a sign-in fails, instead of answering with an error page.
 *
 * @param isInWindow says it in the small window instead: the user's page is elsewhere
 * @param basePath what the paths of the API begin with. @default '/api'
 */
export function failedSignIn(error: unknown, isInWindow: boolean, basePath?: string): Reply {
  const page = rejectedSignIn(error, isInWindow, basePath);
  return isOutage(error) ? { ...page, status: 503, headers: { ...page.headers, 'retry-after': '1' } } : page;
}

/**
 * The same for a failure that the request itself reports: its status is 200 whatever the code. What a request can
 * choose is no outage, and makes no 5xx: those raise alarms, and caches on the way keep them.
 */
export function rejectedSignIn(error: unknown, isInWindow: boolean, basePath?: string): Reply {
  const code = codeOf(error);
  const extra = { status: 200, code, ...(LOGGED.has(code) && { failure: error }) };
  return isInWindow ? notSignedInPage(code, extra, basePath) : clientRedirect(`/?error=${code}`, extra);
}

/** An outage has the status of one, for the API's monitoring; a rejected sign-in is an ordinary answer. */
function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'temporarily_unavailable' || code === 'provider_unavailable';
}

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
