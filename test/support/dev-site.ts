import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { evaluate, expiresAt, type Session } from '../../core/lifecycle.ts';
import { definePolicy, type Policy } from '../../core/policy.ts';
import {
  DEV_HEADER,
  type DevAction,
  type DevRequest,
  type DevSession,
  type DevState,
  type DevStreamEvents,
  ROUTES,
} from '../../dev/protocol.ts';
import type { CurfewEvent } from '../../functions/server/announce.ts';
import { createCurfew } from '../../functions/server/curfew.ts';
import { nodeHandler, sendResponse } from '../../functions/server/node.ts';
import { memoryStore } from '../../functions/server/stores.ts';
import { contentSecurityPolicy } from '../../infra/constructs/site-responses.ts';
import { toRequest } from './serve.ts';

/** A server that speaks the panel's protocol, over the real session API, with pages of its own. */
export interface DevSite {
  readonly origin: string;
  /** What the panel has asked for, oldest first. */
  readonly actions: DevAction[];
  /** Sessions of other browsers, as they are shown beside this one's. */
  others: DevSession[];
  /** HTML, by its path. */
  readonly pages: Map<string, string>;
  now(): number;
  tell<Name extends keyof DevStreamEvents>(name: Name, data: DevStreamEvents[Name]): void;
  tellState(): Promise<void>;
  /** How many panels follow. */
  followers(): number;
  close(): Promise<void>;
}

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Curfew</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><curfew-panel page></curfew-panel><script src="${ROUTES.module}"></script></body></html>`;

/** Where the files of the site are. */
const FILES = new Map<string, string>([
  [ROUTES.module, 'dist/web/dev/panel.js'],
  ['/orders.js', 'test/support/pages/orders.js'],
  ['/orders.css', 'test/support/pages/orders.css'],
]);

/** The page that the tests of the dialog work in, with the panel as a development server puts it there. */
const ORDERS = readFileSync('test/support/pages/orders.html', 'utf8').replace(
  '<head>',
  `<head><script src="${ROUTES.module}"></script>`,
);

export async function startDevSite(): Promise<DevSite> {
  let policy: Policy = definePolicy();
  let faults: DevState['faults'] = { server: 'up', provider: 'up' };
  let moved = 0;
  const store = memoryStore();
  const ids = new Set<string>();
  const streams = new Set<{ readonly response: ServerResponse; readonly cookie: string }>();
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const now = () => Date.now() + moved;
  const onEvent = (event: CurfewEvent) => {
    if (event.type === 'Session Started') ids.add(event.detail.sessionId);
    site.tell('event', event);
    return site.tellState();
  };
  const made = (rules: Policy) =>
    createCurfew({ store, siteUrl: origin, policy: { ...rules, ...SHORT }, now, onEvent });
  let curfew = made(policy);

  async function stateFor(cookie: string): Promise<DevState> {
    const read = await Promise.all([...ids].map((id) => store.read(id)));
    const own = read.flatMap((row) => (row ? [devSession(row.session, now(), cookie)] : []));
    const sessions = [...own.reverse(), ...site.others];
    return {
      now: now(),
      basePath: '/api',
      policy,
      sessions,
      faults,
      users: ['Ada Lovelace', 'Grace Hopper'],
    };
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname } = new URL(incoming.url ?? '/', origin);
    const cookie = incoming.headers.cookie ?? '';
    outgoing.setHeader(DEV_HEADER, 'fixture');
    if (pathname === ROUTES.stream) return follow(outgoing, cookie);
    if (pathname === ROUTES.state) return sendResponse(outgoing, Response.json(await stateFor(cookie)));
    if (pathname === ROUTES.actions) return sendResponse(outgoing, await obey(toRequest(incoming), cookie));
    if (pathname.startsWith('/api/')) return api(incoming, outgoing, pathname);
    await sendResponse(outgoing, await page(pathname));
  }

  async function api(incoming: IncomingMessage, outgoing: ServerResponse, path: string): Promise<void> {
    if (faults.server === 'unreachable') return void incoming.socket.destroy();
    const request: DevRequest = {
      at: now(),
      method: incoming.method!,
      path,
      status: 200,
      touched: false,
      why: 'api',
    };
    const isPulse = path.endsWith('/touch');
    outgoing.on('finish', () => {
      const { statusCode: status } = outgoing;
      site.tell('request', {
        ...request,
        status,
        ...(isPulse && status === 200 && { touched: true, why: 'pulse' }),
      });
      void site.tellState();
    });
    if (faults.server === 'down') return void outgoing.writeHead(503).end();
    nodeHandler(curfew)(incoming, outgoing);
  }

  function follow(response: ServerResponse, cookie: string): void {
    const stream = { response, cookie };
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    streams.add(stream);
    response.on('close', () => streams.delete(stream));
    void site.tellState();
  }

  async function obey(request: Request, cookie: string): Promise<Response> {
    const action: DevAction = await request.clone().json();
    site.actions.push(action);
    const headers = new Headers();
    try {
      if (action.action === 'clock') moved += action.advanceMs;
      if (action.action === 'server') faults = { ...faults, server: action.mode };
      if (action.action === 'provider') faults = { ...faults, provider: action.mode };
      if (action.action === 'policy') {
        policy = definePolicy({ ...policy, ...action.policy, ...SHORT });
        curfew = made(policy);
      }
      if (action.action === 'revoke') {
        await store.end({ sessionId: action.sessionId, reason: 'revoked', now: now() });
        await curfew.sweep();
      }
      if (action.action === 'sign-in') {
        const signedIn = await curfew.signIn(request, { subject: action.name, user: { name: action.name } });
        for (const [name, value] of signedIn.headers) headers.append(name, value);
      }
    } catch (error) {
      return Response.json({ error: (error as Error).message }, { status: 400 });
    }
    await site.tellState();
    return Response.json(await stateFor(headers.get('set-cookie') ?? cookie), { headers });
  }

  async function page(path: string): Promise<Response> {
    const html = site.pages.get(path);
    const policyOfPage = { 'content-security-policy': contentSecurityPolicy({ trustedTypes: [] }) };
    if (html !== undefined)
      return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8', ...policyOfPage } });
    const file = FILES.get(path) ?? (/^\/web\/[\w/-]+\.js$/.test(path) ? `dist${path}` : undefined);
    if (!file) return new Response('not found', { status: 404 });
    return new Response(await readFile(file), {
      headers: { 'content-type': `text/${file.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8` },
    });
  }

  const site: DevSite = {
    origin,
    actions: [],
    others: [],
    pages: new Map([
      ['/', ORDERS],
      [ROUTES.panel, PAGE],
    ]),
    now,
    tell(name, data) {
      for (const { response } of streams) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    async tellState() {
      for (const { response, cookie } of streams) {
        response.write(`event: state\ndata: ${JSON.stringify(await stateFor(cookie))}\n\n`);
      }
    },
    followers: () => streams.size,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return site;
}

/** Short limits are welcome on a developer's machine. */
const SHORT = { allowShortWarning: true, allowShortAbsoluteTimeout: true };

/** A session as the panel is told of it. */
function devSession(session: Session, now: number, cookie: string): DevSession {
  const { sessionId, subject, user, createdAt, lastActivityAt, idleExpiresAt, absoluteExpiresAt, closesAt } =
    session;
  const { idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs, absoluteWarnBeforeMs } = session;
  const evaluated = evaluate(session, now);
  return {
    ...{ sessionId, subject, createdAt, lastActivityAt, idleExpiresAt, absoluteExpiresAt, closesAt },
    ...{ idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs, absoluteWarnBeforeMs },
    expiresAt: expiresAt(session),
    state: evaluated.state,
    current: cookie.includes(`=${sessionId}.`),
    ...(user.name !== undefined && { name: user.name }),
    ...(evaluated.state !== 'live' && { reason: evaluated.reason }),
    ...(evaluated.state === 'ended' && { endedAt: evaluated.endedAt }),
  };
}
