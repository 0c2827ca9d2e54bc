import { expect, test } from '@jest/globals';
import {
  type Activity,
  changesAt,
  type Deadlines,
  NEVER,
  phaseAt,
  pulseIntervalMs,
  pulsesAt as pulsesAtWith,
  secondsLeft,
  warnsAt,
} from '../../core/countdown.ts';

const MINUTE = 60_000;
const START = 1_000_000;

/** Active at START, with the default policy. */
const deadlines: Deadlines = {
  idleTimeoutMs: 15 * MINUTE,
  warnBeforeMs: 2 * MINUTE,
  idleExpiresAt: START + 15 * MINUTE,
  absoluteExpiresAt: START + 12 * 60 * MINUTE,
};
const pulsesAt = (given: Deadlines, known: Activity) => pulsesAtWith(given, known, MINUTE);
const quiet: Activity = { ownAt: 0, activityAt: 0, pulsedAt: 0, toldAt: 0 };

test.each([
  [-1, 'active'],
  [0, 'warning'],
  [1, 'warning'],
])('%i ms from the warning: %s', (delta, phase) => {
  expect(phaseAt(deadlines, START + 13 * MINUTE + delta)).toBe(phase);
});

test.each([
  [-1, 'warning'],
  [0, 'over'],
  [1, 'over'],
])('%i ms from the deadline: %s', (delta, phase) => {
  expect(phaseAt(deadlines, START + 15 * MINUTE + delta)).toBe(phase);
});

test('without a warning a session goes from active to over', () => {
  const silent = { ...deadlines, warnBeforeMs: 0 };
  expect(phaseAt(silent, START + 15 * MINUTE - 1)).toBe('active');
  expect(phaseAt(silent, START + 15 * MINUTE)).toBe('over');
});

test('the warning comes before the earlier of the two limits', () => {
  expect(warnsAt(deadlines)).toBe(START + 13 * MINUTE);
  expect(warnsAt({ ...deadlines, absoluteExpiresAt: START + 10 * MINUTE })).toBe(START + 8 * MINUTE);
});

test.each([
  [15 * MINUTE - 60_001, 61],
  [15 * MINUTE - 60_000, 60],
  [15 * MINUTE - 59_999, 60],
  [15 * MINUTE - 1, 1],
  [15 * MINUTE, 0],
  [16 * MINUTE, 0],
])('after %i ms it shows %i seconds', (passed, seconds) => {
  expect(secondsLeft(deadlines, START + passed)).toBe(seconds);
});

test('the next change is the warning, then each second, then none', () => {
  expect(changesAt(deadlines, START)).toBe(START + 13 * MINUTE);
  expect(changesAt(deadlines, START + 13 * MINUTE)).toBe(START + 13 * MINUTE + 1_000);
  expect(changesAt(deadlines, START + 15 * MINUTE - 1)).toBe(START + 15 * MINUTE);
  expect(changesAt(deadlines, START + 15 * MINUTE)).toBe(NEVER);
});

test.each([
  ['a minute when nothing else is wanted', {}, undefined, MINUTE],
  ['as wanted', {}, 30_000, 30_000],
  [
    'at most a quarter of the idle timeout',
    { idleTimeoutMs: 2 * MINUTE, warnBeforeMs: 0 },
    undefined,
    30_000,
  ],
  [
    'at most half the time without a warning',
    { idleTimeoutMs: 40_000, warnBeforeMs: 30_000 },
    undefined,
    5_000,
  ],
  ['none when a warning always shows', { idleTimeoutMs: 1_000, warnBeforeMs: 1_000 }, undefined, 0],
])('the interval between pulses is %s', (_name, change, wanted, expected) => {
  expect(pulseIntervalMs({ ...deadlines, ...change }, wanted)).toBe(expected);
});

test('without activity that the server does not know there is nothing to tell', () => {
  expect(pulsesAt(deadlines, quiet)).toBe(NEVER);
  expect(pulsesAt(deadlines, { ...quiet, ownAt: START, activityAt: START })).toBe(NEVER);
  expect(pulsesAt(deadlines, { ...quiet, ownAt: START + 5, toldAt: START + 5 })).toBe(NEVER);
});

test('own activity is told an interval after what the server knows, or after the last pulse', () => {
  expect(pulsesAt(deadlines, { ...quiet, ownAt: START + 1 })).toBe(START + MINUTE);
  expect(pulsesAt(deadlines, { ...quiet, ownAt: START + 9_000, pulsedAt: START + 8_000 })).toBe(
    START + 8_000 + MINUTE,
  );
});

test('another tab’s activity is told only when the warning would open', () => {
  expect(pulsesAt(deadlines, { ...quiet, activityAt: START + 1 })).toBe(START + 13 * MINUTE);
});

test('what is not yet told is told before the warning opens, whatever the interval', () => {
  const activity = { ...quiet, ownAt: START + 12 * MINUTE, pulsedAt: START + 12.5 * MINUTE };
  expect(pulsesAt(deadlines, activity)).toBe(START + 13 * MINUTE);
});

test('nothing is told once only the absolute limit counts', () => {
  const last = { ...deadlines, absoluteExpiresAt: deadlines.idleExpiresAt };
  expect(pulsesAt(last, { ...quiet, ownAt: START + 1 })).toBe(NEVER);
  expect(
    pulsesAt({ ...last, absoluteExpiresAt: last.idleExpiresAt + 1 }, { ...quiet, ownAt: START + 1 }),
  ).toBe(START + MINUTE);
});
