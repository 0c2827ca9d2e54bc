import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSession } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { sessionStatus } from '../../../core/protocol.ts';
import { type Clock, createSessionClient, type SessionClient } from '../../../web/client/index.ts';
import { EMPTY_DOCUMENT } from '../../support/client-page.ts';

/** A whole second, since HTTP dates have no finer ones. */
const START = Date.UTC(2026, 0, 1, 12);
/** The device's clock is an hour ahead of the server's. */
const AHEAD_MS = 3_600_000;
const session = createSession({
  sessionId: 'unavailable'.padEnd(22, '0'),
  subject: 'ada',
  policy: definePolicy({}),
  now: START,
});

let now = START;
let timer: (() => void) | undefined;
const clock: Clock = {
  now: () => now + AHEAD_MS,
  monotonic: () => now,
  setTimeout(callback) {
    timer = callback;
  },
  clearTimeout() {
    timer = undefined;
  },
};
let answer: () => Response;
let requests: number;
let client: SessionClient;
let errors: unknown[];

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};
/** Moves the time, and lets the client do what has come due. */
async function pass(ms: number): Promise<void> {
  now += ms;
  timer?.();
  await turns();
}

beforeEach(async () => {
  now = START;
  requests = 0;
  errors = [];
  Object.assign(globalThis, { document: EMPTY_DOCUMENT, addEventListener: () => {} });
  answer = () => Response.json(sessionStatus(session, now));
  client = createSessionClient({
    clock,
    channelName: 'unavailable',
    storage: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
    fetch: async () => {
      requests += 1;
      return answer();
    },
  });
  client.addEventListener('error', ({ detail }) => errors.push(detail));
  client.start();
  await client.refresh();
});
afterEach(() => {
  client.stop();
  for (const name of ['document', 'addEventListener']) Reflect.deleteProperty(globalThis, name);
});

const HTML = '<!DOCTYPE HTML><HTML><HEAD><TITLE>ERROR</TITLE></HEAD><BODY>Request blocked.</BODY></HTML>';
const OURS = { type: 'about:blank', title: 'Session store unavailable', status: 503 };

describe('a server that gives no answer is unavailable, whoever says so and however', () => {
  test.each<[string, number, string]>([
    ['the throttle of API Gateway', 429, '{"message":"Too Many Requests"}'],
    ['the same without words', 429, '{"message": null}'],
    ['API Gateway without its function', 503, '{"message":"Service Unavailable"}'],
    ['the same without words', 503, '{"message":null}'],
    ['a function that failed', 500, '{"message":"Internal Server Error"}'],
    ['a page of CloudFront', 503, HTML],
    ['a page of CloudFront, of a gateway that timed out', 504, HTML],
    ['a page of CloudFront, of a firewall', 403, HTML],
    ['no body', 429, ''],
    ['the word null', 503, 'null'],
    ['our own problem document', 503, JSON.stringify({ ...OURS, code: 'ERR_STORE_UNAVAILABLE' })],
    ['our own, of too many', 429, JSON.stringify({ ...OURS, code: 'ERR_TOO_MANY_REQUESTS' })],
    ['API Gateway, which knows no session', 401, '{"message":"Unauthorized"}'],
    ['a page with a status of ours', 401, HTML],
    ['a page with another one', 409, HTML],
  ])('%s: %i', async (_name, status, body) => {
    const before = client.getSnapshot();
    answer = () => new Response(body, { status });
    expect(await client.refresh()).toEqual({ ...before, connection: 'unavailable' });
    expect(await client.extend()).toBe(false);
    expect(await client.signOut()).toBeUndefined();
    expect(client.getSnapshot()).toEqual({ ...before, connection: 'unavailable' });
    expect(errors.map((error) => error instanceof Response && error.status)).toEqual(Array(3).fill(status));

    answer = () => Response.json(sessionStatus(session, now));
    await pass(60_000);
    expect(client.getSnapshot()).toEqual(before);
  });

  test('a network that fails, or answers with a page of its own, is none: offline', async () => {
    for (const fails of [
      () => {
        throw new TypeError('Failed to fetch');
      },
      () => new Response(HTML),
    ]) {
      answer = fails;
      expect((await client.refresh()).connection).toBe('offline');
    }
  });
});

describe('a 200 that is no status is no answer: it extends nothing', () => {
  const valid = sessionStatus(session, START);
  const without = (name: string) => ({ ...valid, [name]: undefined });
  test.each<[string, unknown]>([
    ['null', null],
    ['an empty object', {}],
    ['a list', []],
    ['a text', 'OK'],
    ['an id and no more', { sessionId: session.sessionId }],
    ...['sessionId', 'serverTime', 'idleExpiresAt', 'absoluteExpiresAt', 'idleTimeoutMs', 'warnBeforeMs'].map(
      (name): [string, unknown] => [`a status without its ${name}`, without(name)],
    ),
    ['a status with a word for a time', { ...valid, idleExpiresAt: 'soon' }],
    ['a status with a text for a time', { ...valid, serverTime: String(START) }],
  ])('%s', async (_name, body) => {
    const before = client.getSnapshot();
    answer = () => Response.json(body);
    expect(await client.extend()).toBe(false);
    expect(client.getSnapshot()).toEqual({ ...before, connection: expect.not.stringMatching('online') });
    expect(client.getStatus()).toEqual(valid);
    expect(errors).toHaveLength(1);
    // Whoever answers like this to a sign-out has said nothing against it.
    answer = () => Response.json({});
    expect(await client.signOut()).toEqual({});
  });
});

describe('a status that the server gave before, such as a service worker keeps, is no answer', () => {
  const { idleExpiresAt } = session;

  test('nobody is kept signed in by it, nor signed out', async () => {
    const kept = sessionStatus(session, START);
    answer = () => Response.json(kept);
    await pass(idleExpiresAt - START - 1);
    expect(client.getSnapshot()).toMatchObject({ status: 'warning', connection: 'online' });
    await pass(2);
    expect(requests).toBe(2);
    expect(client.getSnapshot()).toMatchObject({
      status: 'warning',
      connection: 'unavailable',
      remainingSeconds: 0,
    });
    expect(client.getStatus()).toEqual(kept);
  });

  test.each([
    [9_999, 'online'],
    [10_000, 'unavailable'],
  ])('servers may differ by less than 10 s: %i ms', async (ms, connection) => {
    answer = () => Response.json(sessionStatus(session, START));
    await pass(ms);
    expect((await client.refresh()).connection).toBe(connection);
  });
});

describe('Retry-After is waited for, and what it leaves out is backed off', () => {
  /** ms until the next request after one that was answered like this. */
  async function waits(retryAfter: string, status: number): Promise<number> {
    answer = () => new Response(null, { status, headers: { 'retry-after': retryAfter } });
    await client.refresh();
    const before = requests;
    const askedAt = now;
    while (requests === before) await pass(500);
    return now - askedAt;
  }

  const ASKED: readonly [string, string, number, number][] = [
    ['seconds', '7', 7_000, 8_500],
    ['a date, by the server’s clock', new Date(START + 20_000).toUTCString(), 20_000, 23_000],
    ['an hour, of which it waits five minutes', '3600', 300_000, 331_000],
    ['less than the first step of the back-off', '0', 1_000, 2_000],
    ['a date that has passed', new Date(START - 20_000).toUTCString(), 1_000, 2_000],
    ['something else', 'soon', 1_000, 2_000],
    ['a negative number', '-5', 1_000, 2_000],
    ['nothing', '', 1_000, 2_000],
  ];
  describe.each([429, 503])('with status %i', (status) => {
    test.each(ASKED)('%s: %s', async (_name, retryAfter, least, most) => {
      const waited = await waits(retryAfter, status);
      expect(waited).toBeGreaterThanOrEqual(least);
      expect(waited).toBeLessThanOrEqual(most);
    });
  });
});
