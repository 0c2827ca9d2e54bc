import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { definePolicy } from '../../../core/policy.ts';
import type { GuardEntryOptions } from '../../../functions/guard/defaults.ts';
import { sessionGuard as expressGuard, type GuardedRequest } from '../../../functions/guard/express.ts';
import { sessionGuard as fastifyGuard } from '../../../functions/guard/fastify.ts';
import { createCheck } from '../../../functions/guard/fetch.ts';
import { type GuardVariables, sessionGuard as honoGuard } from '../../../functions/guard/hono.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { signedIn } from '../../support/http.ts';
import { bindToRun, markOf } from '../../support/marks.ts';
import { asHeader } from '../../support/spaces.ts';

interface Running {
  ask(path: string, headers?: Record<string, string>): Promise<Response>;
}

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function listening(server: Server): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ask: (path, headers) => ask(origin + path, headers) };
}

/** As it is: the fetch of Node sets `Sec-Fetch-Mode` itself. */
async function ask(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk as Uint8Array);
  const { statusCode: status = 0 } = response;
  return new Response(Buffer.concat(chunks), { status, headers: response.headers as HeadersInit });
}

/** The same application in each framework: `/open` is for anyone, all under `/api` is guarded. */
const FRAMEWORKS: Record<string, (options: GuardEntryOptions) => Promise<Running>> = {
  async express(options) {
    const app = express();
    // Or Express prints what the last test makes fail.
    app.set('env', 'test');
    app.use('/api', expressGuard(options));
    app.get('/open', (_request, response) => void response.json('open'));
    app.get(
      '/api/me',
      (request, response) => void response.json((request as unknown as GuardedRequest).curfew.session),
    );
    return listening(createServer(app));
  },
  async 'node:http'(options) {
    const guard = expressGuard(options);
    const server = createServer((request, response) => {
      if (request.url === '/open') return void response.end('"open"');
      guard(request, response, () =>
        response.end(JSON.stringify((request as GuardedRequest).curfew.session)),
      );
    });
    return listening(server);
  },
  async fastify(options) {
    const app = fastify();
    app.get('/open', async () => '"open"');
    await app.register(async (api) => {
      await api.register(fastifyGuard(options));
      api.get('/api/me', async (request) => (request as unknown as GuardedRequest).curfew.session);
    });
    stops.push(() => app.close());
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    return { ask: (path, headers) => ask(origin + path, headers) };
  },
  async hono(options) {
    const app = new Hono<{ Variables: GuardVariables }>();
    // Its own handler prints what the last test makes fail.
    app.onError((_error, context) => context.text('failed', 500));
    app.use('/api/*', honoGuard(options));
    app.get('/open', (context) => context.json('open'));
    app.get('/api/me', (context) => context.json(context.get('curfew').session));
    return { ask: async (path, headers = {}) => app.request(`http://127.0.0.1${path}`, { headers }) };
  },
  async fetch(options) {
    const check = createCheck(options);
    const serve = async (request: Request) => {
      if (new URL(request.url).pathname === '/open') return Response.json('open');
      const { session, response } = await check(request);
      return response ?? Response.json(session);
    };
    return { ask: (path, headers = {}) => serve(new Request(`http://127.0.0.1${path}`, { headers })) };
  },
};

describe.each(Object.keys(FRAMEWORKS))('in %s', (name) => {
  let now = 1_700_000_000_000;
  const store = createMemoryStore();
  const start = (options: Partial<GuardEntryOptions> = {}) =>
    FRAMEWORKS[name]!({ store, now: () => now, ...options });

  test('a session is attached, slid by an age, and left alone without one', async () => {
    const app = await start();
    const { session, cookie } = await signedIn(store, { now, seed: `${name} live` });
    now += 120_000;
    const passive = await app.ask('/api/me', { cookie: `a=b; ${cookie}` });
    expect(await passive.json()).toMatchObject({ state: 'active', expiresAt: session.idleExpiresAt });
    const active = await app.ask('/api/me', { cookie, 'Curfew-Idle-For': '0' });
    expect(await active.json()).toMatchObject({ sessionId: session.sessionId, lastActivityAt: now });
  });

  test('behind a distribution, only what came through it is admitted: with the old, the new or either secret', async () => {
    const [older, newer] = ['o'.repeat(32), 'n'.repeat(32)];
    const { cookie } = await signedIn(store, { now, seed: `${name} through` });
    const statuses = async (originSecrets: string[]) => {
      const app = await start({ originSecrets });
      const asked = [{ 'x-curfew-origin': older }, { 'x-curfew-origin': newer }, {}].map((headers) =>
        app.ask('/api/me', { cookie, ...headers } as Record<string, string>),
      );
      return (await Promise.all(asked)).map(({ status }) => status);
    };
    expect(await statuses([older])).toEqual([200, 403, 403]);
    expect(await statuses([older, newer])).toEqual([200, 200, 403]);
    expect(await statuses([newer])).toEqual([403, 200, 403]);
    expect(await statuses([])).toEqual([200, 200, 200]);
    const around = await (await start({ originSecrets: [older] })).ask('/api/me', { cookie });
    expect(await around.json()).toMatchObject({ code: 'ERR_CROSS_SITE', status: 403 });
  });

  test("a sibling's cookie behind a space that is neither SP nor HTAB is nobody's", async () => {
    const app = await start({ onMissing: 'attach' });
    const { cookie } = await signedIn(store, { now, seed: `${name} bytes` });
    const stateWith = async (sent: string) => {
      const session: { state: string } = await (await app.ask('/api/me', { cookie: sent })).json();
      return session.state;
    };
    for (const space of ['\xa0', '\x85', ...['\u2003', '\u3000', '\ufeff'].map(asHeader)]) {
      expect(await stateWith(`${space}${cookie}`)).toBe('none');
      expect(await stateWith(`a=b; ${space}${cookie}`)).toBe('none');
    }
    expect(await stateWith(`a=b;\t ${cookie}\t`)).toBe('active');
  });

  test('a session that is bound to a run answers requests that show its mark, and no others', async () => {
    const app = await start();
    const policy = definePolicy({ browserClose: 'run' });
    const signed = await signedIn(store, { now, seed: `${name} bound`, policy });
    await bindToRun(store, signed, 'a');
    const { cookie } = signed;
    const statuses: number[] = [];
    for (const authorization of [markOf('a'), markOf('b'), 'Bearer abc', undefined]) {
      const headers = {
        cookie,
        'Curfew-Idle-For': '0',
        ...(authorization && { Authorization: authorization }),
      };
      const answer = await app.ask('/api/me', headers);
      statuses.push(answer.status);
      if (answer.status !== 200) expect(await answer.json()).toMatchObject({ code: 'ERR_RUN_UNCONFIRMED' });
    }
    expect(statuses).toEqual([200, 403, 403, 403]);
  });

  test('a request without one is rejected with a problem document, on guarded routes only', async () => {
    const app = await start();
    expect(await (await app.ask('/open')).json()).toBe('open');
    const refused = await app.ask('/api/me');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(await refused.json()).toMatchObject({ code: 'ERR_SESSION_MISSING', status: 401 });
  });

  test('an ended session is told, or attached', async () => {
    const { session, cookie } = await signedIn(store, { now, seed: `${name} ended` });
    now += session.idleTimeoutMs;
    const told = await (await (await start()).ask('/api/me', { cookie })).json();
    expect(told).toMatchObject({ code: 'ERR_SESSION_ENDED', reason: 'idle' });
    const attached = await (await start({ onEnded: 'attach' })).ask('/api/me', { cookie });
    expect(attached.status).toBe(200);
    expect(await attached.json()).toMatchObject({ state: 'ended', reason: 'idle' });
  });

  test('a page that is opened from another site asks again from this one', async () => {
    const app = await start({ bounce: true });
    const headers = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const page = await app.ask('/api/me?x=1', headers);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('location.replace("/api/me?x=1")');
  });

  test('a defect is answered by the application: 500, and it goes on serving', async () => {
    if (name === 'node:http' || name === 'fetch') return;
    const app = await start({
      store: {
        ...store,
        read: async () => {
          throw new TypeError('defect');
        },
      },
    });
    const cookie = `__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`;
    expect((await app.ask('/api/me', { cookie })).status).toBe(500);
    expect((await app.ask('/open')).status).toBe(200);
  });
});

test('in Express and node:http, a request that the application has answered meanwhile is left at that', async () => {
  const guard = expressGuard({ store: createMemoryStore() });
  const written: unknown[] = [];
  const app = await listening(
    createServer((request, response) => {
      guard(request, response, () => undefined);
      response.writeHead(503).end('too late');
      // A second head would be an error that nobody catches.
      jest.spyOn(response, 'writeHead').mockImplementation((...head: unknown[]) => {
        written.push(head);
        return response;
      });
    }),
  );
  expect((await app.ask('/api/me')).status).toBe(503);
  await new Promise(setImmediate);
  expect(written).toEqual([]);
});
