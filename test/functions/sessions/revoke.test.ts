import { expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { revokeEach } from '../../../functions/sessions/revoke.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { endReasonOf, hashOf, newSession, T0 } from '../../support/sessions.ts';

async function stored(count: number) {
  const store = createMemoryStore();
  const sessions = Array.from({ length: count }, () => newSession());
  for (const session of sessions) await store.create(session, hashOf('right'));
  const reasons = () =>
    Promise.all(sessions.map(async ({ sessionId }) => endReasonOf((await store.read(sessionId))?.session)));
  return { store, sessions, reasons };
}

test('sessions are revoked once; a repeat revokes none', async () => {
  const { store, sessions, reasons } = await stored(40);
  expect(await revokeEach({ store, now: T0 + 1 }, sessions)).toBe(40);
  expect(new Set(await reasons())).toEqual(new Set(['revoked']));
  expect(await revokeEach({ store, now: T0 + 2 }, sessions)).toBe(0);
});

test('a session that is gone is passed over, and the others are revoked', async () => {
  const { store, sessions, reasons } = await stored(2);
  const gone = newSession();
  expect(await revokeEach({ store, now: T0 + 1 }, [gone, ...sessions])).toBe(2);
  expect(await reasons()).toEqual(['revoked', 'revoked']);
});

test.each([
  [-1, 'revoked', 1],
  [0, 'idle', 0],
  [1, 'idle', 0],
])('%i ms from its deadline a session ends as %s', async (offset, reason, revoked) => {
  const { store, sessions, reasons } = await stored(1);
  const now = sessions[0]!.idleExpiresAt + offset;
  expect(await revokeEach({ store, now }, sessions)).toBe(revoked);
  expect(await reasons()).toEqual([reason]);
});

test('a failure of the store is thrown', async () => {
  const { store, sessions } = await stored(1);
  const broken = { ...store, end: () => Promise.reject(new SessionError('ERR_STORE_UNAVAILABLE')) };
  await expect(revokeEach({ store: broken, now: T0 + 1 }, sessions)).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
  });
});
