import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import connectDynamoDb from 'connect-dynamodb';
import express from 'express';
import session from 'express-session';
import { SessionError } from '../../../core/errors.ts';
import { type GuardedRequest, sessionGuard } from '../../../functions/guard/express.ts';
import {
  type Curfew,
  type CurfewEvent,
  type CurfewOptions,
  createCurfew,
  type MoveOptions,
  memoryStore,
} from '../../../functions/server/server.ts';
import { createTable, ENGINES, type Engine } from '../../support/engines.ts';
import { MINUTE, SECOND, T0 } from '../../support/sessions.ts';

declare module 'express-session' {
  interface SessionData {
    userId: string;
    cart: string;
  }
}

const SECRET = 'the secret of express-session';
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe.each(ENGINES)('from express-session in connect-dynamodb, on %s', (_name, start) => {
  let engine: Engine;
  let tableName = '';
  let now = T0;
  let events: CurfewEvent[] = [];
  let errors: { message: string; fields: Record<string, unknown> }[] = [];

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine?.stop());
  beforeEach(() => {
    tableName = `old-${randomUUID()}`;
    // connect-dynamodb has the time of this process.
    now = Date.now();
    events = [];
    errors = [];
  });

  const dynamo = async () => (await createTable(engine)).store;

  /** An application that has both. */
  async function application(options: Partial<CurfewOptions> = {}, old: Partial<MoveOptions> = {}) {
    const curfew = createCurfew({
      store: memoryStore(),
      siteUrl: 'http://localhost:3000',
      now: () => now,
      onEvent: (event) => void events.push(event),
      logger: { info: () => undefined, error: (message, fields) => void errors.push({ message, fields }) },
      ...options,
    });
    const Store = connectDynamoDb(session);
    const store = new Store({ client: engine.client, table: tableName });
    await store.initialize();
    const app = express();
    app.set('env', 'test');
    app.use(
      curfew.moveFrom({
        tableName,
        client: engine.client,
        secret: SECRET,
        who: ({ userId }) => (typeof userId === 'string' ? { subject: userId } : undefined),
        ...old,
      }),
    );
    app.use(session({ secret: SECRET, store, resave: false, saveUninitialized: false }));
    app.post('/old/login/:userId', (request, response) => {
      request.session.userId = request.params.userId;
      response.end();
    });
    app.post('/old/cart', (request, response) => {
      request.session.cart = 'tea';
      response.end();
    });
    app.post('/login/:userId', async (request, response) => {
      const { headers } = await curfew.signIn(request, { subject: request.params.userId });
      // Takes the place of what the move had set.
      response.setHeaders(headers).end();
    });
    app.get('/old/me', (request, response) => void response.json(request.session.userId ?? null));
    app.get('/me', sessionGuard(curfew.guard), (request, response) => {
      response.json((request as unknown as GuardedRequest).curfew.session);
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    stops.push(() => {
      server.close();
      server.closeAllConnections();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = async (path: string, cookie = '', { headers = {}, ...init }: RequestOptions = {}) => {
      const url = `http://127.0.0.1:${port}${path}`;
      // As it is: the fetch of Node sets `Sec-Fetch-Mode` itself.
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(url, { ...init, agent: false, headers: { ...headers, cookie } }, resolve)
          .on('error', reject)
          .end();
      });
      const body = await text(answer);
      const cookies = answer.headers['set-cookie'] ?? [];
      return {
        status: answer.statusCode,
        body: /^["{n]/.test(body) ? JSON.parse(body) : undefined,
        cookies,
        cookie: cookies
          .filter((set) => !set.includes('Max-Age=0'))
          .map((set) => set.split(';')[0])
          .join('; '),
        cacheControl: answer.headers['cache-control'],
      };
    };
    const signedIn = async (userId: string) =>
      (await ask(`/old/login/${userId}`, '', { method: 'POST' })).cookie;
    return { curfew, ask, signedIn };
  }

  const rows = async () =>
    (await engine.client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? [];
  const live = async () => (await rows()).filter(({ sess }) => sess !== undefined);
  const restore = (Item: Record<string, AttributeValue>) =>
    engine.client.send(new PutItemCommand({ TableName: tableName, Item }));
  const liveOf = async (curfew: Curfew, subject: string) => (await curfew.list(subject)).sessions;

  test('users are moved once each, whichever of their requests comes first, and none is signed out', async () => {
    const { curfew, ask, signedIn } = await application({ store: await dynamo(), maxSessions: 1 });
    const users = Array.from({ length: 6 }, (_, n) => `user-${n}`);
    const olds = await Promise.all(users.map(signedIn));
    const answers = await Promise.all(
      users.map((_, n) => Promise.all([1, 2, 3, 4].map(() => ask('/me', olds[n])))),
    );
    for (const [n, answered] of answers.entries()) {
      expect(answered.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(new Set(answered.map(({ body }) => body.subject))).toEqual(new Set([users[n]]));
      expect(new Set(answered.map(({ cookie }) => cookie)).size).toBe(1);
      const [{ cookie, cacheControl }] = answered as [(typeof answered)[number]];
      const cleared = answered.flatMap(({ cookies }) => cookies).filter((set) => set.startsWith('connect'));
      expect(new Set(cleared)).toEqual(
        new Set([expect.stringMatching(/^connect\.sid=; Max-Age=0; Path=\/; /)]),
      );
      expect(cacheControl).toBe('no-store');
      expect(await ask('/me', cookie)).toMatchObject({ status: 200, cookies: [] });
      expect(await liveOf(curfew, users[n]!)).toHaveLength(1);
    }
    expect(await live()).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(Array(6).fill('Session Started'));
    expect(errors).toEqual([]);
  });

  test.each([
    [-1, 200],
    [0, 401],
    [1, 401],
  ])(
    'a browser that never got the answer has a minute to come for its session: %i ms',
    async (offset, status) => {
      const { curfew, ask, signedIn } = await application();
      const old = await signedIn('ada');
      const first = await ask('/me', old);
      now += MINUTE + offset;
      const again = await ask('/me', old);
      expect(again.status).toBe(status);
      expect(again.cookie).toBe(status === 200 ? first.cookie : '');
      expect(await liveOf(curfew, 'ada')).toHaveLength(1);
    },
  );

  test('what a request under way writes back of the old session begins no second one', async () => {
    const { curfew, ask, signedIn } = await application();
    const old = await signedIn('ada');
    const [row] = await live();
    const first = await ask('/me', old);
    await restore(row!);
    expect((await ask('/me', old)).cookie).toBe(first.cookie);
    now += MINUTE;
    expect((await ask('/me', old)).status).toBe(401);
    expect(await live()).toEqual([]);
    expect(await liveOf(curfew, 'ada')).toHaveLength(1);
    expect(errors).toMatchObject([{ message: 'an old session is live beside a new one' }]);
    expect((await ask('/me', first.cookie)).status).toBe(200);
  });

  test('one that was signed out meanwhile, is without content or with a part of it, or has expired is nobody’s', async () => {
    const signOut = async () => {
      for (const { id } of await live()) {
        await engine.client.send(new DeleteItemCommand({ TableName: tableName, Key: { id: id! } }));
      }
    };
    const { curfew, ask, signedIn } = await application(
      {},
      {
        async who({ userId }) {
          const [row] = await live();
          await signOut();
          // A touch that comes later.
          if (userId === 'alan') await restore({ id: row!.id!, expires: row!.expires! });
          return { subject: String(userId) };
        },
      },
    );
    for (const user of ['ada', 'alan']) {
      expect((await ask('/me', await signedIn(user))).status).toBe(401);
      expect(await liveOf(curfew, user)).toEqual([]);
    }

    const touched = await signedIn('ada');
    const [row] = await live();
    const { sess: _, ...bare } = row!;
    for (const left of [bare, { ...bare, sess: { S: '{"userId":' } }]) {
      await restore(left);
      expect(await ask('/me', touched)).toMatchObject({ status: 401, cookies: [] });
    }
    await signOut();

    const seconds = Math.ceil(now / SECOND) + 100;
    for (const offset of [1, 0, -1]) {
      const expired = await signedIn('grace');
      const [entry] = await live();
      await restore({ ...entry!, expires: { N: String(seconds) } });
      now = seconds * SECOND - offset;
      const answer = await ask('/me', expired);
      expect(answer.cookies.length > 0).toBe(offset === 1);
      await signOut();
    }
  });

  test('a failure of a store is 503 and leaves the old session, which the next request moves', async () => {
    const store = memoryStore();
    let failing = 'create';
    const failure = () => Promise.reject(new SessionError('ERR_STORE_UNAVAILABLE'));
    const broken = {
      ...store,
      within: () => broken,
      create: (...all: Parameters<typeof store.create>) =>
        failing === 'create' ? failure() : store.create(...all),
      notBefore: (...all: Parameters<typeof store.notBefore>) =>
        failing === 'notBefore' ? failure() : store.notBefore(...all),
    } as typeof store;
    const { curfew, ask, signedIn } = await application({ store: broken });
    const old = await signedIn('ada');
    expect((await ask('/me', old)).status).toBe(503);
    failing = 'notBefore';
    expect((await ask('/me', old)).status).toBe(503);
    expect(await live()).toHaveLength(1);
    failing = '';
    expect((await ask('/me', old)).status).toBe(200);
    expect(await liveOf(curfew, 'ada')).toHaveLength(1);
  });

  test('one whose claim could not be taken back after a failure is moved by the next request, too', async () => {
    const store = memoryStore();
    let isOut = false;
    const failure = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE');
    };
    const broken = {
      ...store,
      within: () => broken,
      notBefore: (...all: Parameters<typeof store.notBefore>) =>
        isOut ? failure() : store.notBefore(...all),
    } as typeof store;
    const client = new Proxy(engine.client, {
      get: (target, name: 'send') =>
        isOut && name === 'send'
          ? (command: object, ...rest: never[]) =>
              command instanceof DeleteItemCommand ? failure() : target.send(command as never, ...rest)
          : target[name],
    });
    for (const later of [0, MINUTE]) {
      const { curfew, ask, signedIn } = await application({ store: broken }, { client });
      const old = await signedIn(`ada-${later}`);
      isOut = true;
      expect((await ask('/me', old)).status).toBe(503);
      isOut = false;
      now += later;
      const answer = await ask('/me', old);
      expect([answer.status, await liveOf(curfew, `ada-${later}`)]).toMatchObject([200, [{}]]);
      expect(await ask('/me', answer.cookie)).toMatchObject({ status: 200, cookies: [] });
      expect(await live()).toEqual([]);
    }
    expect(errors).toEqual([]);
  });

  test('whose delete was done though it failed is moved all the same', async () => {
    const client = new Proxy(engine.client, {
      get: (target, name: 'send') =>
        name === 'send'
          ? async (command: object, ...rest: never[]) => {
              const reply = await target.send(command as never, ...rest);
              if (command instanceof DeleteItemCommand) throw new Error('the reply was lost');
              return reply;
            }
          : target[name],
    });
    const { curfew, ask, signedIn } = await application({}, { client });
    const old = await signedIn('ada');
    expect((await ask('/me', old)).status).toBe(200);
    expect(await liveOf(curfew, 'ada')).toHaveLength(1);
    expect(await live()).toEqual([]);
  });

  test('beside one that fails, another request leaves the browser what the next one needs', async () => {
    const store = memoryStore();
    const steps = new EventEmitter();
    const begun = once(steps, 'begun');
    let fails = true;
    const halting = {
      ...store,
      within: () => halting,
      async notBefore(subject: string) {
        if (!fails) return store.notBefore(subject);
        steps.emit('begun');
        await once(steps, 'fail');
        throw new SessionError('ERR_STORE_UNAVAILABLE');
      },
    } as typeof store;
    const { curfew, ask, signedIn } = await application({ store: halting });
    const old = await signedIn('ada');
    const first = ask('/me', old);
    await begun;
    const beside = await ask('/me', old);
    expect([beside.status, beside.cookies]).toEqual([200, [expect.stringMatching(/^__Host-session=/)]]);
    steps.emit('fail');
    expect(await first).toMatchObject({ status: 503, cookies: [] });
    fails = false;
    expect(await ask('/me', `${old}; ${beside.cookie}`)).toMatchObject({
      status: 200,
      body: { subject: 'ada' },
    });
    expect(await liveOf(curfew, 'ada')).toHaveLength(1);
    expect(await live()).toEqual([]);
  });

  test('an old session beside a live one of Curfew ends, and both do where they are of different users', async () => {
    const { curfew, ask, signedIn } = await application();
    const { cookie } = await ask('/me', await signedIn('ada'));
    const same = await ask('/me', `${cookie}; ${await signedIn('ada')}`);
    expect(same).toMatchObject({ status: 200, cookie: '' });
    expect(await live()).toEqual([]);
    const other = await ask('/me', `${cookie}; ${await signedIn('grace')}`);
    expect(other).toMatchObject({ status: 401, body: { reason: 'superseded' } });
    expect(await live()).toEqual([]);
    expect([await liveOf(curfew, 'ada'), await liveOf(curfew, 'grace')]).toEqual([[], []]);
    expect(errors.map(({ message, fields }) => [message, fields.isSameUser])).toEqual([
      ['an old session is live beside a new one', true],
      ['an old session is live beside a new one', false],
    ]);
    // One that has ended is no hindrance.
    expect((await ask('/me', `${cookie}; ${await signedIn('grace')}`)).body.subject).toBe('grace');
  });

  test('a sign-in of Curfew counts more than the old cookie, which its answer may leave in the browser', async () => {
    const { curfew, ask, signedIn } = await application();
    const old = await signedIn('ada');
    const headers = { 'sec-fetch-site': 'same-origin' };
    const { cookie } = await ask('/login/grace', old, { method: 'POST', headers });
    const answers = await Promise.all([1, 2].map(() => ask('/me', `${cookie}; ${old}`)));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, body: { subject: 'grace' }, cookie: '' });
      expect(answer.cookies).toHaveLength(1);
    }
    expect(await liveOf(curfew, 'ada')).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('only an answer whose cookie the browser keeps moves a session', async () => {
    const { ask, signedIn } = await application();
    const cross = { 'sec-fetch-site': 'cross-site' };
    for (const [headers, moves] of [
      [{ ...cross, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, false],
      [{ ...cross, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, false],
      [{ ...cross, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, true],
      [{ 'sec-fetch-site': 'none' }, true],
    ] as const) {
      const answer = await ask('/old/me', await signedIn('ada'), { headers });
      expect(answer.body).toBe(moves ? null : 'ada');
      expect(answer.cookies.length > 0).toBe(moves);
    }
  });

  test('what the application has answered meanwhile is left at that, and the next request brings the session', async () => {
    const { curfew, ask, signedIn } = await application();
    const cookie = await signedIn('ada');
    let answer: ServerResponse | undefined;
    const move = curfew.moveFrom({
      ...{ tableName, client: engine.client, secret: SECRET },
      who: () => {
        answer?.end('out of time');
        return { subject: 'ada' };
      },
    });
    const passed = new Promise<unknown[]>((resolve) => {
      const server = createServer((request, response) => {
        answer = response;
        move(request, response, (...error) => resolve(error));
      }).listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        request(`http://127.0.0.1:${port}/`, { agent: false, headers: { cookie } })
          .on('response', (response) => response.resume())
          .end();
      });
      stops.push(() => server.close());
    });
    expect(await passed).toEqual([]);
    const next = await ask('/me', cookie);
    expect(next).toMatchObject({ status: 200, body: { subject: 'ada' } });
    expect(await liveOf(curfew, 'ada')).toHaveLength(1);
  });

  test('a session that is nobody’s stays, and a cookie that is not signed is none', async () => {
    const { ask, signedIn } = await application({}, { secret: ['the next secret', SECRET] });
    const { cookie: anonymous } = await ask('/old/cart', '', { method: 'POST' });
    expect(await ask('/me', anonymous)).toMatchObject({ status: 401, cookies: [] });
    expect(await live()).toHaveLength(1);
    const old = await signedIn('ada');
    for (const forged of [
      old.slice(0, -3),
      old.replace('s%3A', 's%3AX'),
      'connect.sid=s%3A',
      'connect.sid=',
    ]) {
      expect((await ask('/me', forged)).status).toBe(401);
    }
    expect((await ask('/me', old)).status).toBe(200);
  });

  test('with moves off, what was moved elsewhere goes on, and nothing else is', async () => {
    const store = await dynamo();
    const [off, on] = [await application({ store }, { moves: false }), await application({ store })];
    const old = await off.signedIn('ada');
    expect(await off.ask('/old/me', old)).toMatchObject({ body: 'ada', cookies: [] });
    const moved = await on.ask('/me', old);
    expect(await off.ask('/me', old)).toMatchObject({ status: 200, cookie: moved.cookie });
    expect(await off.ask('/me', moved.cookie)).toMatchObject({ status: 200 });
    const beside = `${moved.cookie}; ${await off.signedIn('ada')}`;
    expect(await off.ask('/old/me', beside)).toMatchObject({ body: 'ada', cookies: [] });
  });

  test('a move that stopped half-way is completed by the next request', async () => {
    const store = memoryStore();
    let stopped = true;
    const never = new Promise<never>(() => undefined);
    const halting = {
      ...store,
      within: () => halting,
      create: (...all: Parameters<typeof store.create>) => (stopped ? never : store.create(...all)),
    } as typeof store;
    const { curfew, ask, signedIn } = await application({ store: halting });
    const old = await signedIn('ada');
    const aborted = ask('/me', old, { signal: AbortSignal.timeout(500) }).catch(() => 'aborted');
    expect(await aborted).toBe('aborted');
    stopped = false;
    expect((await ask('/me', old)).status).toBe(200);
    expect(await liveOf(curfew, 'ada')).toHaveLength(1);
    expect(await live()).toEqual([]);
  });
});

test.each([
  ['the option tableName must name the table of connect-dynamodb', { tableName: '' }],
  ['the option secret must be that of express-session', { secret: undefined as unknown as string }],
  ['the option secret must be that of express-session', { secret: [] }],
  ['the option secret must be that of express-session', { secret: '' }],
  ['the option secret must be that of express-session', { secret: [SECRET, ''] }],
])('refuses: %s', (message, options) => {
  const curfew = createCurfew({ store: memoryStore(), siteUrl: 'http://localhost:3000' });
  const complete = { tableName: 'old', secret: SECRET, who: () => undefined };
  expect(() => curfew.moveFrom({ ...complete, ...options })).toThrow(message);
});
