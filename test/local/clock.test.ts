import { expect, test } from '@jest/globals';
import { LocalClock, moveDate } from '../../local/clock.ts';

test('one write moves every Date that reads the memory; values stay what they are', () => {
  const clock = new LocalClock();
  const moved = { Date };
  moveDate(clock.memory, moved);
  const hour = 3_600_000;
  const before = Date.now();
  clock.advance(hour);
  for (const now of [moved.Date.now(), new moved.Date().getTime(), clock.now()]) {
    expect(now).toBeGreaterThanOrEqual(before + hour);
    expect(now).toBeLessThan(before + hour + 60_000);
  }
  expect(new moved.Date(5).getTime()).toBe(5);
  expect(new moved.Date('2026-01-01T00:00:00Z').toISOString()).toBe('2026-01-01T00:00:00.000Z');
  expect(moved.Date.UTC(2026, 0)).toBe(Date.UTC(2026, 0));
  expect(Date.parse(moved.Date())).toBeGreaterThanOrEqual(before + hour - 1_000);
  expect(new moved.Date() instanceof Date).toBe(true);
  expect(Date.now()).toBeLessThan(before + hour);
});
