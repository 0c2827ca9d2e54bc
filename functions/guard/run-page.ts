import { createHash } from 'node:crypto';
import { BINDING_PASS_MS } from '../../core/contract.ts';
import { runPass, sessionCredential } from '../http/cookies.ts';
import type { Reply } from '../http/request.ts';
import { mayBeOfAnotherRun } from '../sessions/binding.ts';
import { isPass } from '../sessions/binding-pass.ts';
import { readOwned } from '../sessions/context.ts';
import type { GuardOptions, GuardRequest } from './guard.ts';

/**
 * Whether a page must not be rendered yet: its session is bound to a run of the browser, and nobody has looked
 * whether this is it. A document load does not show the mark by itself, which is sent under `/api/run/` alone.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function needsRunCheck(request: GuardRequest, options: GuardOptions): Promise<boolean> {
  const { method, headers } = request;
  const credential = sessionCredential(request);
  const destination = headers['sec-fetch-dest'];
  if (method !== 'GET' || !credential || (destination !== 'document' && destination !== 'iframe'))
    return false;
  const now = options.now();
  if (isPass(runPass(request), credential.secretHash, now)) return false;
  const stored = await readOwned(options, credential);
  return stored !== undefined && mayBeOfAnotherRun(stored, now);
}

/**
 * As `curfew/browser-close` does it, for pages that may have no script of their own. The mark is set right after
 * sign-in and checked at any other time; then the page that was asked for is loaded, with a pass. The randomness is
 * the browser's. A browser that keeps no pass is not sent round in circles.
 */
const SCRIPT = `(async () => {
  const type = performance.getEntriesByType('navigation')[0]?.type;
  const check = async (load) => {
    const response = await fetch('/api/run/check?pass&load=' + load, { cache: 'no-store' });
    return (await response.json()).run;
  };
  const set = () => new Promise((done) => {
    const { crypto: source } = self;
    const bytes = source.getRandomValues(new Uint8Array(32));
    const text = btoa(String.fromCharCode(...bytes));
    const request = new XMLHttpRequest();
    request.onloadend = done;
    request.open('GET', '/api/run/set', true, 'run', text.replace(/[+/=]/g, (c) => ({ '+': '-', '/': '_' })[c] ?? ''));
    request.send();
  });
  let run = await check(type === 'reload' ? 'reload' : 'navigate');
  if (run === 'unmarked' && type !== 'back_forward') {
    await set();
    run = await check('set');
  }
  if (run === 'same' || run === 'unmarked') {
    const { timeOrigin } = performance;
    const again = type === 'reload' && timeOrigin - sessionStorage.getItem('curfew-run') < ${BINDING_PASS_MS};
    sessionStorage.setItem('curfew-run', timeOrigin);
    if (!again) return location.reload();
    document.querySelector('#stuck').hidden = false;
    return;
  }
  const returnTo = location.pathname + location.search;
  document.querySelector('main a').search = new URLSearchParams({ returnTo });
  document.querySelector('main').hidden = false;
})();`;

/** The page that looks. To a page of another run it says that the session is over. */
export function runCheckPage(): Reply {
  const hash = createHash('sha256').update(SCRIPT).digest('base64');
  return {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src 'sha256-${hash}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
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
<script>${SCRIPT}</script>
</html>
`,
  };
}
