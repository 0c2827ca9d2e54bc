import { expect, test } from '@jest/globals';
import { END_REASONS } from '../../core/contract.ts';
import {
  activityAt,
  cancelCloseGrace,
  createSession,
  deadline,
  end,
  evaluate,
  expiresAt,
  needsCoalescedTouch,
  type Session,
  startCloseGrace,
  touch,
} from '../../core/lifecycle.ts';
import { definePolicy } from '../../core/policy.ts';
import fc, { runs } from '../support/fast-check.ts';
import { T0 } from '../support/sessions.ts';

const policies = fc
  .record({
    idleTimeoutMs: fc.integer({ min: 4, max: 3_600_000 }),
    absoluteFactor: fc.integer({ min: 1, max: 30 }),
    touchPart: fc.double({ min: 0, max: 0.25, noNaN: true }),
  })
  .map(({ idleTimeoutMs, absoluteFactor, touchPart }) =>
    definePolicy({
      idleTimeoutMs,
      absoluteTimeoutMs: idleTimeoutMs * absoluteFactor,
      touchIntervalMs: Math.floor(idleTimeoutMs * touchPart),
      allowShortAbsoluteTimeout: true,
      allowShortWarning: true,
    }),
  );

const anything = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.anything(),
  fc.constantFrom<unknown>(Number.NaN, 1e308, -1e308, '0', Number.MAX_VALUE, -0, null),
);

/** What may happen to a session, and how long after the event before, as a part of its idle timeout. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('pulse', 'guard', 'close', 'end', 'look'),
    after: fc.double({ min: 0, max: 1.2, noNaN: true }),
    age: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 4_000_000 }) }, anything),
    reason: fc.constantFrom(...END_REASONS),
  }),
  { maxLength: 40 },
);
type Step = { kind: string; after: number; age: unknown; reason: (typeof END_REASONS)[number] };

function born(policy: ReturnType<typeof definePolicy>): Session {
  return createSession({ sessionId: 's', subject: 'u', policy, now: T0 });
}

function happens(session: Session, step: Step, now: number): Session {
  const at = activityAt(now, step.age);
  if (step.kind === 'end')
    return evaluate(session, now).state === 'live' ? end(session, step.reason, now) : session;
  if (step.kind === 'close') {
    return evaluate(session, now).state === 'live'
      ? (startCloseGrace(session, { now, graceMs: 30_000 }) ?? session)
      : session;
  }
  if (step.kind === 'look' || (step.kind === 'guard' && !needsCoalescedTouch(session, at))) return session;
  const slackMs = step.kind === 'guard' ? session.touchIntervalMs : 0;
  const result = touch(session, { now, activityAt: at, slackMs });
  return result.outcome === 'rejected' ? session : result.session;
}

function* history(policy: ReturnType<typeof definePolicy>, list: readonly Step[]) {
  let session = born(policy);
  let now = T0;
  for (const step of list) {
    now += Math.floor(step.after * policy.idleTimeoutMs);
    const before = session;
    session = happens(session, step, now);
    yield { before, after: session, now, step };
  }
}

test('whatever an age is, the activity lies between 0 and now', () => {
  fc.assert(
    fc.property(anything, (age) => {
      const at = activityAt(T0, age);
      return Number.isInteger(at) && at >= 0 && at <= T0;
    }),
    runs(2_000),
  );
});

test('whatever an age is, nobody gets more than the idle timeout from now', () => {
  fc.assert(
    fc.property(policies, anything, fc.integer({ min: 0, max: 4_000_000 }), (policy, age, later) => {
      const now = T0 + later;
      const result = touch(born(policy), { now, activityAt: activityAt(now, age), slackMs: 0 });
      return result.outcome === 'rejected' || result.session.idleExpiresAt <= now + policy.idleTimeoutMs;
    }),
    runs(2_000),
  );
});

test('no deadline moves backward by an activity, and the absolute one never moves', () => {
  fc.assert(
    fc.property(policies, steps, (policy, list) => {
      for (const { before, after } of history(policy, list)) {
        if (after.idleExpiresAt < before.idleExpiresAt) return false;
        if (after.lastActivityAt < before.lastActivityAt) return false;
        if (after.activeUntil < after.lastActivityAt) return false;
        if (after.absoluteExpiresAt !== T0 + policy.absoluteTimeoutMs) return false;
        if (expiresAt(after) > after.absoluteExpiresAt) return false;
        if (after.idleExpiresAt !== after.activeUntil + policy.idleTimeoutMs) return false;
      }
      return true;
    }),
    runs(1_000),
  );
});

test('nothing revives a session: an expired one stays expired, an ended one stays as it ended', () => {
  fc.assert(
    fc.property(policies, steps, (policy, list) => {
      for (const { before, after, now } of history(policy, list)) {
        const was = evaluate(before, now).state;
        if (was === 'ended' && after !== before) return false;
        if (was === 'expired' && evaluate(after, now).state === 'live') return false;
      }
      return true;
    }),
    runs(1_000),
  );
});

test('a session is live exactly until its deadline, for the reason of the earliest limit', () => {
  fc.assert(
    fc.property(policies, steps, (policy, list) => {
      for (const { after } of history(policy, list)) {
        if (after.state === 'ended') continue;
        const { at, reason } = deadline(after);
        const limits = {
          absolute: after.absoluteExpiresAt,
          idle: after.idleExpiresAt,
          closed: after.closesAt,
        };
        if (limits[reason] !== at) return false;
        if (at !== Math.min(...Object.values(limits).filter((limit) => limit !== null))) return false;
        if (evaluate(after, at - 1).state !== 'live' || evaluate(after, at).state !== 'expired') return false;
      }
      return true;
    }),
    runs(1_000),
  );
});

test('a guard never ends a session early, ends it a touch interval late at most, and writes once in one', () => {
  const activities = fc.array(fc.double({ min: 0, max: 0.9, noNaN: true }), { maxLength: 60 });
  fc.assert(
    fc.property(policies, activities, (policy, gaps) => {
      let session = born(policy);
      let now = T0;
      let lastWrite = Number.NEGATIVE_INFINITY;
      for (const gap of gaps) {
        now += Math.floor(gap * policy.idleTimeoutMs);
        if (now >= session.absoluteExpiresAt) break;
        const earned = Math.min(now + policy.idleTimeoutMs, session.absoluteExpiresAt);
        if (needsCoalescedTouch(session, now)) {
          const result = touch(session, { now, activityAt: now, slackMs: policy.touchIntervalMs });
          if (result.outcome !== 'touched') return false;
          if (now - lastWrite < policy.touchIntervalMs) return false;
          lastWrite = now;
          session = result.session;
        }
        const early = expiresAt(session) < earned;
        const late = expiresAt(session) > earned + policy.touchIntervalMs;
        if (early || late) return false;
      }
      return true;
    }),
    runs(2_000),
  );
});

test('pages come and go, their requests arrive late, twice and in any order: the last of the device counts', () => {
  const event = fc.record({
    kind: fc.constantFrom('open', 'touch', 'close'),
    at: fc.integer({ min: 1, max: 8 }),
    copies: fc.integer({ min: 1, max: 2 }),
    arrives: fc.integer({ min: 0, max: 1_000 }),
    again: fc.integer({ min: 0, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
      const deliveries = events
        .flatMap(({ kind, at, copies, arrives, again }) =>
          [arrives, again].slice(0, copies).map((now) => ({ kind, at, now })),
        )
        .sort((a, b) => a.now - b.now);
      let session: Session = born(definePolicy({ browserClose: 'last-page' }));
      for (const { kind, at, now } of deliveries) {
        const time = T0 + now;
        if (kind === 'close') {
          session = startCloseGrace(session, { now: time, graceMs: 30_000, at }) ?? session;
        } else if (kind === 'open') {
          session = cancelCloseGrace(session, at) ?? session;
        } else {
          const touched = touch(session, { now: time, activityAt: time, slackMs: 0, at });
          if (touched.outcome === 'touched') session = touched.session;
        }
      }
      const newest = Math.max(...events.map(({ at }) => at));
      const last = events.filter(({ at }) => at === newest);
      // At the very same time the live page wins.
      expect(session.closesAt !== null).toBe(last.every(({ kind }) => kind === 'close'));
    }),
    runs(2_000),
  );
});
