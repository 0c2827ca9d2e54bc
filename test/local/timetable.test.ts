import { expect, test } from '@jest/globals';
import { LocalClock } from '../../local/clock.ts';
import { Schedule } from '../../local/lambda/schedule.ts';
import { createLog } from '../../local/log.ts';
import { Timetable } from '../../local/timetable.ts';

function timetable(expire: (nowMs: number) => Promise<unknown>) {
  const clock = new LocalClock();
  const happened: string[] = [];
  const schedule = new Schedule({ everyMs: 60_000, clock, fire: async () => void happened.push('sweep') });
  const made = new Timetable({
    clock,
    schedules: [schedule],
    expire: async (nowMs) => {
      happened.push('ttl');
      await expire(nowMs);
    },
    settled: async () => void happened.push('settled'),
    log: createLog((line) => happened.push(line.slice(9)), false, clock.now),
  });
  return { made, clock, happened };
}

test('moving the time: the sweep and its announcements come before the deletions by TTL', async () => {
  const { made, clock, happened } = timetable(async () => {});
  const before = clock.now();
  const now = await made.advance(60_000);
  expect(now - before).toBeGreaterThanOrEqual(60_000);
  expect(happened).toEqual([
    expect.stringMatching(/^curfew {3}time moved by 60000 ms, to /),
    'sweep',
    'settled',
    'ttl',
    'settled',
  ]);
  await made.close();
});

test('a database that is out of reach stops nothing, and is noted', async () => {
  const { made, happened } = timetable(() => Promise.reject(new Error('ECONNREFUSED')));
  await made.advance(60_000);
  expect(happened.slice(-2)).toEqual(['note     no rows deleted by TTL: Error: ECONNREFUSED', 'settled']);
  await made.close();
});
