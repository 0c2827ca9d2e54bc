import { beforeEach, expect, jest, test } from '@jest/globals';
import { END_REASONS } from '../../../core/contract.ts';
import { createCheck } from '../../../functions/guard/fetch.ts';
import { createCurfew } from '../../../functions/server/server.ts';
import { createClock, createMemoryStore, endSession, signIn } from '../../../functions/testing/testing.ts';
import { T0 } from '../../support/sessions.ts';

const SITE = 'https://app.example.com';
const IDLE = 900_000;

let clock: ReturnType<typeof createClock>;
let store: ReturnType<typeof createMemoryStore>;
beforeEach(() => {
  clock = createClock(T0);
  store = createMemoryStore();
});

const asking = (cookie: string) => new Request(`${SITE}/orders`, { headers: { cookie } });

test('the guard and the server see the user whom a test has signed in', async () => {
  const user = { name: 'Ada', email: 'ada@example.com' };
  const { sessionId, cookie } = await signIn(store, { subject: 'ada', user, now: clock.now });
  const seen = { state: 'active', sessionId, subject: 'ada', user, createdAt: T0 };
  const checked = await createCheck({ store, now: clock.now })(asking(cookie));
  expect(checked.session).toMatchObject(seen);
  const curfew = createCurfew({ store, siteUrl: SITE, now: clock.now });
  expect((await curfew.check(asking(cookie))).session).toMatchObject(seen);
});

test('without a name, the user has none', async () => {
  const { cookie } = await signIn(store, { now: T0 });
  const { session } = await createCheck({ store, now: clock.now })(asking(cookie));
  expect(session).toMatchObject({ subject: 'test', user: {} });
});

test('guard and server end a session at the millisecond to which the one clock is moved', async () => {
  const { cookie } = await signIn(store, { now: clock.now });
  const check = createCheck({ store, now: clock.now });
  const curfew = createCurfew({ store, siteUrl: SITE, now: clock.now });
  const states = async () => {
    const answers = [await check(asking(cookie)), await curfew.check(asking(cookie))];
    return answers.map(({ response }) => response?.status ?? 200);
  };
  expect(clock.advance(IDLE - 1)).toBe(T0 + IDLE - 1);
  expect(await states()).toEqual([200, 200]);
  clock.advance(1);
  expect(await states()).toEqual([401, 401]);
});

test('a clock begins now, and stands still', () => {
  const before = Date.now();
  const { now } = createClock();
  expect(now()).toBeGreaterThanOrEqual(before);
  expect(now()).toBe(now());
});

test('fake timers that leave microtasks alone are a clock, too', async () => {
  jest.useFakeTimers({ now: T0, doNotFake: ['queueMicrotask'] });
  try {
    const curfew = createCurfew({ store, siteUrl: SITE });
    const { cookie, sessionId } = await signIn(store);
    const headers = { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
    const body = JSON.stringify({ sessionId });
    const touch = () =>
      curfew.fetch(new Request(`${SITE}/api/session/touch`, { method: 'POST', headers, body }));
    expect(await (await touch()).json()).toMatchObject({ remainingMs: IDLE });
    await jest.advanceTimersByTimeAsync(IDLE);
    expect(await (await touch()).json()).toMatchObject({ reason: 'idle' });
  } finally {
    jest.useRealTimers();
  }
});

test.each(END_REASONS)('an ended session says why: %s', async (reason) => {
  const { sessionId, cookie } = await signIn(store, { now: clock.now });
  clock.advance(1_000);
  await endSession(store, sessionId, { reason, now: clock.now });
  const { response } = await createCheck({ store, now: clock.now })(asking(cookie));
  expect(response?.status).toBe(401);
  expect(await response?.json()).toMatchObject({
    code: 'ERR_SESSION_ENDED',
    reason,
    endedAt: T0 + 1_000,
  });
});

test('a session that its deadline has ended keeps that reason', async () => {
  const { sessionId, cookie } = await signIn(store, { now: T0 });
  await endSession(store, sessionId, { reason: 'revoked', now: T0 + IDLE });
  clock.advance(IDLE);
  const { response } = await createCheck({ store, now: clock.now })(asking(cookie));
  expect(await response?.json()).toMatchObject({ reason: 'idle' });
});

test('a session that is not there cannot end', async () => {
  await expect(endSession(store, 'x'.repeat(22))).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
});
