import { describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import type { Store } from '../../../functions/store/store.ts';
import { type SweepFailure, type SweepOptions, sweep } from '../../../functions/sweep/sweep.ts';
import { hashOf, MINUTE, newSession, SECOND, T0 } from '../../support/sessions.ts';

const RIGHT = hashOf('right');
const unavailable = () => new SessionError('ERR_STORE_UNAVAILABLE');

async function filled(count: number, store = createMemoryStore({ dueShards: 3 })) {
  const sessions = Array.from({ length: count }, (_, i) => newSession({ createdAt: T0 + i }));
  for (const session of sessions) await store.create(session, RIGHT);
  return { store, sessions };
}

function sweepAt(store: Store, now: number, options: Partial<SweepOptions> = {}) {
  return sweep({ store, now: () => now, concurrency: 4, hasTime: () => true, onFailure: fail, ...options });
}

function fail({ cause }: SweepFailure): never {
  throw cause;
}

const read = async (store: Store, { sessionId }: { sessionId: string }) =>
  (await store.read(sessionId))!.session;

describe('a sweep', () => {
  test.each([-1, 0, 1])(
    '%i ms from its deadline ends an expired session and leaves a live one',
    async (offset) => {
      const { store, sessions } = await filled(1);
      const now = sessions[0]!.idleExpiresAt + offset;
      const report = await sweepAt(store, now);
      const session = await read(store, sessions[0]!);
      if (offset < 0) {
        expect(report).toMatchObject({ due: 0, ended: 0, backlogMs: 0 });
        expect(session.state).toBe('active');
      } else {
        expect(report).toMatchObject({ due: 1, ended: 1, backlogMs: offset, latenessMs: offset });
        expect(session).toMatchObject({ state: 'ended', endReason: 'idle', endedAt: now });
      }
    },
  );

  test('makes a session that lived on due at its present deadline, and ends it then', async () => {
    const { store, sessions } = await filled(1);
    const [session] = sessions;
    const at = T0 + 10 * MINUTE;
    await store.touch({ ...session!, secretHash: RIGHT, now: at, activityAt: at, activeUntil: at });
    const first = await sweepAt(store, T0 + 20 * MINUTE);
    expect(first).toMatchObject({ due: 1, ended: 0, rearmed: 1, backlogMs: 5 * MINUTE, latenessMs: 0 });
    expect(await sweepAt(store, at + 15 * MINUTE - 1)).toMatchObject({ due: 0 });
    expect(await sweepAt(store, at + 15 * MINUTE + 7)).toMatchObject({ due: 1, ended: 1, latenessMs: 7 });
  });

  test.each([
    ['absolute', { idleTimeoutMs: MINUTE, absoluteTimeoutMs: MINUTE }, MINUTE],
    ['closed', {}, 30 * SECOND],
  ] as const)('ends by the limit %s', async (reason, input, after) => {
    const store = createMemoryStore();
    const session = newSession(input);
    await store.create(session, RIGHT);
    if (reason === 'closed') {
      await store.startCloseGrace({ ...session, secretHash: RIGHT, now: T0, graceMs: 30 * SECOND });
    }
    expect(await sweepAt(store, T0 + after - 1)).toMatchObject({ ended: 0 });
    expect(await sweepAt(store, T0 + after + 3)).toMatchObject({ ended: 1, latenessMs: 3 });
    expect(await read(store, session)).toMatchObject({ endReason: reason });
  });

  test('makes a session whose close grace was cancelled due later', async () => {
    const { store, sessions } = await filled(1);
    const request = { sessionId: sessions[0]!.sessionId, secretHash: RIGHT, now: T0 };
    await store.startCloseGrace({ ...request, graceMs: 30 * SECOND });
    await store.cancelCloseGrace({ ...request, now: T0 + 1 });
    expect(await sweepAt(store, T0 + MINUTE)).toMatchObject({ due: 1, rearmed: 1, ended: 0 });
    expect(await sweepAt(store, T0 + 15 * MINUTE)).toMatchObject({ due: 1, ended: 1 });
  });

  test('goes through every page of every shard, the earliest first', async () => {
    const { store, sessions } = await filled(50);
    const endedAt: number[] = [];
    const watched: Store = {
      ...store,
      async end(request) {
        endedAt.push(sessions.findIndex(({ sessionId }) => sessionId === request.sessionId));
        return store.end(request);
      },
    };
    const report = await sweepAt(watched, T0 + 20 * MINUTE, { pageSize: 4, concurrency: 1 });
    expect(report).toMatchObject({ shards: 3, due: 50, ended: 50, complete: true, backlogMs: 5 * MINUTE });
    expect(new Set(endedAt).size).toBe(50);
    const { entries } = await store.due({ shard: 0, until: Number.MAX_SAFE_INTEGER, limit: 99 });
    expect(entries).toEqual([]);
    // With one place, shard after shard: within each the order is that of the deadlines.
    const falls = endedAt.filter((n, i) => i > 0 && n < endedAt[i - 1]!).length;
    expect(falls).toBeLessThanOrEqual(2);
  });

  test('never has more writes in progress than its concurrency', async () => {
    const { store } = await filled(40);
    let under = 0;
    let most = 0;
    const slow: Store = {
      ...store,
      async end(request) {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
        return store.end(request);
      },
    };
    await sweepAt(slow, T0 + 20 * MINUTE, { concurrency: 5 });
    expect(most).toBe(5);
  });

  test('begins no page when time is up, and the next sweep continues', async () => {
    const { store } = await filled(30);
    let pages = 0;
    const some = await sweepAt(store, T0 + 20 * MINUTE, {
      pageSize: 3,
      concurrency: 1,
      hasTime: () => {
        pages += 1;
        return pages <= 4;
      },
    });
    expect(some.complete).toBe(false);
    expect(some.ended).toBeGreaterThanOrEqual(8);
    expect(some.ended).toBeLessThanOrEqual(12);
    const rest = 30 - some.ended;
    expect(await sweepAt(store, T0 + 20 * MINUTE)).toMatchObject({ due: rest, ended: rest, complete: true });
  });

  test('leaves a session that a touch overtook, and does not count it', async () => {
    const { store, sessions } = await filled(1);
    const [session] = sessions;
    const now = session!.idleExpiresAt;
    const racing: Store = {
      ...store,
      async end(request) {
        const at = now - 1;
        await store.touch({ ...session!, secretHash: RIGHT, now: at, activityAt: at, activeUntil: at });
        return store.end(request);
      },
    };
    expect(await sweepAt(racing, now)).toMatchObject({ due: 1, ended: 0, rearmed: 0, failures: 0 });
    expect((await read(store, session!)).state).toBe('active');
  });

  test('passes over sessions that ended meanwhile, and rows that are gone', async () => {
    const { store, sessions } = await filled(3);
    const stale: Store = {
      ...store,
      due: async ({ shard }) => ({
        entries:
          shard > 0
            ? []
            : [
                { sessionId: 'gone', dueAt: T0 },
                ...sessions.map(({ sessionId }) => ({ sessionId, dueAt: T0 + 1 })),
              ],
        next: undefined,
      }),
    };
    await store.end({ sessionId: sessions[1]!.sessionId, reason: 'revoked', now: T0 + 1 });
    expect(await sweepAt(stale, T0 + 20 * MINUTE)).toMatchObject({ due: 4, ended: 2, failures: 0 });
    expect(await read(store, sessions[1]!)).toMatchObject({ endReason: 'revoked' });
  });
});

describe('a failure', () => {
  test('of one session leaves the others to end', async () => {
    const { store, sessions } = await filled(10);
    const failures: SweepFailure[] = [];
    const broken: Store = {
      ...store,
      async end(request) {
        if (request.sessionId === sessions[4]!.sessionId) throw unavailable();
        return store.end(request);
      },
    };
    const report = await sweepAt(broken, T0 + 20 * MINUTE, { onFailure: (f) => failures.push(f) });
    expect(report).toMatchObject({ due: 10, ended: 9, failures: 1, unreadShards: 0, complete: true });
    expect(failures).toMatchObject([{ sessionId: sessions[4]!.sessionId }]);
    expect(await sweepAt(store, T0 + 20 * MINUTE)).toMatchObject({ due: 1, ended: 1 });
  });

  test('of one shard leaves the others to be swept', async () => {
    const { store } = await filled(30);
    const broken: Store = {
      ...store,
      async due(request) {
        if (request.shard === 1) throw unavailable();
        return store.due(request);
      },
    };
    const failures: SweepFailure[] = [];
    const report = await sweepAt(broken, T0 + 20 * MINUTE, { onFailure: (f) => failures.push(f) });
    expect(report).toMatchObject({ unreadShards: 1, complete: false });
    expect(report.ended).toBeGreaterThan(0);
    expect(failures).toMatchObject([{ shard: 1 }]);
    expect((await sweepAt(store, T0 + 20 * MINUTE)).ended).toBe(30 - report.ended);
  });

  test('of a row that can’t be understood keeps none behind it from ending', async () => {
    const { store, sessions } = await filled(10, createMemoryStore());
    const broken: Store = {
      ...store,
      async readMany(ids) {
        const { sessionId } = sessions[0]!;
        const found = (await store.readMany(ids)).sessions.filter(
          (session) => session.sessionId !== sessionId,
        );
        return { sessions: found, unreadable: [{ sessionId, cause: new SessionError('ERR_INTERNAL') }] };
      },
    };
    const failures: SweepFailure[] = [];
    const report = await sweepAt(broken, T0 + 20 * MINUTE, { onFailure: (f) => failures.push(f) });
    expect(report).toMatchObject({ due: 10, ended: 9, failures: 1 });
    expect(failures).toMatchObject([{ sessionId: sessions[0]!.sessionId }]);
    // It stays due, and hides no backlog: a later sweep has none.
    const later = await sweepAt(broken, T0 + 90 * MINUTE, { onFailure: () => {} });
    expect(later).toMatchObject({ due: 1, failures: 1, backlogMs: 0 });
  });

  test('of entries that no session stands behind keeps none from ending, and says how many they are', async () => {
    const { store } = await filled(4, createMemoryStore());
    const strays = ['a', 'b'].map((letter) => ({ sessionId: letter.repeat(22), dueAt: T0 }));
    const littered: Store = {
      ...store,
      async due(request) {
        const page = await store.due(request);
        return { ...page, entries: [...strays, ...page.entries] };
      },
    };
    expect(await sweepAt(store, T0 + MINUTE)).toMatchObject({ due: 0, strays: 0 });
    const report = await sweepAt(littered, T0 + 20 * MINUTE);
    expect(report).toMatchObject({ due: 6, ended: 4, failures: 0, strays: 2, complete: true });
    // They hide no backlog, and make none.
    expect(report.backlogMs).toBe(5 * MINUTE);
    expect(await sweepAt(littered, T0 + 40 * MINUTE)).toMatchObject({ due: 2, strays: 2, backlogMs: 0 });
  });

  test('to read a page leaves the shard to the next sweep', async () => {
    const { store } = await filled(3);
    const broken: Store = { ...store, readMany: () => Promise.reject(unavailable()) };
    const report = await sweepAt(broken, T0 + 20 * MINUTE, { onFailure: () => {} });
    expect(report).toMatchObject({ ended: 0, complete: false });
  });
});
