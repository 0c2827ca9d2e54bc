import type { ServerResponse } from 'node:http';
import { COOKIES } from '../core/contract.ts';
import { escapeHtml } from '../core/html.ts';
import { IN_WINDOW } from '../core/sign-in.ts';
import { failedSignIn } from '../functions/auth/failure.ts';
import { setCookie } from '../functions/http/cookies.ts';
import { toResponse } from '../functions/http/fetch.ts';
import { toSessionError } from '../functions/http/problem.ts';
import { toHttpReply } from '../functions/http/reply.ts';
import type { Curfew } from '../functions/server/curfew.ts';
import { sendResponse, toHttpRequest } from '../functions/server/node.ts';
import type { SignedIn } from '../functions/server/own-sign-in.ts';
import type { NodeRequest } from '../functions/server/request.ts';
import { blockedCookiesPage, messagePage, ownPage, PAGE_HEADERS } from './machine/page.ts';
import { originOf } from './requests.ts';
import type { World } from './world.ts';

const WHO = 'Curfew on this machine';
/** Its presence says that the browser has been asked already to show a cookie. */
const ASKED = 'cookies';
const MAX_FORM_BYTES = 4_096;
/** How long the cookie is kept that shows whether cookies are, s. */
const PROOF_SECONDS = 600;

/** Where the sign-in begins, and where the form of this page goes. */
export function signInPath({ basePath }: Pick<World, 'basePath'>): string {
  return `${basePath}/auth/sign-in`;
}

/** The sign-in of a development server: whether the browser keeps cookies, then a page on which to choose a name, and what it sends. */
export async function answerSignIn(
  world: World,
  curfew: Curfew,
  request: NodeRequest,
  response: ServerResponse,
): Promise<void> {
  const { query, readBody } = toHttpRequest(request);
  const form = new URLSearchParams(request.method === 'POST' ? await readBody(MAX_FORM_BYTES) : '');
  const name = (form.get('user') ?? form.get('name') ?? '').trim();
  if (name === '' || world.hasProvider) {
    showPage(world, request, response, query);
    return;
  }
  const isInWindow = query.get('display') === IN_WINDOW;
  try {
    const signedIn = await signInAs(world, curfew, request, name);
    await sendResponse(
      response,
      isInWindow ? signedIn.windowPage() : signedIn.page(query.get('returnTo') ?? '/'),
    );
  } catch (cause) {
    const { status, message } = toSessionError(cause);
    sendPage(response, status, messagePage(WHO, 'You aren’t signed in', `<p>${escapeHtml(message)}</p>`));
  }
}

/** Signs a browser in by a name alone. @throws SessionError as `curfew.signIn` */
export function signInAs(
  world: World,
  curfew: Curfew,
  request: NodeRequest,
  name: string,
): Promise<SignedIn> {
  const { subject, ...user } = world.user(name);
  return curfew.signIn(request, { subject, user });
}

/** Answers a sign-in as one at whose provider nobody answers, or whose store does not. */
export async function failSignIn(
  { basePath }: World,
  error: unknown,
  request: NodeRequest,
  response: ServerResponse,
): Promise<void> {
  const isInWindow = toHttpRequest(request).query.get('display') === IN_WINDOW;
  const reply = toHttpReply(failedSignIn(error, isInWindow, basePath));
  await sendResponse(response, toResponse(reply, request.method ?? 'GET'));
}

/**
 * The page, once the browser has shown that it keeps cookies: one that doesn't learns so before it has chosen a name in vain. On
 * `http://localhost` browsers on WebKit keep no `Secure` cookie.
 */
function showPage(
  world: World,
  request: NodeRequest,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  if (showsCookie(request)) sendPage(response, 200, signInPage(world, query));
  else if (query.has(ASKED)) sendPage(response, 400, blockedPage(world, originOf(request)));
  else askForCookie(world, response, query);
}

function askForCookie(world: World, response: ServerResponse, query: URLSearchParams): void {
  const browser = Buffer.from(world.io.randomBytes(32)).toString('base64url');
  response.appendHeader('set-cookie', setCookie('signIn', browser, PROOF_SECONDS));
  response.writeHead(302, {
    location: `${signInPath(world)}?${new URLSearchParams([...query, [ASKED, '']])}`,
    'cache-control': 'no-store',
  });
  response.end();
}

function blockedPage(world: World, siteUrl: string): string {
  world.sayOnce(
    `A sign-in at ${siteUrl} shows no cookie: the browser keeps none, or a proxy in front of this server takes Cookie or Set-Cookie away.`,
  );
  return blockedCookiesPage(WHO, {
    siteUrl,
    https: '<code>curfew dev --https</code>, or your own server with a certificate',
    remedies: [
      'If a proxy is in front of this server, it has to hand on <code>Cookie</code> and <code>Set-Cookie</code> as they are.',
    ],
  });
}

/** Whether a browser shows that it keeps cookies: at a real provider it would learn too late that it does not. */
export function showsCookie({ headers }: NodeRequest): boolean {
  return (headers.cookie ?? '').split(';').some((pair) => pair.trim().startsWith(`${COOKIES.signIn}=`));
}

function signInPage(world: World, query: URLSearchParams): string {
  const kept = new URLSearchParams([...query].filter(([name]) => name !== ASKED));
  const action = escapeHtml(`${signInPath(world)}?${kept}`);
  const buttons = world
    .state(undefined)
    .users.map(
      (name) => `<button class="plain" name="user" value="${escapeHtml(name)}">${escapeHtml(name)}</button>`,
    )
    .join('');
  return ownPage(
    WHO,
    'Sign in',
    `<h1>Sign in</h1>
<form method="post" action="${action}"><fieldset><legend>As one of these</legend>${buttons}</fieldset></form>
<form method="post" action="${action}" autocomplete="off">
<label for="name">Or under any other name</label><input id="name" name="name" required maxlength="255" autocapitalize="none" spellcheck="false">
<button>Sign in</button>
</form>
<p class="note">There is no password: this page is of your development server, and in no deployment.</p>`,
  );
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  // The form's Origin would be `null` without a referrer.
  response.writeHead(status, { ...PAGE_HEADERS, 'referrer-policy': 'same-origin' });
  response.end(html);
}
