import { expect, test } from '@jest/globals';
import { createPool } from '../../functions/pool.ts';

test('a pool has no more jobs running than places, begins them in order, and survives their failures', async () => {
  const pool = createPool(2);
  const begun: number[] = [];
  const jobs = [0, 1, 2, 3].map((n) =>
    pool(async () => {
      begun.push(n);
      await new Promise((resolve) => setImmediate(resolve));
      if (n === 1) throw new Error('one');
      return n;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  const results = await Promise.allSettled(jobs);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(begun).toEqual([0, 1, 2, 3]);
  expect(await pool(async () => 'free')).toBe('free');
});
