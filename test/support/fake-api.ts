import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { EndReason } from '../../core/contract.ts';
import { type ErrorCode, PROBLEMS } from '../../core/errors.ts';
import { activityAt, createSession, end, evaluate, type Session, touch } from '../../core/lifecycle.ts';
import { definePolicy, type Policy, type PolicyInput } from '../../core/policy.ts';
import { sessionStatus, wireReason } from '../../core/protocol.ts';

/**
 * The session endpoints of the contract over the real rules, in one process, with a clock that tests move:
 * what the browser's side is tried against. Serves the built site, and harness pages of a test's own.
 */
export interface FakeApi {
  readonly origin: string;
  /** Every request so far, oldest first, with the server's time. */
  readonly requests: ApiRequest[];
  now(): number;
  advance(ms: number): void;
  /** `network`: connections are cut; `unavailable`: 503; `hang`: no answer until this changes. */
  breakage: 'none' | 'network' | 'unavailable' | 'hang';
  /** The user that the next sign-in is for. */
  user: { subject: string; name: string; email: string };
  /** The session that signed in last. */
  readonly current: Session | undefined;
  end(reason: EndReason): void;
  /** Served under its path, as HTML. */
  readonly pages: Map<string, string>;
  policy: PolicyInput;
  /** Pulses so far. */
  touches(): number;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly at: number;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

const COOKIE = '__Host-session';
const CSP =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

export async function startFakeApi(policyInput: PolicyInput = {}): Promise<FakeApi> {
  const sessions = new Map<string, Session>();
  const requests: ApiRequest[] = [];
  const pages = new Map<string, string>();
  const hanging: (() => void)[] = [];
  let clock = Date.UTC(2026, 0, 1, 12);
  let breakage: FakeApi['breakage'] = 'none';
  let underWay = 0;
  let serial = 0;
  let current = '';

  const server = createServer((request, response) => {
    underWay += 1;
    response.on('close', () => {
      underWay -= 1;
    });
    void serve(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url!, 'http://localhost');
    const method = request.method!;
    const text = await read(request);
    if (!url.pathname.startsWith('/api/')) return serveFile(url.pathname, response);
    const body = text ? JSON.parse(text) : undefined;
    requests.push({ method, path: url.pathname, at: clock, body, headers: request.headers });
    if (breakage === 'hang') await new Promise<void>((resolve) => hanging.push(resolve));
    if (breakage === 'network') return request.socket.destroy();
    if (breakage === 'unavailable') return problem(response, 'ERR_STORE_UNAVAILABLE');
    return route(`${method} ${url.pathname}`, url, request, body, response);
  }

  function route(
    name: string,
    url: URL,
    request: IncomingMessage,
    body: { sessionId?: string; idleForMs?: unknown } | undefined,
    response: ServerResponse,
  ): unknown {
    if (name === 'GET /api/auth/sign-in') return signIn(url, response);
    const crossSite = request.headers['sec-fetch-site'] !== 'same-origin';
    if (body && crossSite) return problem(response, 'ERR_CROSS_SITE');
    const id = new RegExp(`${COOKIE}=([^;.]+)`).exec(request.headers.cookie ?? '')?.[1];
    if (!id) return problem(response, 'ERR_SESSION_MISSING');
    const session = sessions.get(id);
    if (!session) return problem(response, 'ERR_SESSION_UNKNOWN');
    if (body && body.sessionId !== id) return problem(response, 'ERR_SESSION_MISMATCH');
    if (name === 'POST /api/session/sign-out') {
      sessions.set(id, end(session, 'signed-out', clock));
      response.setHeader('set-cookie', `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`);
      return json(response, 200, {});
    }
    const judged = evaluate(session, clock);
    if (judged.state !== 'live') {
      sessions.set(id, end(session, wireReason(judged.reason), clock));
      return problem(response, 'ERR_SESSION_ENDED', { reason: judged.reason });
    }
    if (name === 'POST /api/session/touch') {
      const result = touch(session, {
        now: clock,
        activityAt: activityAt(clock, body?.idleForMs ?? 0),
        slackMs: 0,
      });
      if (result.outcome === 'touched') sessions.set(id, result.session);
    } else if (name !== 'GET /api/session') {
      if (name === 'GET /api/items') return json(response, 200, { items: [] });
      return problem(response, 'ERR_NOT_FOUND');
    }
    return json(response, 200, sessionStatus(sessions.get(id)!, clock));
  }

  function signIn(url: URL, response: ServerResponse): void {
    serial += 1;
    current = `fake-session-${serial}`.padEnd(22, '0');
    const { subject, name, email } = api.user;
    const policy = policyOf(api.policy);
    sessions.set(
      current,
      createSession({ sessionId: current, subject, user: { name, email }, policy, now: clock }),
    );
    response.setHeader(
      'set-cookie',
      `${COOKIE}=${current}.secret; Path=/; Secure; HttpOnly; SameSite=Strict`,
    );
    const returnTo = url.searchParams.get('returnTo') ?? '/';
    response.writeHead(302, { location: returnTo, 'cache-control': 'no-store' }).end();
  }

  async function serveFile(pathname: string, response: ServerResponse): Promise<unknown> {
    const page = pages.get(pathname);
    if (page !== undefined) {
      return response.writeHead(200, { 'content-type': TYPES['.html']! }).end(page);
    }
    if (pathname === '/config.json') {
      const { idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs } = policyOf(api.policy);
      return json(response, 200, { idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs });
    }
    const clean = path.posix.normalize(pathname);
    const root = clean.startsWith('/web/') ? 'dist' : 'examples/demo/dist/site';
    const file = path.extname(clean) ? clean : '/index.html';
    const content = await readFile(`${root}${file}`).catch(() => undefined);
    if (!content) return response.writeHead(404).end();
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    return response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP }).end(content);
  }

  const api: FakeApi = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    pages,
    policy: policyInput,
    user: { subject: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' },
    now: () => clock,
    advance(ms) {
      clock += ms;
    },
    get breakage() {
      return breakage;
    },
    set breakage(value) {
      breakage = value;
      for (const release of hanging.splice(0)) release();
    },
    get current() {
      return sessions.get(current);
    },
    end(reason) {
      sessions.set(current, end(sessions.get(current)!, reason, clock));
    },
    touches: () => requests.filter((request) => request.path === '/api/session/touch').length,
    async idle() {
      while (underWay > hanging.length) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    async close() {
      api.breakage = 'none';
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return api;
}

/** Short limits are welcome here: a test has little time. */
function policyOf(input: PolicyInput): Policy {
  return definePolicy({ allowShortWarning: true, allowShortAbsoluteTimeout: true, ...input });
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function json(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, code: ErrorCode, data: object = {}): void {
  const { status, title } = PROBLEMS[code];
  json(response, status, { type: 'about:blank', title, status, code, ...data }, 'application/problem+json');
}
