import { expect, jest, test } from '@jest/globals';
import { LocalClock } from '../../../local/clock.ts';
import { Schedule } from '../../../local/lambda/schedule.ts';

test('a jump over many ticks fires once; short of the next, it fires nothing', async () => {
  const clock = new LocalClock();
  const fire = jest.fn(async () => undefined);
  const schedule = new Schedule({ everyMs: 60_000, clock, fire });
  clock.advance(30_000);
  await schedule.catchUp();
  expect(fire).toHaveBeenCalledTimes(0);
  clock.advance(3_600_000);
  await schedule.catchUp();
  expect(fire).toHaveBeenCalledTimes(1);
  await schedule.catchUp();
  expect(fire).toHaveBeenCalledTimes(1);
  await schedule.close();
});

test('closing waits for what runs, and nothing fires after it', async () => {
  const clock = new LocalClock();
  let finish = () => {};
  const fire = jest.fn(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  const schedule = new Schedule({ everyMs: 1_000, clock, fire });
  clock.advance(1_000);
  const ran = schedule.catchUp();
  const closed = schedule.close();
  finish();
  await Promise.all([ran, closed]);
  clock.advance(10_000);
  await schedule.catchUp();
  expect(fire).toHaveBeenCalledTimes(1);
});
