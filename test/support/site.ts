import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EndReason } from '../../core/contract.ts';
import type { Session } from '../../core/lifecycle.ts';
import { definePolicy, type Policy, type PolicyInput } from '../../core/policy.ts';
import { createCertificate } from '../../dev/machine/certificate.ts';
import openapi from '../../docs/openapi.json' with { type: 'json' };
import type { Provider } from '../../functions/auth/provider.ts';
import { authRoutes } from '../../functions/auth/routes.ts';
import type { GuardOptions } from '../../functions/guard/options.ts';
import { admitOrReply } from '../../functions/guard/reply.ts';
import { createFetchHandler, type FetchHandler } from '../../functions/http/fetch.ts';
import { createRouter } from '../../functions/http/router.ts';
import { sendResponse } from '../../functions/server/node.ts';
import { createDraftKeys } from '../../functions/service-secret/draft-keys.ts';
import { createKeyring } from '../../functions/service-secret/keyring.ts';
import { sessionRoutes } from '../../functions/session-api/routes.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import type { SessionStore } from '../../functions/store/session-store.ts';
import {
  CUSTOM_HEADERS,
  contentSecurityPolicy,
  siteConfiguration,
} from '../../infra/constructs/site-responses.ts';
import { createSite } from '../../local/http/site.ts';
import { KEYRING } from './keyring.ts';
import { createRecorder } from './observers.ts';
import { toRequest } from './serve.ts';

/** A request that the site was sent. */
export interface Visit {
  /** The first label of the host; empty: `localhost` itself. */
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** By the site's clock, epoch ms. */
  readonly at: number;
  readonly headers: IncomingMessage['headers'];
  /** What was sent with it, parsed. */
  readonly body: unknown;
  /** 0 until it is answered. */
  readonly status: number;
  /** What was answered. */
  readonly reply: string;
}

/**
 * A site for real browsers, over the real handlers and a store in memory, on this machine: signing in at a provider of
 * another site, the session API, something guarded, and pages under the deployed content security policy. Every name
 * under `localhost` is a site of its own with sessions of its own.
 */
export interface TestSite {
  /** `http://localhost:<port>`, or https */
  readonly origin: string;
  url(host: string, path?: string): string;
  /** An origin on another site. */
  readonly elsewhere: string;
  /** Every request so far, oldest first. */
  readonly visits: Visit[];
  /** Those of them that were for the API. */
  readonly requests: Visit[];
  /** The site's time, epoch ms. */
  now(host?: string): number;
  advance(ms: number): void;
  /** Of the API. `network`: connections are cut; `unavailable`: 503; `hang`: no answer until this changes. */
  breakage: 'none' | 'network' | 'unavailable' | 'hang';
  /** The user that the next sign-in is for. */
  user: { subject: string; name: string; email: string };
  /** The user cancels at the provider. */
  cancels: boolean;
  /** The policy of sessions that sign in from now on. */
  policy: PolicyInput;
  /** The versions of the service secret, newest first. None: drafts are given no key. */
  secrets: string[];
  /** Served under its path: HTML, unless the path ends in `.js`. */
  readonly pages: Map<string, string>;
  /** Of every response but the API's. @default the deployed one, in which scripts may create no Trusted Types policy */
  contentSecurityPolicy: string;
  /** Of every response but the API's: whether a page keeps hold of the windows that it opens. @default the deployed one, it does not */
  openerPolicy: string;
  /** `x-frame-options` of its pages. @default the distribution's: `DENY` */
  frameOptions: string;
  /** The session that signed in last, as it is in the store. */
  session(host?: string): Promise<Session | undefined>;
  /** Ends that session. */
  end(reason: EndReason): Promise<void>;
  /** Pulses so far. */
  touches(): number;
  /** Resolves when no request is under way but those that hang. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Serves https, with a certificate made for it. @default http */
  readonly https?: boolean;
  /** A script that runs before any other of a page, for a browser that can't be told to. @default none */
  readonly firstScript?: () => Promise<string>;
  /** The clock of a host, epoch ms. {@link TestSite.advance} adds to it. @default stands still at 1 January 2026, noon */
  readonly now?: (host: string) => number;
  /** The policy of a host's sessions. @default {@link TestSite.policy} */
  readonly policyOf?: (host: string) => PolicyInput;
  /** Answers before the site's own sign-in and session API, as another release does. Undefined: they do. */
  readonly release?: (request: Request, context: AppContext) => Promise<Response | undefined>;
  /** The application's own API, under `/api/`. @default `GET /api/items`, guarded */
  readonly api?: (request: Request, context: AppContext) => Promise<Response>;
  /** Answers a WebSocket's handshake: one that is answered well is opened, and stays silent. @default it is cut */
  readonly upgrade?: (request: Request, context: AppContext) => Promise<Response>;
  /** Answers what is not the API's. Undefined: one of {@link TestSite.pages}, or a file. */
  readonly answer?: (request: Request, context: AppContext) => Promise<Response | undefined>;
}

/** What an application's own handlers work with. */
export interface AppContext {
  readonly store: SessionStore;
  readonly now: () => number;
  readonly host: string;
}

/** What the distribution adds to every response of the site. Without Strict-Transport-Security: `localhost` has many ports. */
const SITE_HEADERS = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ...CUSTOM_HEADERS,
] as const;
const FIRST_SCRIPT = '/first-script.js';
const FOLDERS = ['dist', 'test/support/pages', 'examples/demo/dist/site'];

export async function startSite(options: SiteOptions = {}): Promise<TestSite> {
  const start = Date.UTC(2026, 0, 1, 12);
  const store = createMemoryStore();
  const apis = new Map<string, FetchHandler>();
  /** The newest session, by host. */
  const newest = new Map<string, string>();
  const hanging: (() => void)[] = [];
  const files = createSite({
    folders: FOLDERS,
    headers: [],
    cacheControl: 'public, max-age=0, must-revalidate',
  });
  let moved = 0;
  let underWay = 0;
  let breakage: TestSite['breakage'] = 'none';
  let wake: (() => void)[] = [];
  const wakeAll = () => {
    for (const woken of wake) woken();
    wake = [];
  };

  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    underWay += 1;
    outgoing.on('close', () => {
      underWay -= 1;
      wakeAll();
    });
    void serve(incoming, outgoing).catch((error) => {
      console.error(error);
      outgoing.destroy();
    });
  };
  const server = options.https
    ? createTlsServer(await createCertificate(Date.now()), listener)
    : createServer(listener);
  server.on('upgrade', (incoming, socket) => {
    void upgrade(incoming, socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const scheme = options.https ? 'https' : 'http';
  const elsewhere = `${scheme}://127.0.0.1:${port}`;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = toRequest(incoming);
    const { pathname } = new URL(request.url);
    const visit = {
      ...(await visitOf(request.clone(), site.now)),
      headers: incoming.headers,
      status: 0,
      reply: '',
    };
    site.visits.push(visit);
    if (pathname.startsWith('/api/')) {
      site.requests.push(visit);
      if (breakage === 'hang') await hang();
      if (breakage === 'network') return void incoming.socket.destroy();
    }
    const response = await answer(request, visit);
    visit.status = response.status;
    if (!pathname.endsWith('.js')) visit.reply = await response.clone().text();
    await sendResponse(outgoing, response);
  }

  async function upgrade(incoming: IncomingMessage, socket: Duplex): Promise<void> {
    const request = toRequest(incoming);
    const visit = {
      ...(await visitOf(request.clone(), site.now)),
      headers: incoming.headers,
      status: 0,
      reply: '',
    };
    site.visits.push(visit);
    const response = await options.upgrade?.(request, contextOf(visit.host));
    if (!response) return void socket.destroy();
    visit.status = response.status;
    visit.reply = await response.text();
    if (!response.ok) return void socket.end(`HTTP/1.1 ${response.status} No\r\nconnection: close\r\n\r\n`);
    // RFC 6455 §4.2.2
    const key = `${incoming.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Yes\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', () => socket.destroy());
  }

  async function answer(request: Request, visit: Visit): Promise<Response> {
    const url = new URL(request.url);
    if (url.origin === elsewhere) return answerElsewhere(request, url, visit);
    if (url.pathname.startsWith('/api/')) return answerApi(request, url, visit.host);
    const response =
      (await options.answer?.(request, contextOf(visit.host))) ?? (await answerPage(request, url, visit));
    const { headers } = response;
    // A page that the guard answers with has a policy of its own, for its own script.
    if (!headers.has('content-security-policy'))
      headers.set('content-security-policy', site.contentSecurityPolicy);
    for (const [name, value] of SITE_HEADERS) headers.set(name, value);
    headers.set('cross-origin-opener-policy', site.openerPolicy);
    headers.set('x-frame-options', site.frameOptions);
    return response;
  }

  async function answerApi(request: Request, url: URL, host: string): Promise<Response> {
    if (breakage === 'unavailable')
      return new Response(null, { status: 503, headers: { 'retry-after': '1' } });
    const replaced = await options.release?.(request, contextOf(host));
    if (replaced) return replaced;
    const api = apis.get(url.origin) ?? apiOf(url.origin, host);
    apis.set(url.origin, api);
    const known = await api(request);
    if (known) return known;
    return (options.api ?? items)(request, contextOf(host));
  }

  function contextOf(host: string): AppContext {
    return { store, now: () => site.now(host), host };
  }

  /** The functions `auth` and `session` as they are composed for deployment, for one site. */
  function apiOf(siteOrigin: string, host: string): FetchHandler {
    const { browserClose } = policyOf(host);
    const provider = providerFor(siteOrigin, host);
    const kept: typeof store = {
      ...store,
      create(session, secretHash) {
        newest.set(host, session.sessionId);
        return store.create(session, secretHash);
      },
    };
    const routes = {
      ...authRoutes({
        get policy() {
          return policyOf(host);
        },
        provider,
        store: kept,
        randomBytes,
        keyring: KEYRING,
        reauthentication: 'always',
        missingAuthTime: 'refuse',
      }),
      ...sessionRoutes({
        store,
        siteOrigin,
        browserClose,
        clearSiteData: false,
        get draftKeys() {
          const { secrets } = site;
          return secrets.length > 0 ? createDraftKeys(createKeyring(async () => secrets)) : undefined;
        },
        openapi,
      }),
    };
    return createFetchHandler(
      createRouter({ ...createRecorder(), siteOrigin, now: () => site.now(host), routes }),
    );
  }

  function policyOf(host: string): Policy {
    const input = options.policyOf?.(host) ?? site.policy;
    // Short limits are welcome here: a test has little time.
    return definePolicy({ allowShortWarning: true, allowShortAbsoluteTimeout: true, ...input });
  }

  /** A provider that knows who it is at once. */
  function providerFor(siteOrigin: string, host: string): Provider {
    return {
      async authorizationUrl({ state }) {
        return new URL(`/authorize?${new URLSearchParams({ state, site: siteOrigin })}`, elsewhere);
      },
      identify: async () => ({ ...site.user, authenticatedAt: site.now(host) }),
      signOutUrl: async () => undefined,
    };
  }

  /** A provider, pages that a test has put at `/elsewhere/…`, with the modules of the page for them, or nothing in particular. */
  async function answerElsewhere(request: Request, url: URL, visit: Visit): Promise<Response> {
    const { pathname, searchParams } = url;
    if (/^\/(?:elsewhere|web)\//.test(pathname)) return answerPage(request, url, visit);
    if (pathname !== '/authorize') return html('<!doctype html><title>x</title>elsewhere');
    const answer = site.cancels ? { error: 'access_denied' } : { code: 'code' };
    const back = new URLSearchParams({ state: searchParams.get('state')!, ...answer });
    return Response.redirect(`${searchParams.get('site')}/api/auth/callback?${back}`, 302);
  }

  async function answerPage({ method }: Request, { pathname }: URL, { host }: Visit): Promise<Response> {
    if (pathname === FIRST_SCRIPT) return script((await options.firstScript?.()) ?? '');
    if (pathname === '/config.json') return Response.json(siteConfiguration(policyOf(host)));
    const page = site.pages.get(pathname);
    if (page !== undefined) return pathname.endsWith('.js') ? script(page) : html(withFirstScript(page));
    const asked = { method, url: pathname, rawHeaders: [], body: Buffer.alloc(0), sourceIp: '127.0.0.1' };
    const { status, headers, body } = await files(asked);
    return new Response(new Uint8Array(body), {
      status,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
    });
  }

  function withFirstScript(page: string): string {
    const tag = options.firstScript ? `<script src="${FIRST_SCRIPT}"></script>` : '';
    return page.replace(/^<!doctype html>(\s*<html[^>]*>)?(\s*<head>)?/i, (start) => start + tag);
  }

  async function hang(): Promise<void> {
    const released = new Promise<void>((resolve) => hanging.push(resolve));
    wakeAll();
    await released;
  }

  const site: TestSite = {
    origin: `${scheme}://localhost:${port}`,
    url: (host, path = '/') => `${scheme}://${host}.localhost:${port}${path}`,
    elsewhere,
    visits: [],
    requests: [],
    pages: new Map(),
    contentSecurityPolicy: contentSecurityPolicy({ trustedTypes: [] }),
    openerPolicy: new Map(CUSTOM_HEADERS).get('cross-origin-opener-policy')!,
    frameOptions: 'DENY',
    cancels: false,
    policy: {},
    secrets: ['a service secret of the tests, 32 or longer'],
    user: { subject: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' },
    now: (host = '') => (options.now?.(host) ?? start) + moved,
    advance(ms) {
      moved += ms;
    },
    get breakage() {
      return breakage;
    },
    set breakage(value) {
      breakage = value;
      for (const release of hanging.splice(0)) release();
    },
    async session(host = '') {
      const sessionId = newest.get(host);
      return sessionId === undefined ? undefined : (await store.read(sessionId))?.session;
    },
    async end(reason) {
      await store.end({ sessionId: newest.get('')!, reason, now: site.now() });
    },
    touches: () => site.requests.filter(({ path }) => path === '/api/session/touch').length,
    async idle() {
      while (underWay > hanging.length) await new Promise<void>((resolve) => wake.push(resolve));
    },
    async close() {
      site.breakage = 'none';
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return site;
}

/** What a guarded handler answers in place of its own; undefined: it may. */
export async function refusal(
  { method, headers, url }: Request,
  options: GuardOptions,
): Promise<Response | undefined> {
  const { pathname, search } = new URL(url);
  const asked = { method, headers: Object.fromEntries(headers), path: pathname + search };
  const { reply } = await admitOrReply(asked, options);
  return reply && new Response(reply.body ?? null, { status: reply.status, headers: reply.headers });
}

async function items(request: Request, { store, now }: AppContext): Promise<Response> {
  return (await refusal(request, { store, now })) ?? Response.json({ items: [] });
}

/** A page of the site. No browser may keep one that is private. */
export function html(text: string): Response {
  return new Response(text, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}

function script(text: string): Response {
  return new Response(text, {
    headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' },
  });
}

async function visitOf(request: Request, now: TestSite['now']) {
  const { hostname, pathname } = new URL(request.url);
  const host = hostname.replace(/\.?localhost$/, '');
  const at = now(host);
  const text = await request.text();
  return {
    host,
    method: request.method,
    path: pathname,
    at,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
