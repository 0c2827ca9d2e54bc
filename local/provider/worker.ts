import { createHash, generateKeyPairSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { moveDate } from '../clock.ts';
import { readAll } from '../http-event.ts';
import { errorPage, loginPage, logoutPage, signedOutPage } from './pages.ts';

/**
 * A real OpenID provider with a few users whose passwords are known, in a thread of its own since its clock moves
 * with the functions'. Everything lives in memory.
 */
export interface ProviderData {
  readonly siteUrl: string;
  readonly clock: SharedArrayBuffer;
  /** 0 takes a free one. */
  readonly port: number;
}

interface User {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

const USERS: ReadonlyMap<string, User> = new Map([
  ['demo', { name: 'Demo User', email: 'demo@example.com', password: 'demo' }],
  ['alice', { name: 'Alice Example', email: 'alice@example.com', password: 'alice' }],
  ['bob', { name: 'Bob Example', email: 'bob@example.com', password: 'bob' }],
]);

const SCOPES = ['openid', 'profile', 'email'];
const { siteUrl, clock, port } = workerData as ProviderData;
moveDate(clock);
// What the provider says about its own defaults is meant for those who run it in production.
console.info = () => undefined;
console.warn = () => undefined;
const { default: Provider } = await import('oidc-provider');

const server = createServer();
server.on('error', (error) => parentPort!.postMessage({ error: error.message }));
server.listen(port, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const provider = createProvider(issuer);
  const answer = provider.callback();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const uid = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    if (uid === undefined) answer(request, response);
    else interact(provider, uid, request, response).catch(() => html(response, 400, errorPage(EXPIRED)));
  });
  parentPort!.postMessage({ issuer });
});
parentPort!.on('message', () => {
  server.closeAllConnections();
  server.close(() => process.exit());
});

const EXPIRED = {
  reason: 'This sign-in is no longer under way. Go back to the application and start again.',
};

function createProvider(issuer: string): InstanceType<typeof Provider> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'curfew-local',
        client_name: 'Curfew',
        token_endpoint_auth_method: 'none',
        redirect_uris: [`${siteUrl}/api/auth/callback`],
        post_logout_redirect_uris: [siteUrl, `${siteUrl}/`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        require_auth_time: true,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'local' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    // Otherwise only the userinfo endpoint would tell name and address.
    conformIdTokenClaims: false,
    // An hour for the form, a working day for the provider's own session: longer than the sessions it starts, so
    // that single sign-on is there to be refused.
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 43_200,
      IdToken: 600,
      Interaction: 3_600,
      Session: 43_200,
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context: { body: string }, form: string) => {
          context.body = logoutPage(form);
        },
        postLogoutSuccessSource: (context: { body: string }) => {
          context.body = signedOutPage();
        },
      },
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    renderError: (context: { type: string; body: string }, details: Record<string, unknown>) => {
      context.type = 'html';
      context.body = errorPage(details);
    },
    findAccount: (_context: unknown, accountId: string) => {
      const user = USERS.get(accountId);
      return (
        user && {
          accountId,
          claims: () => ({ sub: accountId, name: user.name, email: user.email, email_verified: true }),
        }
      );
    },
    loadExistingGrant: grantEverything,
  });
}

/** The one client is the user's own application: it is not asked for consent. */
async function grantEverything(context: {
  oidc: {
    provider: InstanceType<typeof Provider>;
    client: { clientId: string };
    session: { accountId: string };
  };
}) {
  const { provider, client, session } = context.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  await grant.save();
  return grant;
}

async function interact(
  provider: InstanceType<typeof Provider>,
  uid: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  const hint = String(details.params.login_hint ?? '');
  if (request.method !== 'POST') return html(response, 200, loginPage(`/interaction/${uid}`, hint));
  const form = new URLSearchParams((await readAll(request))?.toString('utf8'));
  const login = form.get('login')?.trim() ?? '';
  const user = USERS.get(login);
  if (!user || !same(user.password, form.get('password') ?? '')) {
    return html(response, 401, loginPage(`/interaction/${uid}`, login, 'User name or password is wrong.'));
  }
  const result = { login: { accountId: login, remember: true, amr: ['pwd'] } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function html(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    // No form-action: Chromium applies it to the redirect that follows the form, which goes to the application.
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  });
  response.end(body);
}
