import { expect, test } from '@jest/globals';
import { trimSpaces } from '../../core/spaces.ts';

test.each([
  ['', ''],
  ['a', 'a'],
  [' \t a b\t ', 'a b'],
  [' \t ', ''],
  ['a\t', 'a'],
  ['\ta', 'a'],
])('drops SP and HTAB around %j', (text, trimmed) => {
  expect(trimSpaces(text)).toBe(trimmed);
});

test.each(['\u00a0', '\ufeff', '\u2003', '\n', '\r', '\v', '\f', '\0'])('keeps %j', (character) => {
  expect(trimSpaces(`${character}a${character}`)).toBe(`${character}a${character}`);
});
