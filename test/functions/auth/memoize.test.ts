import { expect, test } from '@jest/globals';
import { memoizeUntilFailure } from '../../../functions/auth/memoize.ts';

test('a success is kept, for those who ask at once too', async () => {
  let made = 0;
  const value = memoizeUntilFailure(async () => ++made);
  expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
  expect(await value.get()).toBe(1);
});

test('a failure is shared by those who asked at once, and tried again by the next', async () => {
  let made = 0;
  const value = memoizeUntilFailure(async () => {
    made += 1;
    if (made === 1) throw new Error('down');
    return made;
  });
  const first = await Promise.allSettled([value.get(), value.get()]);
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await value.get()).toBe(2);
});

test('what is forgotten is made anew, and a late failure of the old one does not take the new one away', async () => {
  const fail: ((error: Error) => void)[] = [];
  let made = 0;
  const value = memoizeUntilFailure(() => {
    made += 1;
    return made === 1 ? new Promise<number>((_, reject) => fail.push(reject)) : Promise.resolve(made);
  });
  const first = value.get();
  value.forget();
  expect(await value.get()).toBe(2);
  fail[0]!(new Error('late'));
  await expect(first).rejects.toThrow('late');
  expect(await value.get()).toBe(2);
});
