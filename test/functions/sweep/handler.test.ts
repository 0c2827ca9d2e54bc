import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import type { Store } from '../../../functions/store/store.ts';
import { createSweepHandler, TO_REPORT_MS } from '../../../functions/sweep/handler.ts';
import { createRecorder, type Recorder } from '../../support/observers.ts';
import { hashOf, MINUTE, newSession, SECOND, T0 } from '../../support/sessions.ts';

let now: number;
let store: Store;
let seen: Recorder;
const sweeps = () => seen.lines.filter(({ message }) => message === 'sweep');

/** An invocation with `timeoutMs` to go. A pause moves the time. */
async function invoke(everyMs = MINUTE, timeoutMs = 75 * SECOND, using = store): Promise<void> {
  const ends = now + timeoutMs;
  const handler = createSweepHandler({
    ...seen,
    store: using,
    now: () => now,
    wait: async (ms) => {
      now += ms;
    },
    everyMs,
    concurrency: 4,
  });
  await handler({}, { getRemainingTimeInMillis: () => ends - now });
}

beforeEach(async () => {
  now = T0;
  seen = createRecorder();
  store = createMemoryStore({ dueShards: 2 });
});

describe('an invocation', () => {
  test('sweeps once where the interval is the schedule’s own, and reports the result', async () => {
    const [live, idle, touched] = [newSession({ createdAt: T0 + MINUTE }), newSession(), newSession()];
    for (const session of [live, idle, touched]) await store.create(session!, hashOf('right'));
    const at = T0 + MINUTE;
    await store.touch({
      ...touched!,
      secretHash: hashOf('right'),
      now: at,
      activityAt: at,
      activeUntil: at,
    });
    now = T0 + 15 * MINUTE + 400;
    await invoke();
    expect(sweeps()).toMatchObject([
      { data: { shards: 2, due: 2, ended: 1, rearmed: 1, latenessMs: 400, complete: true } },
    ]);
    expect(seen.flushes).toEqual([
      { dimensions: {}, values: { FailedSweeps: [0], SweepRearmed: [1], SweepBacklog: [400] } },
      { dimensions: {}, values: { ActiveSessions: [2] } },
    ]);
  });

  test.each([
    [MINUTE, 1],
    [30 * SECOND, 2],
    [10 * SECOND, 6],
    [40 * SECOND, 2],
  ])('every %i ms sweeps %i times before the next one starts', async (everyMs, times) => {
    await invoke(everyMs);
    expect(sweeps()).toHaveLength(times);
    expect(now - T0).toBe((times - 1) * everyMs);
    expect(seen.valuesOf('ActiveSessions')).toHaveLength(1);
  });

  test('does not wait for a sweep that its time is too short for', async () => {
    await invoke(10 * SECOND, 41 * SECOND);
    expect(now - T0).toBe(30 * SECOND);
    expect(sweeps()).toHaveLength(4);
  });

  test('ends when the time has jumped past the next tick', async () => {
    const handler = createSweepHandler({
      ...seen,
      store,
      now: () => now,
      wait: async () => {
        now += 60 * MINUTE;
      },
      everyMs: 10 * SECOND,
      concurrency: 1,
    });
    await handler({}, { getRemainingTimeInMillis: () => MINUTE });
    expect(sweeps()).toHaveLength(2);
  });
});

test('requests are given up in time to report what is done', async () => {
  const { signal } = new AbortController();
  const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(signal);
  const within = jest.spyOn(store, 'within');
  await invoke();
  expect(timeout.mock.calls).toEqual([[75 * SECOND - TO_REPORT_MS]]);
  expect(within.mock.calls).toEqual([[signal]]);
  jest.restoreAllMocks();
});

describe('a failure', () => {
  test('to read the number of shards is reported as a failed sweep, and nothing is known of backlog and sessions', async () => {
    const broken = { ...store, dueShards: () => Promise.reject(new SessionError('ERR_STORE_UNAVAILABLE')) };
    await invoke(MINUTE, 75 * SECOND, broken);
    expect(seen.flushes).toEqual([{ dimensions: {}, values: { FailedSweeps: [1], SweepRearmed: [0] } }]);
    expect(seen.lines).toMatchObject([
      { level: 'error', message: 'sweep failed', data: { failure: { code: 'ERR_STORE_UNAVAILABLE' } } },
      { level: 'info', message: 'sweep', data: { shards: 0, complete: false } },
    ]);
  });

  test('to read the number of shards once does not keep the invocation from its next sweep', async () => {
    let reads = 0;
    const dueShards = async () => {
      reads += 1;
      if (reads === 1) throw new SessionError('ERR_STORE_UNAVAILABLE');
      return 2;
    };
    await invoke(30 * SECOND, 75 * SECOND, { ...store, dueShards });
    expect(seen.valuesOf('FailedSweeps')).toEqual([1, 0]);
    expect(seen.valuesOf('SweepBacklog')).toEqual([0]);
  });

  test('to read a shard leaves the backlog unreported, which is what the alarm for a silent sweep watches', async () => {
    const broken = { ...store, due: () => Promise.reject(new SessionError('ERR_STORE_UNAVAILABLE')) };
    await invoke(MINUTE, MINUTE, broken);
    expect(seen.valuesOf('SweepBacklog')).toEqual([]);
    expect(seen.valuesOf('SweepRearmed')).toEqual([0]);
    expect(seen.valuesOf('FailedSweeps')).toEqual([1]);
    expect(seen.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  test('of many sessions logs the first ten', async () => {
    for (let i = 0; i < 50; i += 1) await store.create(newSession(), hashOf('right'));
    now = T0 + 15 * MINUTE;
    const broken = { ...store, end: () => Promise.reject(new SessionError('ERR_STORE_UNAVAILABLE')) };
    await invoke(MINUTE, MINUTE, broken);
    expect(seen.lines.filter(({ level }) => level === 'error')).toHaveLength(10);
    expect(sweeps()).toMatchObject([{ data: { failures: 50, ended: 0 } }]);
    expect(seen.valuesOf('SweepBacklog')).toEqual([0]);
  });
});
