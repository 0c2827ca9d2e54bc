import { describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { revokeEach, revokeSubject } from '../../../functions/sessions/revoke.ts';
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
  expect(await revokeEach({ store, now: T0 + 1 }, sessions)).toEqual({ revoked: 40, failed: 0 });
  expect(new Set(await reasons())).toEqual(new Set(['revoked']));
  expect(await revokeEach({ store, now: T0 + 2 }, sessions)).toEqual({ revoked: 0, failed: 0 });
});

test('a session that is gone is passed over, and the others are revoked', async () => {
  const { store, sessions, reasons } = await stored(2);
  const gone = newSession();
  expect(await revokeEach({ store, now: T0 + 1 }, [gone, ...sessions])).toEqual({ revoked: 2, failed: 0 });
  expect(await reasons()).toEqual(['revoked', 'revoked']);
});

test.each([
  [-1, 'revoked', 1],
  [0, 'idle', 0],
  [1, 'idle', 0],
])('%i ms from its deadline a session ends as %s', async (offset, reason, revoked) => {
  const { store, sessions, reasons } = await stored(1);
  const now = sessions[0]!.idleExpiresAt + offset;
  expect(await revokeEach({ store, now }, sessions)).toEqual({ revoked, failed: 0 });
  expect(await reasons()).toEqual([reason]);
});

test('a failure of the store is counted, and keeps none of the others', async () => {
  const { store, sessions, reasons } = await stored(3);
  const failing = {
    ...store,
    end: async (write: Parameters<typeof store.end>[0]) => {
      if (write.sessionId === sessions[1]!.sessionId) throw new SessionError('ERR_STORE_UNAVAILABLE');
      return store.end(write);
    },
  };
  expect(await revokeEach({ store: failing, now: T0 + 1 }, sessions)).toEqual({ revoked: 2, failed: 1 });
  expect(await reasons()).toEqual(['revoked', undefined, 'revoked']);
});

test('a defect is thrown', async () => {
  const { store, sessions } = await stored(1);
  const broken = { ...store, end: () => Promise.reject(new TypeError('a defect')) };
  await expect(revokeEach({ store: broken, now: T0 + 1 }, sessions)).rejects.toThrow('a defect');
});

test('no more than 32 are under way at once', async () => {
  const { store, sessions } = await stored(100);
  let underWay = 0;
  let most = 0;
  const counting = {
    ...store,
    end: async (write: Parameters<typeof store.end>[0]) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return store.end(write);
    },
  };
  await revokeEach({ store: counting, now: T0 + 1 }, sessions);
  expect(most).toBe(32);
});

describe('revokeSubject', () => {
  test('a user’s, page by page, but for one that is left alone', async () => {
    const { store, sessions, reasons } = await stored(250);
    const except = sessions[7]!.sessionId;
    const context = { store, now: T0 + 1 };
    expect(await revokeSubject(context, 'ada', { except })).toEqual({
      revoked: 249,
      remaining: 0,
      examined: 250,
    });
    expect((await reasons()).filter((reason) => reason === undefined)).toHaveLength(1);
    expect(endReasonOf((await store.read(except))?.session)).toBeUndefined();
  });

  test('no more than 1,000 or so a request: the same request goes on until nothing remains', async () => {
    const { store } = await stored(2_350);
    const context = { store, now: T0 + 1 };
    const counts: number[] = [];
    for (let request = 1; request <= 5; request += 1) {
      const { revoked, remaining } = await revokeSubject(context, 'ada');
      counts.push(revoked);
      if (remaining === 0) break;
    }
    expect(counts).toEqual([1_000, 1_000, 350]);
  });

  test('what failed remains, and is ended by a repeat', async () => {
    const { store, sessions } = await stored(5);
    let failures = 2;
    const failing = {
      ...store,
      end: async (write: Parameters<typeof store.end>[0]) => {
        failures -= 1;
        if (failures >= 0) throw new SessionError('ERR_STORE_UNAVAILABLE');
        return store.end(write);
      },
    };
    const context = { store: failing, now: T0 + 1 };
    expect(await revokeSubject(context, 'ada')).toMatchObject({ revoked: 3, remaining: 2 });
    expect(await revokeSubject(context, 'ada')).toMatchObject({ revoked: 2, remaining: 0 });
    expect(sessions).toHaveLength(5);
  });
});
