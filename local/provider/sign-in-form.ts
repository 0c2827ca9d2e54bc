import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { PAGE_HEADERS } from '../../dev/machine/page.ts';
import { readBody } from '../http/body.ts';
import { formPath } from './configuration.ts';
import { errorPage, loginPage } from './pages.ts';
import { authenticate } from './users.ts';

const EXPIRED = {
  reason: 'This sign-in is no longer under way. Go back to the application and start again.',
};

/** Everything that the provider answers: the protocol, and the form of a sign-in that is under way. */
export function providerListener(provider: Provider): RequestListener {
  const answer = provider.callback();
  return (request, response) => {
    const uid = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    if (uid === undefined) void answer(request, response);
    else void answerForm(provider, uid, request, response);
  };
}

/** Shows the form of a sign-in that is under way, and takes it. */
async function answerForm(
  provider: Provider,
  uid: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await interact(provider, uid, request, response);
  } catch {
    sendHtml(response, 400, errorPage(EXPIRED));
  }
}

async function interact(
  provider: Provider,
  uid: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    return sendHtml(response, 200, loginPage(formPath(uid), String(params.login_hint ?? '')));
  }
  const form = new URLSearchParams((await readBody(request))?.toString('utf8'));
  const login = form.get('login')?.trim() ?? '';
  if (!authenticate(login, form.get('password') ?? '')) {
    return sendHtml(response, 401, loginPage(formPath(uid), login, 'User name or password is wrong.'));
  }
  const result = { login: { accountId: login, remember: true, amr: ['pwd'] } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

function sendHtml(response: ServerResponse, status: number, body: string): void {
  // No form-action: Chromium applies it to the redirect that follows the form, which goes to the application.
  response.writeHead(status, { ...PAGE_HEADERS, 'referrer-policy': 'no-referrer' });
  response.end(body);
}
