import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import {
  type Curfew,
  type CurfewEvent,
  createCurfew,
  dynamoStore,
} from '../../../functions/server/server.ts';
import type { Store } from '../../../functions/store/store.ts';
import { createTable, ENGINES, type Engine } from '../../support/engines.ts';
import { MINUTE, T0 } from '../../support/sessions.ts';

const SITE = 'https://app.example.com';
const IDLE = definePolicy().idleTimeoutMs;

const ask = (path: string, cookie: string, body?: object) =>
  new Request(SITE + path, {
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', cookie },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });

describe.each(ENGINES)('a server’s own sessions, on %s', (_, start) => {
  let engine: Engine;
  let store: Store;
  let now = T0;
  let events: CurfewEvent[] = [];
  let curfew: Curfew;

  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine?.stop());
  beforeEach(async () => {
    now = T0;
    events = [];
    ({ store } = await createTable(engine));
    const onEvent = (event: CurfewEvent) => void events.push(event);
    curfew = createCurfew({ store, siteUrl: SITE, secret: 's'.repeat(32), now: () => now, onEvent });
  });

  async function signedIn(subject = 'ada') {
    const { session, headers } = await curfew.signIn(ask('/login', '', {}), { subject });
    const cookie = headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    return { sessionId: session.sessionId, cookie };
  }

  test('begin, slide, end by idleness and are told of, once', async () => {
    const { sessionId, cookie } = await signedIn();
    now += 10 * MINUTE;
    const touched = await curfew.fetch(ask('/api/session/touch', cookie, { sessionId }));
    expect(await touched.json()).toMatchObject({ remainingMs: IDLE });
    now += IDLE;
    expect(await curfew.sweep()).toMatchObject({ ended: 1, complete: true });
    expect(await (await curfew.fetch(ask('/api/session', cookie))).json()).toMatchObject({ reason: 'idle' });
    expect(await curfew.sweep()).toMatchObject({ ended: 0 });
    expect(events.map(({ type, detail }) => [type, detail.sessionId])).toEqual([
      ['Session Started', sessionId],
      ['Session Ended', sessionId],
    ]);
  });

  test('end once, and are told of once, when ten requests find them expired at the same time', async () => {
    const { cookie } = await signedIn();
    now += IDLE;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => curfew.fetch(ask('/api/session', cookie))),
    );
    for (const answer of answers) expect(await answer.json()).toMatchObject({ reason: 'idle', endedAt: now });
    expect(events.filter(({ type }) => type === 'Session Ended')).toHaveLength(1);
  });

  test('are listed and revoked', async () => {
    const kept = await signedIn();
    const other = await signedIn();
    expect((await curfew.list('ada')).sessions).toHaveLength(2);
    expect(await curfew.revoke('ada', { except: kept.sessionId })).toEqual({ revoked: 1, remaining: 0 });
    const answer = await curfew.fetch(ask('/api/session', other.cookie));
    expect(await answer.json()).toMatchObject({ reason: 'revoked' });
    expect((await curfew.check(ask('/orders', kept.cookie))).session?.state).toBe('active');
  });
});

test('a table needs a name', () => {
  expect(() => dynamoStore({ tableName: '' })).toThrow('the option tableName must name the session table');
});
