import { expect, test } from '@jest/globals';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import fc from '../support/fast-check.ts';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['15m', 900_000],
  ['12h', 43_200_000],
  ['2d', 172_800_000],
  [' 1s ', 1_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '90', 's', '-1s', '1.5s', '1 s', '1S', '1w', '1e3s', 'NaNs'])(
  '%j is not a duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test('what is formatted is parsed again', () => {
  fc.assert(fc.property(fc.nat(), (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)));
});

test.each([
  [90_000, '90s'],
  [900_000, '15m'],
  [86_400_000, '1d'],
  [1_500, '1500ms'],
  [0, '0ms'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
