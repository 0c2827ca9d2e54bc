import { createHash } from 'node:crypto';
import { BASE_PATH } from '../../core/contract.ts';
import { escapeHtml } from '../../core/html.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import type { Reply } from '../http/reply.ts';
import type { HttpRequest } from '../http/request.ts';
import { mayBeReadAs, pathsUnder, safeReturnTo } from '../http/return-to.ts';
import { mayBeOfAnotherRun } from '../sessions/binding.ts';
import { isPass } from '../sessions/binding-pass.ts';
import type { Credential } from '../sessions/credential.ts';
import { lacksMark, needsMark } from '../store/mark-rule.ts';
import type { StoredSession } from '../store/stored-session.ts';
import { BINDING_SCRIPT } from './binding-script.generated.ts';
import type { GuardOptions } from './options.ts';

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
export function retrySameSite(path: string, basePath?: string): Reply {
  return clientRedirect(safeReturnTo(path, basePath));
}

/** A document load, with path and query as they came. */
interface DocumentRequest extends PageRequest {
  readonly path: string;
}

/** Whether a document may be rendered by its pass. No pass stands for the mark where browsers show that by themselves. */
export function isPassed(
  request: DocumentRequest,
  stored: StoredSession,
  bindingPass: string | undefined,
  now: number,
  basePath?: string,
): boolean {
  if (!isDocument(request) || !isPass(bindingPass, stored, now)) return false;
  return !needsMark(stored.binding) || !isWhereMarksShow(request.path, basePath);
}

/**
 * The page that comes before a document that has no pass, while nobody has checked whether this is the run of the browser
 * that its session is bound to, or can still be bound to. Undefined: the document may be rendered, as far as that goes.
 */
export function bindingCheck(
  request: DocumentRequest,
  stored: StoredSession,
  { runHash }: Pick<Credential, 'runHash'>,
  now: number,
  { basePath, signInPath }: Pick<GuardOptions, 'basePath' | 'signInPath'>,
): Reply | undefined {
  if (!isDocument(request) || !mayBeOfAnotherRun(stored, now)) return undefined;
  const page = bindingCheckPage(basePath, signInPath);
  if (!needsMark(stored.binding)) return page;
  if (!lacksMark(stored.binding, runHash)) return undefined;
  return isWhereMarksShow(request.path, basePath) ? { ...page, status: 403 } : page;
}

function isDocument({ method, headers }: PageRequest): boolean {
  const destination = headers['sec-fetch-dest'];
  return method === 'GET' && (destination === 'document' || destination === 'iframe');
}

/** Whether a path is under `/api/`, however it is spelled: there a browser shows the mark, or is another one. */
function isWhereMarksShow(path: string, basePath: string = BASE_PATH): boolean {
  return mayBeReadAs(path.replace(/[?#].*/s, ''), pathsUnder(basePath));
}

const SCRIPT_HASH = createHash('sha256').update(BINDING_SCRIPT).digest('base64');

/** The page that checks. In another run of the browser it says that the session is over. */
const bindingCheckPage = (
  basePath: string = BASE_PATH,
  signInPath: string = `${basePath}/auth/sign-in`,
): Reply => ({
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
<p><a href="${escapeHtml(signInPath)}">Sign in again</a></p>
</main>
<p id="stuck" hidden>This page could not be opened: the network is too slow, or the browser does not keep this site's cookies. <a href="">Try again</a></p>
<noscript>This site needs JavaScript to tell whether the browser was closed since you signed in.</noscript>
<script data-api="${basePath}">${BINDING_SCRIPT}</script>
</html>
`,
});
