import { beforeEach, describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import type { ALBEvent, Context } from 'aws-lambda';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import type { GuardEntryOptions } from '../../../functions/guard/defaults.ts';
import { type GuardedEvent, sessionGuard } from '../../../functions/guard/middy.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { SAME_ORIGIN, type Sent, SITE_URL, signedIn } from '../../support/http.ts';
import { frontRequest, LAMBDA_FRONTS, type LambdaFrontDouble } from '../../support/lambda-fronts.ts';
import { MESSAGE } from '../../support/lambda-samples.ts';
import { bindToRun, markOf } from '../../support/marks.ts';

const START = 1_700_000_000_000;
const policy = definePolicy({ browserClose: 'run' });
const { idleTimeoutMs: IDLE, touchIntervalMs: INTERVAL } = policy;

let now = START;
let store = createMemoryStore();
let signed: Awaited<ReturnType<typeof signedIn>>;

beforeEach(async () => {
  now = START;
  store = createMemoryStore();
  signed = await signedIn(store, { now, policy });
});

const read = async () => (await store.read(signed.session.sessionId))!.session;

function guarded(options: Partial<GuardEntryOptions> = {}) {
  return middy()
    .use(sessionGuard({ store, now: () => now, siteUrl: SITE_URL, observer: {}, ...options }))
    .handler(async ({ curfew }: GuardedEvent) => ({ statusCode: 200, body: JSON.stringify(curfew.session) }));
}

async function run(event: object, options?: Partial<GuardEntryOptions>) {
  return guarded(options)(event as GuardedEvent, {} as Context);
}

type More = Partial<Sent> & { readonly lines?: readonly string[] };

/** A request to a guarded handler, its cookies in as many headers as there are lines. */
async function ask(front: LambdaFrontDouble, more: More = {}, options?: Partial<GuardEntryOptions>) {
  const { lines = [signed.cookie], ...sent } = more;
  const { headers, ...request } = frontRequest({ path: '/orders', ...sent });
  const cookies = lines.map((line) => ['cookie', line] as const);
  return front.answer(await run(front.event({ ...request, headers: [...headers, ...cookies] }), options));
}

describe.each(Object.entries(LAMBDA_FRONTS))('behind %s', (name, front) => {
  const isSocket = name === 'websocket';
  /** What every request needs to be admitted: a handshake may change state, whatever its method. */
  const headers = isSocket ? SAME_ORIGIN : {};

  test('a live session is handed over', async () => {
    const { status, json, text } = await ask(front, { headers });
    expect([status, JSON.parse(text || json)]).toMatchObject([
      200,
      { state: 'active', sessionId: signed.session.sessionId, expiresAt: START + IDLE },
    ]);
  });

  test('without one the answer is the problem, in the form of the front, and sets no cookie', async () => {
    const answer = await ask(front, { headers, lines: [] });
    expect(answer).toMatchObject({
      status: 401,
      cookies: [],
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
      json: { code: 'ERR_SESSION_MISSING' },
    });
  });

  test('an ended one is told with its reason, and a store that fails is 503 with the time to wait', async () => {
    now += IDLE;
    expect(await ask(front, { headers })).toMatchObject({
      status: 401,
      json: { reason: 'idle', endedAt: now },
    });
    const failing = { ...store, within: () => ({ ...store, read: () => Promise.reject(unavailable()) }) };
    expect(await ask(front, { headers }, { store: failing })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
  });

  test('a cookie header that comes twice is read as one, as far as the front passes it on', async () => {
    expect((await ask(front, { headers, lines: ['a=b', signed.cookie] })).status).toBe(200);
    const other = await signedIn(store, { now, seed: 'other' });
    const { status } = await ask(front, { headers, lines: [other.cookie, signed.cookie] });
    // A load balancer without lists passes on the last line alone.
    expect(status).toBe(name === 'load-balancer' ? 200 : 401);
  });

  test('activity slides the session, and a header that comes twice is no activity', async () => {
    now += INTERVAL;
    const twice = frontRequest({ path: '/orders', headers, cookies: [signed.cookie] });
    const age = ['Curfew-Idle-For', '0'] as const;
    await run(front.event({ ...twice, headers: [...twice.headers, ['Curfew-Idle-For', '1'], age] }));
    expect((await read()).lastActivityAt).toBe(name === 'load-balancer' ? now : START);
    now += INTERVAL;
    await ask(front, { headers: { ...headers, 'Curfew-Idle-For': '0' } });
    expect((await read()).lastActivityAt).toBe(now);
  });

  test.each([
    ['the site', { 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['a sibling', { 'Sec-Fetch-Site': 'same-site', Origin: SITE_URL }, 403],
    ['the site, in a browser that says its origin only', { Origin: SITE_URL }, 200],
    ['another origin', { Origin: 'https://other.example.com' }, 403],
    ['nowhere', {}, 403],
  ])('what may change state is rejected unless it comes from the site: %s', async (_, from, status) => {
    expect((await ask(front, { method: 'POST', headers: from })).status).toBe(status);
    expect((await ask(front, { method: 'GET', headers: from })).status).toBe(isSocket ? status : 200);
  });

  test('around the distribution nothing is admitted', async () => {
    const options = { originSecrets: ['s'.repeat(32)] };
    expect(await ask(front, { headers }, options)).toMatchObject({
      status: 403,
      json: { code: 'ERR_CROSS_SITE' },
    });
    const through = { ...headers, 'X-Curfew-Origin': 's'.repeat(32) };
    expect((await ask(front, { headers: through }, options)).status).toBe(200);
  });

  test('a session that is bound to a run is admitted with its mark, and neither slid nor ended without', async () => {
    await bindToRun(store, signed, 'a');
    now += INTERVAL;
    const before = await read();
    for (const mark of [{}, { Authorization: markOf('b') }]) {
      expect(await ask(front, { headers: { ...headers, 'Curfew-Idle-For': '0', ...mark } })).toMatchObject({
        status: 403,
        json: { code: 'ERR_RUN_UNCONFIRMED' },
      });
    }
    expect(await read()).toEqual(before);
    expect((await ask(front, { headers: { ...headers, Authorization: markOf('a') } })).status).toBe(200);
  });

  if (isSocket) return;

  test('a page that is opened from another site asks again for the same address', async () => {
    const foreign = {
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
      'Sec-Fetch-Site': 'cross-site',
    };
    const query = 'id=7&id=8&x=%22a+b';
    const { status, text } = await ask(front, { headers: foreign, query, lines: [] }, { bounce: true });
    const [, address] = /location\.replace\((".*?")\)/.exec(text)!;
    const [path, asked] = (JSON.parse(address!) as string).split('?');
    expect([status, path]).toEqual([200, '/orders']);
    // A load balancer without lists passes on the last of two values, here too.
    const expected = name === 'load-balancer' ? 'id=8&x=%22a+b' : query;
    expect([...new URLSearchParams(asked)]).toEqual([...new URLSearchParams(expected)]);
  });
});

test('a message of a WebSocket is an error that says what to guard instead', async () => {
  await expect(run(MESSAGE)).rejects.toThrow(
    /^not a request .* MESSAGE of a WebSocket API, .* guard \$connect$/,
  );
});

test('the type of the event can be named', async () => {
  const handler = middy<ALBEvent>()
    .use(sessionGuard<Record<never, never>, ALBEvent>({ store, now: () => now, observer: {} }))
    .handler(async ({ requestContext: { elb }, curfew }) => [elb.targetGroupArn, curfew.session.subject]);
  const event = LAMBDA_FRONTS['load-balancer'].event(frontRequest({ path: '/', cookies: [signed.cookie] }));
  expect(await handler(event as GuardedEvent<unknown, ALBEvent>, {} as Context)).toEqual([
    expect.stringMatching(/^arn:/),
    'user',
  ]);
});

function unavailable() {
  return new SessionError('ERR_STORE_UNAVAILABLE', { retryAfterMs: 1_000 });
}
