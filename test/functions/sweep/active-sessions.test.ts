import { describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import type { DueEntry, DueIndex } from '../../../functions/store/due-index.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { countActive } from '../../../functions/sweep/active-sessions.ts';
import { createSweepHandler } from '../../../functions/sweep/handler.ts';
import { createRecorder } from '../../support/observers.ts';
import { hashOf, MINUTE, newSession, SECOND, T0 } from '../../support/sessions.ts';

/** An index whose shards hold so many sessions, in pages of 10. */
function index(sizes: readonly number[]): { store: DueIndex; asked: number[] } {
  const asked: number[] = [];
  const countDue = async (shard: number, after?: DueEntry) => {
    asked.push(shard);
    const from = after?.dueAt ?? 0;
    const left = sizes[shard]! - from;
    const count = Math.min(10, left);
    return { count, next: left > 10 ? { sessionId: 's', dueAt: from + count } : undefined };
  };
  return { store: { countDue } as unknown as DueIndex, asked };
}

describe('countActive', () => {
  test('is exact while every shard fits one page, with a request a shard', async () => {
    const { store, asked } = index([10, 0, 3, 10]);
    expect(await countActive(store, 4, 7, () => true)).toEqual({ count: 23, isEstimate: false });
    expect(asked).toEqual([0, 1, 2, 3]);
  });

  test.each([
    [0, 0, 108],
    [1, 1, 96],
    [5, 1, 96],
  ])('beyond that counts one shard by turns: turn %i, shard %i', async (turn, shard, count) => {
    const { store, asked } = index([27, 24, 25, 26]);
    expect(await countActive(store, 4, turn, () => true)).toEqual({ count, isEstimate: true });
    expect(asked).toEqual([0, shard, shard, shard]);
  });

  test('and reads no further page when time is up', async () => {
    const { store, asked } = index([27, 24]);
    expect(await countActive(store, 2, 0, () => false)).toEqual({ count: 20, isEstimate: true });
    expect(asked).toEqual([0, 0]);
  });
});

test('a count that fails is logged, and each sweep of the invocation is made and reported all the same', async () => {
  const memory = createMemoryStore();
  await memory.create(newSession(), hashOf('right'));
  const store = { ...memory, countDue: () => Promise.reject(new SessionError('ERR_STORE_UNAVAILABLE')) };
  const seen = createRecorder();
  let now = T0 + 15 * MINUTE;
  const ends = now + 75 * SECOND;
  const wait = async (ms: number) => {
    now += ms;
  };
  const handler = createSweepHandler({
    ...seen,
    store,
    now: () => now,
    wait,
    everyMs: 10 * SECOND,
    concurrency: 1,
  });
  await handler({}, { getRemainingTimeInMillis: () => ends - now });
  expect(seen.valuesOf('SweepBacklog')).toHaveLength(6);
  expect(seen.valuesOf('ActiveSessions')).toEqual([]);
  expect(seen.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});
