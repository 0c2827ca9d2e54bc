import { expect, test } from '@jest/globals';
import { END_REASONS } from '../../../core/contract.ts';
import type { Clock, SessionClient } from '../../../web/client/types.ts';
import { createFakeSession, type FakeSession, type FakeState } from '../../../web/testing/index.ts';
import { openClientPage } from '../../support/client-page.ts';

const NOW = 1_700_000_000_000;
const clock: Clock = {
  now: () => NOW,
  monotonic: () => 0,
  setTimeout: () => 0,
  clearTimeout: () => undefined,
};
const fake = (state?: FakeState) => createFakeSession(state, { clock });

/** The events of a session, as it tells them. */
function heard(session: FakeSession): string[] {
  const types: string[] = [];
  for (const type of ['active', 'warning', 'extended', 'ended', 'signed-out', 'replaced', 'error'] as const) {
    session.addEventListener(type, (event) => types.push(event.type));
  }
  session.subscribe(() => types.push('change'));
  return types;
}

test('has everything that a client has', async () => {
  const page = await openClientPage('as-the-fake');
  const own = (session: SessionClient) =>
    Object.entries(session).map(([name, value]) => `${name}: ${typeof value}`);
  expect(own(fake())).toEqual(expect.arrayContaining(own(page.client)));
  await page.close();
});

test.each<[FakeState, object]>([
  [{ status: 'loading' }, { status: 'loading', expiresAt: null, extendable: false, reason: null }],
  [{ status: 'none' }, { status: 'none', expiresAt: null, connection: 'online' }],
  [
    { status: 'active' },
    {
      status: 'active',
      expiresAt: NOW + 900_000,
      absoluteExpiresAt: NOW + 43_200_000,
      extendable: true,
      remainingSeconds: null,
    },
  ],
  [
    { status: 'active', extendable: false },
    { status: 'active', extendable: false },
  ],
  [{ status: 'warning' }, { status: 'warning', remainingSeconds: 120, expiresAt: NOW + 120_000 }],
  [
    { status: 'warning', remainingSeconds: 0 },
    { status: 'warning', remainingSeconds: 0, expiresAt: NOW },
  ],
  [{ status: 'ended' }, { status: 'ended', reason: 'idle', endedAt: NOW, expiresAt: null }],
  [
    { status: 'ended', reason: undefined, endedAt: NOW - 1 },
    { reason: 'idle', endedAt: NOW - 1 },
  ],
  ...END_REASONS.map((reason): [FakeState, object] => [{ status: 'ended', reason }, { reason }]),
  [
    { status: 'active', connection: 'offline' },
    { status: 'active', connection: 'offline' },
  ],
])('%j shows as it does in a page', (state, snapshot) => {
  expect(fake(state).getSnapshot()).toMatchObject(snapshot);
});

test('a state takes nothing over from the one before, but a connection does from its session', () => {
  const session = fake({ status: 'warning', connection: 'unavailable' });
  session.set({ connection: 'offline' });
  expect(session.getSnapshot()).toMatchObject({ status: 'warning', remainingSeconds: 120 });
  session.set({ status: 'ended', reason: 'revoked' });
  expect(session.getSnapshot()).toEqual({
    ...fake({ status: 'loading' }).getSnapshot(),
    status: 'ended',
    reason: 'revoked',
    endedAt: NOW,
  });
});

test('listeners are told what a client tells', () => {
  const session = fake({ status: 'loading' });
  const told = heard(session);
  session.set({ status: 'active' });
  session.set({ status: 'active' });
  session.set({ status: 'warning' });
  session.set({ status: 'active' });
  session.set({ connection: 'offline' });
  session.set({ status: 'ended' });
  session.emit('replaced', { sameUser: false });
  expect(told).toEqual([
    ...['change', 'active'],
    ...['change', 'warning'],
    ...['change', 'extended'],
    'change',
    ...['change', 'ended'],
    'replaced',
  ]);
});

test('the snapshot is the same object until something in it changes', () => {
  const session = fake();
  const before = session.getSnapshot();
  session.set({ status: 'active' });
  expect(session.getSnapshot()).toBe(before);
});

test('a listener that unsubscribes is told nothing more', () => {
  const session = fake();
  let told = 0;
  const leave = session.subscribe(() => {
    told += 1;
  });
  leave();
  session.set({ status: 'none' });
  expect(told).toBe(0);
});

test('extending closes the warning where the server can be reached, and there alone', async () => {
  const session = fake({ status: 'warning', connection: 'offline' });
  expect(await session.extend()).toBe(false);
  session.set({ connection: 'online' });
  expect(await session.extend()).toBe(true);
  expect(session.getSnapshot()).toMatchObject({ status: 'active', expiresAt: NOW + 900_000 });
  session.set({ status: 'ended' });
  expect(await session.extend()).toBe(false);
});

test('signing out ends the session where the server can be reached, and there alone', async () => {
  const session = fake({ status: 'active', connection: 'unavailable' });
  const told = heard(session);
  expect(await session.signOut()).toBeUndefined();
  session.set({ connection: 'online' });
  expect(await session.signOut()).toEqual({});
  expect(session.getSnapshot()).toMatchObject({ status: 'ended', reason: 'signed-out' });
  expect(told).toEqual(['change', 'signed-out', 'change', 'ended']);
  expect(await session.signOut()).toEqual({});
});

test('the status is the user’s while they are signed in', () => {
  const user = { name: 'Ada', email: 'ada@example.com' };
  const session = createFakeSession({ status: 'warning' }, { clock, subject: 'ada', user });
  expect(session.getStatus()).toMatchObject({ subject: 'ada', user, remainingMs: 120_000 });
  expect(session.getStatus()?.sessionId).toMatch(/^[\w-]{22}$/);
  session.set({ status: 'ended' });
  expect(session.getStatus()).toBeNull();
});

test('its fetch is the one that it is given', async () => {
  const session = createFakeSession(undefined, { fetch: async () => new Response('orders') });
  expect(await (await session.fetch('/api/orders')).text()).toBe('orders');
});

test('an operation is held as it is, and nothing else is done', async () => {
  const session = fake();
  const told = heard(session);
  session.start();
  session.reportActivity();
  expect(await session.holdActive(Promise.resolve('done'))).toBe('done');
  expect(await session.refresh()).toBe(session.getSnapshot());
  session.stop();
  expect(told).toEqual([]);
});
