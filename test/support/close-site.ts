import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { build } from 'esbuild';
import type { BrowserClose } from '../../core/contract.ts';
import type { Session } from '../../core/lifecycle.ts';
import { definePolicy } from '../../core/policy.ts';
import { admitOrReply } from '../../functions/guard/reply.ts';
import { readCookies, setCookie } from '../../functions/http/cookies.ts';
import { clientRedirect } from '../../functions/http/redirect-page.ts';
import { checkSession } from '../../functions/sessions/check.ts';
import { startSession } from '../../functions/sessions/start.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import { toEvent } from '../../local/gateway/event.ts';
import { createSessionHandler } from './handlers.ts';
import { createRecorder } from './observers.ts';

/** What only the signed-in user may see. */
export const PRIVATE = 'the-private-content';

/** A request that the site has answered. */
export interface Visit {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly at: number;
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** What a page has said of itself. */
export interface Report {
  readonly host: string;
  readonly path: string;
  readonly at: number;
  readonly status: string;
  readonly reason: string | null;
  /** Everything that the page shows. */
  readonly text: string;
}

/**
 * A site of several pages over the real handlers, in real time, for real browsers. Every name under `localhost` is a
 * site of its own with its own session, and the name says its policy: `run-anything.localhost`. So one browser
 * goes through many stories at once, each as undisturbed as if it were alone.
 */
export interface CloseSite {
  url(host: string, path?: string): string;
  /** On another site. */
  readonly external: string;
  readonly visits: readonly Visit[];
  readonly reports: readonly Report[];
  /** The session that signed in last on a host, as it is in the store. */
  session(host: string): Promise<Session | undefined>;
  /** Waits for the page to say something. */
  reported(what: string, matches: (report: Report) => boolean, withinMs?: number): Promise<Report>;
  close(): Promise<void>;
}

const HOME = `<!doctype html><html lang="en"><meta charset="utf-8"><title>site</title><link rel="icon" href="data:,">
<main id="main"></main>
<nav><a id="link" href="/b">b</a> <a id="blank" target="_blank" rel="opener" href="/opener">opener</a>
<a id="noopener" target="_blank" rel="noopener" href="/noopener">noopener</a>
<a id="download" href="/download">download</a> <a id="mail" href="mailto:nobody@example.com">mail</a></nav>
<script type="module" src="/app.js"></script></html>`;

/** As a server renders it: private from the first byte. */
const RENDERED = `<!doctype html><html lang="en"><meta charset="utf-8"><title>rendered</title><link rel="icon" href="data:,">
<main>${PRIVATE}</main>
<script>fetch('/report', { method: 'POST', body: JSON.stringify({ path: '/rendered', status: 'rendered', reason: null, text: document.body.innerText }) });</script></html>`;

export async function startCloseSite(options: { idleTimeoutMs?: number } = {}): Promise<CloseSite> {
  const store = createMemoryStore();
  const visits: Visit[] = [];
  const reports: Report[] = [];
  const sessions = new Map<string, string>();
  const app = await bundle();
  const waiting = new Set<() => void>();

  const server = createServer((request, response) => {
    void answer(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = (host: string, path = '/') => `http://${host}.localhost:${port}${path}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = Date.now();
    const host = request.headers.host!.split(/\.localhost|:/)[0]!;
    const path = new URL(request.url!, 'http://x').pathname;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const reply = await replyTo(request, host, path, body, now);
    const text = reply.body ?? '';
    visits.push({
      host,
      method: request.method!,
      path,
      at: now,
      status: reply.status,
      body: path.endsWith('.js') ? '' : text,
      headers: request.headers,
    });
    response.writeHead(reply.status, reply.headers).end(text);
  }

  async function replyTo(request: IncomingMessage, host: string, path: string, body: Buffer, now: number) {
    const event = toEvent(
      {
        method: request.method!,
        url: request.url!,
        rawHeaders: request.rawHeaders,
        body,
        sourceIp: '127.0.0.1',
      },
      { routeKey: '$default', pathParameters: {}, domainName: 'api', requestId: 'request', now },
    );
    const browserClose = host.split('-')[0] as BrowserClose;
    const html = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
    if (path.startsWith('/api/')) {
      const handler = createSessionHandler({
        ...createRecorder(),
        store,
        siteUrl: url(host, ''),
        now: () => now,
        clearSiteData: false,
        browserClose: modeOf(browserClose),
        openapi: {},
      });
      const result = await handler(event, {} as Context);
      const headers: Record<string, string | string[]> = { 'set-cookie': result.cookies ?? [] };
      for (const [name, value] of Object.entries(result.headers ?? {})) headers[name] = String(value);
      return { status: result.statusCode!, headers, body: result.body };
    }
    if (path === '/report') {
      const report = JSON.parse(body.toString()) as Omit<Report, 'host' | 'at'>;
      reports.push({ ...report, host, at: now });
      for (const wake of waiting) wake();
      return { status: 204, headers: {} };
    }
    if (path === '/sign-in') {
      const policy = definePolicy({
        browserClose: modeOf(browserClose),
        idleTimeoutMs: options.idleTimeoutMs ?? 600_000,
      });
      const started = await startSession({ store, now }, { subject: host, policy, randomBytes });
      sessions.set(host, started.session.sessionId);
      const then = new URLSearchParams(event.rawQueryString).get('then');
      const page = clientRedirect(then ? `/?then=${then}` : '/');
      return {
        status: 200,
        headers: { ...page.headers, 'set-cookie': setCookie('session', started.cookieValue) },
        body: String(page.body),
      };
    }
    if (path === '/private') {
      const credential = readCookies(event).credential;
      const session = credential && (await checkSession({ store, now }, credential).catch(() => undefined));
      return {
        status: session ? 200 : 401,
        headers: { 'cache-control': 'no-store' },
        body: session && PRIVATE,
      };
    }
    if (path === '/rendered') {
      const cookies = event.cookies;
      const decision = await admitOrReply(
        { method: request.method!, path, headers: event.headers, cookies },
        { store, now: () => now, bounce: true },
      );
      if (decision.reply) return { ...decision.reply, headers: { ...decision.reply.headers } };
      return { status: 200, headers: html, body: RENDERED };
    }
    if (path === '/download') {
      return { status: 200, headers: { 'content-disposition': 'attachment; filename="a.txt"' }, body: 'a' };
    }
    if (path === '/app.js') return { status: 200, headers: { 'content-type': 'text/javascript' }, body: app };
    if (host === '127.0.0.1')
      return { status: 200, headers: html, body: '<!doctype html><title>x</title>elsewhere' };
    return { status: 200, headers: html, body: HOME };
  }

  return {
    url,
    external: `http://127.0.0.1:${port}/external`,
    visits,
    reports,
    async session(host) {
      const sessionId = sessions.get(host);
      return sessionId === undefined ? undefined : (await store.read(sessionId))?.session;
    },
    async reported(what, matches, withinMs = 30_000) {
      const giveUpAt = performance.now() + withinMs;
      for (;;) {
        const found = reports.findLast(matches);
        if (found) return found;
        const left = giveUpAt - performance.now();
        if (left <= 0)
          throw new Error(`not within ${withinMs} ms: ${what}; ${JSON.stringify(reports.slice(-5))}`);
        await new Promise<void>((resolve) => {
          const wake = () => {
            clearTimeout(timer);
            waiting.delete(wake);
            resolve();
          };
          const timer = setTimeout(wake, left);
          waiting.add(wake);
        });
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function modeOf(prefix: string): BrowserClose {
  return prefix === 'last' ? 'last-page' : prefix === 'run' ? 'run' : 'cookie';
}

/** The page's script: the client as an application uses it, private content only while signed in. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      resolveDir: process.cwd(),
      loader: 'ts',
      contents: `
import { createSessionClient } from './web/client/index.ts';
import { bindToBrowser } from './web/browser-close/index.ts';
const prefix = location.hostname.split('-')[0];
const closing = bindToBrowser({ mode: prefix === 'last' ? 'last-page' : prefix === 'run' ? 'run' : 'cookie' });
const session = createSessionClient({ fetch: closing.fetch });
closing.watch(session);
const main = document.querySelector('#main');
let shown;
let sent = Promise.resolve();
const report = () => {
  const { status, reason } = session.getSnapshot();
  const body = JSON.stringify({ path: location.pathname, status, reason, text: main.innerText });
  // In order: the last one counts.
  sent = sent.then(() => fetch('/report', { method: 'POST', keepalive: true, body })).catch(() => undefined);
};
session.subscribe(async () => {
  const { status, reason } = session.getSnapshot();
  if (status === shown) return;
  shown = status;
  main.textContent = status + ' ' + reason;
  report();
  if (status !== 'active') return;
  const response = await session.fetch('/private');
  if (response.ok) main.textContent = await response.text();
  report();
});
session.start();
// For a browser that nobody drives: the command goes out when the page has been bound to its run for sure.
const then = new URLSearchParams(location.search).get('then');
if (then && !location.hash) setTimeout(() => { location.hash = 'do=' + then; }, 4_000);
Object.assign(window, { session });
`,
    },
    bundle: true,
    format: 'esm',
    write: false,
    target: ['chrome120', 'firefox120'],
  });
  return outputFiles[0]!.text;
}
