import { expect, test } from '@jest/globals';
import { readPolicy } from '../../../dev/panel/policy.ts';

const FIELDS = {
  idleTimeoutMs: '15m',
  absoluteTimeoutMs: '12h',
  warnBeforeMs: '90s',
  absoluteWarnBeforeMs: '10m',
  touchIntervalMs: '500ms',
  browserClose: 'run',
};
const read = (change: Partial<typeof FIELDS> = {}) =>
  readPolicy(new Map(Object.entries({ ...FIELDS, ...change })));

test('a policy is read as people write durations, and short ones are welcome', () => {
  expect(read()).toEqual({
    idleTimeoutMs: 900_000,
    absoluteTimeoutMs: 43_200_000,
    warnBeforeMs: 90_000,
    absoluteWarnBeforeMs: 600_000,
    touchIntervalMs: 500,
    browserClose: 'run',
    allowShortWarning: true,
    allowShortAbsoluteTimeout: true,
  });
});

test.each(['15', '', 'soon'])('%p is no duration, and its field is named', (idleTimeoutMs) => {
  expect(read({ idleTimeoutMs })).toMatch(/^Idle timeout: a number and a unit/);
});
