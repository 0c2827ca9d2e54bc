import { createHash } from 'node:crypto';
import { clientRedirect } from '../http/redirect-page.ts';
import type { Reply } from '../http/reply.ts';
import type { HttpRequest } from '../http/request.ts';
import { safeReturnTo } from '../http/return-to.ts';
import { mayBeOfAnotherRun } from '../sessions/binding.ts';
import { isPass } from '../sessions/binding-pass.ts';
import type { StoredSession } from '../store/stored-session.ts';
import { BINDING_SCRIPT } from './binding-script.generated.ts';

/** The pages that come before a page that the handler renders. */

type PageRequest = Pick<HttpRequest, 'method' | 'headers'>;

/**
 * Whether a navigation without our cookie came from another site: the cookie is `Strict`, so the browser withholds it
 * then.
 */
export function needsSameSiteRetry({ method, headers }: PageRequest): boolean {
  const isNavigation = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return method === 'GET' && isNavigation && headers['sec-fetch-site'] === 'cross-site';
}

/**
 * The page that asks again from this site, so that the cookie comes along. A path that a browser could read as another
 * site is not repeated.
 */
export function retrySameSite(path: string): Reply {
  return clientRedirect(safeReturnTo(path));
}

/**
 * Whether a page must not be rendered yet: its session is bound to a run of the browser, and nobody has checked
 * whether this is it. A document load does not show the credential of the run, which browsers send under `/api/run/`
 * only.
 */
export function needsBindingCheck(
  { method, headers }: PageRequest,
  stored: StoredSession,
  bindingPass: string | undefined,
  now: number,
): boolean {
  const destination = headers['sec-fetch-dest'];
  const isDocument = method === 'GET' && (destination === 'document' || destination === 'iframe');
  return isDocument && !isPass(bindingPass, stored.secretHash, now) && mayBeOfAnotherRun(stored, now);
}

const SCRIPT_HASH = createHash('sha256').update(BINDING_SCRIPT).digest('base64');

/** The page that checks. In another run of the browser it says that the session is over. */
export const BINDING_CHECK_PAGE: Reply = {
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; script-src 'sha256-${SCRIPT_HASH}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
    'referrer-policy': 'no-referrer',
  },
  body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>One moment</title>
<meta name="viewport" content="width=device-width">
<main hidden>
<h1>You've been signed out</h1>
<p>The browser was closed since you signed in.</p>
<p><a href="/api/auth/sign-in">Sign in again</a></p>
</main>
<p id="stuck" hidden>This page could not be opened: the network is too slow, or the browser does not keep this site's cookies. <a href="">Try again</a></p>
<noscript>This site needs JavaScript to tell whether the browser was closed since you signed in.</noscript>
<script>${BINDING_SCRIPT}</script>
</html>
`,
};
