import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  changesAt,
  type Deadlines,
  NEVER,
  phaseAt,
  pulseIntervalMs,
  pulsesAt,
  secondsLeft,
  warnsAt,
} from '../../core/countdown.ts';
import { expiresAt } from '../../core/lifecycle.ts';

const time = fc.integer({ min: 0, max: 2 ** 42 });
const deadlines: fc.Arbitrary<Deadlines> = fc
  .record({
    idleTimeoutMs: fc.integer({ min: 1, max: 86_400_000 }),
    warnShare: fc.double({ min: 0, max: 1, noNaN: true }),
    activeUntil: time,
    absoluteExpiresAt: time,
  })
  .map(({ idleTimeoutMs, warnShare, activeUntil, absoluteExpiresAt }) => ({
    idleTimeoutMs,
    warnBeforeMs: Math.floor(idleTimeoutMs * warnShare),
    idleExpiresAt: activeUntil + idleTimeoutMs,
    absoluteExpiresAt,
  }));
const activity = fc.record({
  ownAt: time,
  activityAt: time,
  pulsedAt: time,
  toldAt: time,
});
const ORDER = ['active', 'warning', 'over'];

test('phases only go on, and the next change is exactly when something changes', () => {
  fc.assert(
    fc.property(deadlines, time, (given, now) => {
      const next = changesAt(given, now);
      if (phaseAt(given, now) === 'over') return next === NEVER;
      const shown = (at: number) =>
        `${phaseAt(given, at)} ${phaseAt(given, at) === 'active' ? '' : secondsLeft(given, at)}`;
      expect(next).toBeGreaterThan(now);
      expect(shown(next - 1)).toBe(shown(now));
      expect(shown(next)).not.toBe(shown(now));
      return ORDER.indexOf(phaseAt(given, next)) >= ORDER.indexOf(phaseAt(given, now));
    }),
  );
});

test('seconds are 0 only when it is over', () => {
  fc.assert(
    fc.property(deadlines, time, (given, now) => (secondsLeft(given, now) === 0) === now >= expiresAt(given)),
  );
});

test('activity that the server does not know is told before the warning, and only such activity', () => {
  fc.assert(
    fc.property(deadlines, activity, fc.nat(86_400_000), (given, known, interval) => {
      const due = pulsesAt(given, known, interval);
      if (due !== NEVER) {
        expect(due).toBeLessThanOrEqual(warnsAt(given));
        expect(Math.max(known.ownAt, known.activityAt)).toBeGreaterThan(known.toldAt);
        expect(given.idleExpiresAt).toBeLessThan(given.absoluteExpiresAt);
      }
    }),
  );
});

test('two pulses fit between an activity and the warning that would follow it', () => {
  fc.assert(
    fc.property(deadlines, fc.double({ min: 0, noNaN: true }), (given, wanted) => {
      const interval = pulseIntervalMs(given, wanted);
      expect(interval).toBeLessThanOrEqual(Math.max(0, (given.idleTimeoutMs - given.warnBeforeMs) / 2));
      expect(interval).toBeLessThanOrEqual(given.idleTimeoutMs / 4);
    }),
  );
});
