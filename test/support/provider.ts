import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';
import { SITE_URL } from './http.ts';

export const CLIENT_ID = 'curfew-test';
export const CLIENT_SECRET = 'a client secret that is long enough';

export interface RunningProvider {
  readonly issuer: string;
  /** Answers 503 to these paths while set. */
  broken: RegExp | undefined;
  /** Every request so far, `POST /token`. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** A certified OpenID provider on this machine's loopback, with its own login form. */
export async function startProvider(overrides: Configuration = {}): Promise<RunningProvider> {
  quiet();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        redirect_uris: [`${SITE_URL}/api/auth/callback`],
        post_logout_redirect_uris: [`${SITE_URL}/`],
        backchannel_logout_uri: `${SITE_URL}/api/auth/back-channel-logout`,
        backchannel_logout_session_required: true,
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
      {
        client_id: `${CLIENT_ID}-secret`,
        client_secret: CLIENT_SECRET,
        redirect_uris: [`${SITE_URL}/api/auth/callback`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name'], email: ['email'], auth_time: null },
    // The session id goes into ID tokens of clients that want to hear of its end.
    features: { backchannelLogout: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} Example`, email: `${id}@example.com` }),
    }),
    cookies: { keys: ['only for tests'] },
    ...overrides,
  });
  const running: RunningProvider = {
    issuer,
    broken: undefined,
    requests: [],
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  provider.use(async (context, next) => {
    if (!running.broken?.test(context.path)) return next();
    context.status = 503;
    context.body = 'down';
  });
  server.on('request', (request, response) => {
    running.requests.push(`${request.method} ${request.url?.split('?')[0]}`);
    provider.callback()(request, response);
  });
  return running;
}

/** A browser as far as signing in needs one: cookies, redirects and the provider's forms. */
export function createBrowser() {
  const jar = new Map<string, string>();
  /** What the forms asked for, `login` or `consent`, in turn. */
  const asked: string[] = [];

  async function visit(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(';')[0]!.split(/=(.*)/s) as [string, string];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Goes through the provider's pages until it sends the browser back to the site. */
  async function signIn(start: string, fields: Record<string, string> = {}): Promise<URL> {
    let at = start;
    let response = await visit(at);
    for (let step = 0; step < 20; step += 1) {
      const location = response.headers.get('location');
      if (location !== null) {
        at = new URL(location, at).href;
        if (at.startsWith(SITE_URL)) return new URL(at);
        response = await visit(at);
        continue;
      }
      const page = await response.text();
      const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
      if (action === undefined) throw new Error(`no form at ${at}: ${response.status} ${page.slice(0, 500)}`);
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
      asked.push(prompt);
      at = new URL(action, at).href;
      const body = new URLSearchParams({
        prompt,
        ...(prompt === 'login' && { login: 'ada', password: 'x', ...fields }),
      });
      response = await visit(at, { method: 'POST', body });
    }
    throw new Error('the provider never sent the browser back');
  }

  return { jar, asked, visit, signIn };
}

/** It warns at length that its defaults are for development. That they are. */
function quiet(): void {
  for (const level of ['warn', 'info'] as const) {
    const say = console[level];
    console[level] = (...words: unknown[]) => {
      if (!String(words[0]).includes('oidc-provider')) say(...words);
    };
  }
}
