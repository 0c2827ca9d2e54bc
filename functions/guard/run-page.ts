import { createHash } from 'node:crypto';
import { readCookies } from '../http/cookies.ts';
import type { Reply } from '../http/reply.ts';
import { mayBeOfAnotherRun } from '../sessions/binding.ts';
import { isPass } from '../sessions/binding-pass.ts';
import { readOwned } from '../sessions/context.ts';
import { BINDING_SCRIPT } from './binding-script.generated.ts';
import type { GuardOptions, GuardRequest } from './guard.ts';

/**
 * Whether a page must not be rendered yet: its session is bound to a run of the browser, and nobody has looked
 * whether this is it. A document load does not show the mark by itself, which is sent under `/api/run/` alone.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function needsRunCheck(request: GuardRequest, options: GuardOptions): Promise<boolean> {
  const { method, headers } = request;
  const { credential, bindingPass } = readCookies(request);
  const destination = headers['sec-fetch-dest'];
  if (method !== 'GET' || !credential || (destination !== 'document' && destination !== 'iframe'))
    return false;
  const now = options.now();
  if (isPass(bindingPass, credential.secretHash, now)) return false;
  const stored = await readOwned(options, credential);
  return stored !== undefined && mayBeOfAnotherRun(stored, now);
}

/** The page that looks. To a page of another run it says that the session is over. */
export function runCheckPage(): Reply {
  const hash = createHash('sha256').update(BINDING_SCRIPT).digest('base64');
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
<script>${BINDING_SCRIPT}</script>
</html>
`,
  };
}
