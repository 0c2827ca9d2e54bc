import { expect, test } from '@jest/globals';
import { refusingUndefined } from './option-types.ts';

test('what is an option is found wherever it is taken', () => {
  const file = 'test/package/checks/option-types.ts';
  expect(refusingUndefined([file])).toEqual([
    `${file}: (unnamed).refused`,
    `${file}: FrameProps.refused`,
    `${file}: Inner.refused`,
  ]);
});

test('every option of every export that may be left out may be undefined, too', () => {
  expect(refusingUndefined()).toEqual([]);
});
