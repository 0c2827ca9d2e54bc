import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import type { GuardEntryOptions } from '../../../functions/guard/defaults.ts';
import { type GuardedEvent, sessionGuard } from '../../../functions/guard/middy.ts';
import { guardObserver } from '../../../functions/guard/observe.ts';
import { untilDeadline } from '../../../functions/http/deadline.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { type Answer, answerOf, event, type Sent, SITE_URL, signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const START = 1_700_000_000_000;
const policy = definePolicy();
const { idleTimeoutMs: IDLE, touchIntervalMs: INTERVAL } = policy;
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' };

let now = START;
let store = createMemoryStore();
let seen = createRecorder();
let asked = { reads: 0, writes: 0 };
let ran: unknown[] = [];

beforeEach(() => {
  now = START;
  seen = createRecorder();
  asked = { reads: 0, writes: 0 };
  ran = [];
  store = createCounted();
});

/** A store that counts in {@link asked}. */
function createCounted(): typeof store {
  const inner = createMemoryStore();
  return {
    ...inner,
    read: (id) => {
      asked.reads += 1;
      return inner.read(id);
    },
    touch: (write) => {
      asked.writes += 1;
      return inner.touch(write);
    },
  };
}

async function send(
  sent: Partial<Sent>,
  options: Partial<GuardEntryOptions> = {},
  context: Partial<Context> = {},
): Promise<Answer> {
  const handler = middy()
    .use(sessionGuard({ store, now: () => now, observer: guardObserver(seen), ...options }))
    .handler(async (guarded: GuardedEvent) => {
      ran.push(guarded.curfew.session);
      return { statusCode: 200, body: 'ran' };
    });
  const result = await handler(event({ path: '/orders', ...sent }) as GuardedEvent, context as Context);
  return answerOf(result as APIGatewayProxyStructuredResultV2);
}

const active = (cookie: string, headers: Record<string, string>) => send({ cookies: [cookie], headers });

test.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new Error('no metrics today');
    },
  ],
  // A callback that returns nothing may be asynchronous all the same.
  ['rejects', async () => Promise.reject(new Error('no metrics today'))],
])('an observer that %s harms no request, and is written to the console', async (_, fails) => {
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const options = { observer: { touched: fails, refused: fails, wrongOriginSecret: fails } };
  const { cookie } = await signedIn(store, { now });
  now += INTERVAL;
  const statusOf = async (...request: Parameters<typeof send>) => (await send(...request)).status;
  expect(await statusOf({ cookies: [cookie], headers: { 'curfew-idle-for': '0' } }, options)).toBe(200);
  expect(await statusOf({ cookies: [cookie], headers: { 'curfew-idle-for': 'x' } }, options)).toBe(200);
  expect(await statusOf({}, options)).toBe(401);
  const around = { ...options, originSecrets: ['o'.repeat(32)] };
  expect(await statusOf({ headers: { 'x-curfew-origin': 'of before' } }, around)).toBe(403);
  await new Promise((resolve) => setImmediate(resolve));
  expect(said.mock.calls.map(([message]) => message)).toEqual(Array(5).fill('observer failed'));
  said.mockRestore();
});

test('the handler is given the session', async () => {
  const { session, cookie } = await signedIn(store, { now });
  expect((await send({ cookies: [cookie] })).text).toBe('ran');
  expect(ran).toEqual([
    {
      state: 'active',
      sessionId: session.sessionId,
      subject: 'user',
      user: {},
      createdAt: START,
      lastActivityAt: START,
      expiresAt: START + IDLE,
    },
  ]);
});

test('and still finds it where the first release had it', async () => {
  const { cookie } = await signedIn(store, { now });
  const handler = middy()
    .use(sessionGuard({ store, now: () => now }))
    .handler(async ({ session, curfew }: GuardedEvent) => ({ same: session === curfew.session }));
  expect(await handler(event({ path: '/orders', cookies: [cookie] }) as GuardedEvent, {} as Context)).toEqual(
    { same: true },
  );
});

test('around the distribution nothing is read, and a page is not even asked to come again', async () => {
  const { cookie } = await signedIn(store, { now });
  const secret = 's'.repeat(32);
  const options = { originSecrets: [secret], bounce: true, onEnded: 'attach', onMissing: 'attach' } as const;
  const crossSite = { ...NAVIGATION, 'sec-fetch-site': 'cross-site' };
  for (const sent of [
    { cookies: [cookie] },
    { headers: { 'x-curfew-origin': 'x' } },
    { headers: crossSite },
  ]) {
    expect(await send(sent, options)).toMatchObject({ status: 403, json: { code: 'ERR_CROSS_SITE' } });
  }
  expect([ran, asked.reads]).toEqual([[], 0]);
  expect(seen.counts).toEqual({ 'Refusals Code=ERR_CROSS_SITE': 3, WrongOriginSecrets: 1 });
  const through = { cookies: [cookie], headers: { 'x-curfew-origin': secret } };
  expect((await send(through, options)).text).toBe('ran');
});

describe('a request is passive, one read and no write,', () => {
  test.each([
    ['by default', {}],
    ['of a script', { 'sec-fetch-mode': 'cors', 'sec-fetch-user': '?1' }],
    ['of a frame', { ...NAVIGATION, 'sec-fetch-dest': 'iframe' }],
    ['of a navigation that no user started', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
    ['of a page that the browser loads ahead', { ...NAVIGATION, 'sec-purpose': 'prefetch;prerender' }],
    ['with a malformed age', { 'curfew-idle-for': '-1' }],
    ['with an age that is no number', { 'curfew-idle-for': '1e3' }],
    ['with an empty age, even where the user navigates', { ...NAVIGATION, 'curfew-idle-for': '' }],
    ['with two ages', { 'curfew-idle-for': '0, 0' }],
    ['with an age of many digits', { 'curfew-idle-for': '9'.repeat(16) }],
    ['with an age from before what is known', { 'curfew-idle-for': String(INTERVAL + 1) }],
  ])('%s', async (_, headers) => {
    const { session, cookie } = await signedIn(store, { now });
    now += INTERVAL;
    expect((await active(cookie, headers)).status).toBe(200);
    expect(asked).toEqual({ reads: 1, writes: 0 });
    expect((await store.read(session.sessionId))!.session).toEqual(session);
    const malformed = 'curfew-idle-for' in headers && !/^\d{1,15}$/.test(headers['curfew-idle-for']);
    expect(seen.counts['Refusals Code=ERR_REQUEST_INVALID']).toBe(malformed ? 1 : undefined);
  });
});

describe('a request is active', () => {
  test.each([
    [{ 'curfew-idle-for': '0' }, 0],
    [{ 'curfew-idle-for': '1000' }, 1_000],
    [NAVIGATION, 0],
    [{ ...NAVIGATION, 'curfew-idle-for': '1000' }, 1_000],
  ] as [Record<string, string>, number][])('with %j: it slides the session', async (headers, age) => {
    const { session, cookie } = await signedIn(store, { now });
    now += 5 * INTERVAL;
    await active(cookie, headers);
    expect((await store.read(session.sessionId))!.session).toMatchObject({
      lastActivityAt: now - age,
      idleExpiresAt: now - age + INTERVAL + IDLE,
    });
    expect(seen.counts).toEqual({ Touches: 1, TouchWrites: 1 });
  });

  test('and writes once a touch interval', async () => {
    const { cookie } = await signedIn(store, { now });
    for (let request = 0; request < 10; request += 1) {
      now += INTERVAL / 5;
      await active(cookie, { 'curfew-idle-for': '0' });
    }
    // At 12 s, and again once the 60 s that it was good for are over.
    expect(asked).toEqual({ reads: 10, writes: 2 });
    expect(seen.counts).toEqual({ Touches: 10, TouchWrites: 2 });
  });
});

describe('no live session', () => {
  async function ended() {
    const made = await signedIn(store, { now });
    now += IDLE;
    return made;
  }

  test('is the 401 problem, and the handler does not run', async () => {
    const { cookie } = await ended();
    const answer = await active(cookie, { 'curfew-idle-for': '0' });
    expect(answer).toMatchObject({ status: 401, cookies: [] });
    expect(answer.json).toMatchObject({ code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: now });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(ran).toEqual([]);
    expect(seen.counts).toEqual({ 'Refusals Code=ERR_SESSION_ENDED': 1 });
  });

  test("is attached where the handler wants to say so in its own words: 'ended'", async () => {
    const { cookie } = await ended();
    expect((await send({ cookies: [cookie] }, { onEnded: 'attach' })).text).toBe('ran');
    expect(ran).toEqual([{ state: 'ended', reason: 'idle', endedAt: now }]);
  });

  test.each([
    ['no cookie', undefined, 'ERR_SESSION_MISSING', 0],
    ['a cookie that is not ours by its form', '__Host-session=x', 'ERR_SESSION_MISSING', 0],
    ['a forged one', `__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`, 'ERR_SESSION_UNKNOWN', 1],
  ])('%s: rejected, or attached where asked for; %i reads', async (_, cookie, code, reads) => {
    const cookies = cookie === undefined ? [] : [cookie];
    const answer = await send({ cookies }, { onEnded: 'attach' });
    expect(answer).toMatchObject({ status: 401, json: { code } });
    expect(asked).toEqual({ reads, writes: 0 });
    await send({ cookies }, { onMissing: 'attach' });
    expect(ran).toEqual([{ state: 'none' }]);
  });

  test('a store that fails is 503 in every mode', async () => {
    const { cookie } = await signedIn(store, { now });
    store.read = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE', { retryAfterMs: 1_000 });
    };
    const answer = await send({ cookies: [cookie] }, { onEnded: 'attach', onMissing: 'attach' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(ran).toEqual([]);
  });

  test("a defect is answered by the handler's own stack", async () => {
    store.read = async () => {
      throw new TypeError('defect');
    };
    const { cookie } = await signedIn(createMemoryStore(), { now });
    await expect(send({ cookies: [cookie] })).rejects.toThrow('defect');
  });
});

describe('a request that may change state, from', () => {
  const METADATA = [
    ['the site', { 'sec-fetch-site': 'same-origin' }, 200],
    ['the site, whatever the origin', { 'sec-fetch-site': 'same-origin', origin: 'https://x.example' }, 200],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site' }, 403],
    [
      "a sibling subdomain that sends the site's origin",
      { 'sec-fetch-site': 'same-site', origin: SITE_URL },
      403,
    ],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['the address bar', { 'sec-fetch-site': 'none' }, 403],
    ['somewhere unknown', { 'sec-fetch-site': 'toString' }, 403],
    ['two places', { 'sec-fetch-site': 'same-origin, cross-site' }, 403],
    ['nowhere', { 'sec-fetch-site': '' }, 403],
  ] as const;
  const ORIGINS = [
    ["the site's origin", { origin: SITE_URL }, true],
    ['another origin', { origin: 'https://other.example.com' }, false],
    ['an opaque origin', { origin: 'null' }, false],
    ['who knows where', {}, false],
  ] as const;

  async function answered(sent: Partial<Sent>, siteUrl: string | undefined) {
    const { cookie } = await signedIn(store, { now });
    const { status, json } = await send({ cookies: [cookie], ...sent }, { siteUrl });
    // Before the store is read.
    expect(asked.reads).toBe(status === 200 ? 1 : 0);
    if (status !== 200) expect(json.code).toBe('ERR_CROSS_SITE');
    return status;
  }

  describe.each([[undefined], [SITE_URL]])('siteUrl %s', (siteUrl) => {
    test.each(METADATA)('%s (Fetch Metadata)', async (_, headers, status) => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'post']) {
        asked.reads = 0;
        store = createCounted();
        expect(await answered({ method, headers }, siteUrl)).toBe(status);
      }
    });

    test.each(ORIGINS)('%s, in a browser without Fetch Metadata', async (_, headers, isSite) => {
      const status = isSite && siteUrl !== undefined ? 200 : 403;
      expect(await answered({ method: 'POST', headers }, siteUrl)).toBe(status);
    });

    test.each(['GET', 'HEAD', 'OPTIONS'])(
      'anywhere, if it is a %s, which changes nothing',
      async (method) => {
        expect(await answered({ method, headers: { 'sec-fetch-site': 'cross-site' } }, siteUrl)).toBe(200);
      },
    );

    test.each([
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ 'sec-fetch-site': 'same-origin' }, 200],
      [{ origin: SITE_URL }, siteUrl === undefined ? 403 : 200],
      [{}, 403],
    ])('a GET that asks for an upgrade, with %j', async (headers, status) => {
      const upgrade = { ...headers, connection: 'Upgrade', upgrade: 'websocket' };
      expect(await answered({ headers: upgrade }, siteUrl)).toBe(status);
    });
  });
});

test('gives up before the function’s own time limit, with an answer', async () => {
  const { cookie } = await signedIn(store, { now });
  const stuck: typeof store = {
    ...store,
    within: (signal) => ({ ...stuck, read: () => untilDeadline(signal, new Promise(() => undefined)) }),
  };
  const soon = { getRemainingTimeInMillis: () => 301 };
  expect(await send({ cookies: [cookie] }, { store: stuck }, soon)).toMatchObject({ status: 503 });
  expect(ran).toEqual([]);
});

describe('a page that is opened from another site', () => {
  const foreign = { ...NAVIGATION, 'sec-fetch-site': 'cross-site' };
  const bounced = (sent: Partial<Sent>) => send({ headers: foreign, ...sent }, { bounce: true });

  test('asks again from this one', async () => {
    const answer = await bounced({ path: '/orders', query: 'id=7&x=%22' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('location.replace("/orders?id=7\\u0026x=%22")');
    expect(ran).toEqual([]);
  });

  test('once: the second time the browser says that it comes from here', async () => {
    const again = await bounced({ headers: { ...foreign, 'sec-fetch-site': 'same-origin' } });
    expect(again.status).toBe(401);
  });

  test('not where it has its cookie, and not for anything but a page', async () => {
    const { cookie } = await signedIn(store, { now });
    expect((await bounced({ cookies: [cookie] })).text).toBe('ran');
    expect((await bounced({ method: 'POST' })).status).toBe(403);
    expect((await bounced({ headers: { ...foreign, 'sec-fetch-dest': 'iframe' } })).status).toBe(401);
    expect((await send({ headers: foreign })).status).toBe(401);
  });

  test('never on another site', async () => {
    for (const path of ['//evil.example', '/\\evil.example', '/.//evil.example']) {
      expect((await bounced({ path })).text).toContain('location.replace("/")');
    }
  });
});
