import { expect, test } from '@jest/globals';
import {
  changesAt,
  type Deadlines,
  NEVER,
  type PageState,
  phaseAt,
  plan,
  pulseIntervalMs,
  pulsesAt,
  secondsLeft,
  warnsAt,
} from '../../core/countdown.ts';
import { expiresAt } from '../../core/lifecycle.ts';
import fc from '../support/fast-check.ts';

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
/** A session, and a time near one of its own, where phases change. */
const near = (given: Deadlines): fc.Arbitrary<number> =>
  fc
    .tuple(fc.constantFrom(warnsAt(given), expiresAt(given)), fc.integer({ min: -70_000, max: 70_000 }))
    .map(([at, delta]) => Math.max(0, at + delta));
const activity = fc.record({
  ownAt: time,
  activityAt: time,
  pulsedAt: time,
  toldAt: time,
});
const ORDER = ['active', 'warning', 'expired'];

test('phases only go on, and the next change is exactly when something changes', () => {
  fc.assert(
    fc.property(deadlines, time, (given, now) => {
      const next = changesAt(given, now);
      if (phaseAt(given, now) === 'expired') return next === NEVER;
      const shown = (at: number) =>
        `${phaseAt(given, at)} ${phaseAt(given, at) === 'active' ? '' : secondsLeft(given, at)}`;
      expect(next).toBeGreaterThan(now);
      expect(shown(next - 1)).toBe(shown(now));
      expect(shown(next)).not.toBe(shown(now));
      return ORDER.indexOf(phaseAt(given, next)) >= ORDER.indexOf(phaseAt(given, now));
    }),
  );
});

test('seconds are 0 only once it has expired', () => {
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

const page: fc.Arbitrary<PageState> = fc.record({
  session: fc.option(deadlines),
  shared: fc.record({ activityAt: time, pulsedAt: time }),
  ownAt: time,
  toldAt: fc.oneof(time, fc.constant(0)),
  holds: fc.array(fc.tuple(fc.constant('an operation'), time), { maxLength: 3 }),
  intervalMs: fc.integer({ min: 1, max: 3_600_000 }),
  snapshot: fc.record({ status: fc.constantFrom('loading', 'none', 'active', 'warning', 'ended') }),
  unconfirmed: fc.boolean(),
  jumped: fc.boolean(),
  failures: fc.nat(5),
  late: fc.boolean(),
  busy: fc.nat(2),
  retryAt: time,
});
/** A page at any time, and at times at which something changes for it. */
const situation = page.chain((given) =>
  fc
    .oneof(time, given.session ? near(given.session) : time, fc.constantFrom(given.retryAt, given.ownAt))
    .map((now) => [given, now] as const),
);

test('a page always wakes later than now, and never sleeps over what it has to do', () => {
  fc.assert(
    fc.property(situation, ([given, now]) => {
      const { send, wakesAt } = plan(given, now);
      expect(wakesAt).toBeGreaterThan(now);
      // Up to then nothing else is sent, unless an answer or an event comes.
      const before = plan(given, Math.max(now, Math.min(wakesAt, 2 ** 43) - 1));
      if (send === null && [...given.holds].length === 0) expect(before.send).toBeNull();
    }),
  );
});

test('nothing is sent while a request is under way, nor before the next try', () => {
  fc.assert(
    fc.property(situation, ([given, now]) => {
      const { send } = plan(given, now);
      return send === null || (given.busy === 0 && now >= given.retryAt);
    }),
  );
});

test('activity is told only of a live session, and not before the server has been asked about a jump', () => {
  fc.assert(
    fc.property(situation, ([given, now]) => {
      const { send, pulseDue } = plan(given, now);
      return send !== 'pulse' || (pulseDue && given.session !== null && !given.jumped);
    }),
  );
});

test('a page that is unsure asks as soon as it may', () => {
  fc.assert(
    fc.property(situation, ([given, now]) => {
      const expired = given.session !== null && phaseAt(given.session, now) === 'expired';
      const unsure = expired || given.unconfirmed || given.jumped || given.failures > 0 || given.late;
      const { send } = plan({ ...given, busy: 0, retryAt: 0 }, now);
      return unsure ? send !== null : send !== 'check';
    }),
  );
});

test('what is unconfirmed shows nothing; a warning shows only when its time has come', () => {
  fc.assert(
    fc.property(situation, ([given, now]) => {
      const { status } = plan(given, now);
      if (given.session === null || given.unconfirmed) return status === null;
      return status === 'active' || phaseAt(given.session, now) !== 'active';
    }),
  );
});
