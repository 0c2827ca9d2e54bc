import { describe, expect, test } from '@jest/globals';
import {
  activityAt,
  CLOCK_SET_BACK_MS,
  cancelCloseGrace,
  confirmBinding,
  createSession,
  deadline,
  dueAfterTightening,
  end,
  evaluate,
  expiresAt,
  isExtendable,
  isNewestSign,
  needsCoalescedTouch,
  startCloseGrace,
  tighten,
  touch,
} from '../../core/lifecycle.ts';
import { definePolicy, type PolicyInput } from '../../core/policy.ts';
import { MINUTE, newSession, SECOND, T0 } from '../support/sessions.ts';

describe('createSession', () => {
  test('is active now, by the rules of its policy', () => {
    const policy = definePolicy({ name: 'staff', browserClose: 'run' });
    expect(createSession({ sessionId: 's', subject: 'u', policy, now: T0 })).toEqual({
      sessionId: 's',
      subject: 'u',
      user: {},
      providerSid: undefined,
      device: {},
      policy: 'staff',
      browserClose: 'run',
      createdAt: T0,
      lastActivityAt: T0,
      activeUntil: T0,
      idleExpiresAt: T0 + 15 * MINUTE,
      absoluteExpiresAt: T0 + 720 * MINUTE,
      closesAt: null,
      presentAt: null,
      idleTimeoutMs: 15 * MINUTE,
      absoluteTimeoutMs: 720 * MINUTE,
      touchIntervalMs: MINUTE,
      warnBeforeMs: 2 * MINUTE,
      absoluteWarnBeforeMs: 10 * MINUTE,
      state: 'active',
    });
  });
});

describe('evaluate', () => {
  test.each([
    [-1, { state: 'live', session: expect.anything() }],
    [0, { state: 'expired', reason: 'idle', deadlineAt: T0 + 15 * MINUTE }],
    [1, { state: 'expired', reason: 'idle', deadlineAt: T0 + 15 * MINUTE }],
  ])('%i ms from its deadline', (offset, expected) => {
    const session = newSession();
    expect(evaluate(session, session.idleExpiresAt + offset)).toEqual(expected);
  });

  test('of an ended one is how it ended, whatever the time', () => {
    const ended = end(newSession(), 'revoked', T0 + 1);
    for (const now of [0, T0, T0 + 720 * MINUTE])
      expect(evaluate(ended, now)).toEqual({ state: 'ended', reason: 'revoked', endedAt: T0 + 1 });
  });
});

describe('deadline', () => {
  const at = (idleExpiresAt: number, absoluteExpiresAt: number, closesAt: number | null) =>
    deadline({ ...newSession(), idleExpiresAt, absoluteExpiresAt, closesAt });

  test.each([
    [5, 6, null, 5, 'idle'],
    [6, 6, null, 6, 'absolute'],
    [7, 6, null, 6, 'absolute'],
    [5, 6, 4, 4, 'closed'],
    [5, 6, 5, 5, 'idle'],
    [7, 6, 6, 6, 'absolute'],
    [5, 6, 9, 5, 'idle'],
  ] as const)('idle %i, absolute %i, closes %p: at %i, %s', (idle, absolute, closes, when, reason) => {
    expect(at(idle, absolute, closes)).toEqual({ at: when, reason });
  });

  test('expiresAt leaves the close grace out', () => {
    expect(expiresAt({ idleExpiresAt: 5, absoluteExpiresAt: 4 })).toBe(4);
    expect(expiresAt({ idleExpiresAt: 3, absoluteExpiresAt: 4 })).toBe(3);
  });
});

describe('activityAt', () => {
  test.each([
    [0, T0],
    [1, T0 - 1],
    [-1, T0],
    [0.5, T0 - 1],
    [T0, 0],
    [T0 + 1, 0],
    [1e308, 0],
    [Number.POSITIVE_INFINITY, 0],
    [Number.NEGATIVE_INFINITY, T0],
    [Number.NaN, 0],
    ['0', 0],
    [null, 0],
    [undefined, 0],
    [[0], 0],
    [0n, 0],
  ])('an age of %p', (age, expected) => expect(activityAt(T0, age)).toBe(expected));
});

describe('touch', () => {
  test.each([-1, 0, 1])('an activity %i ms from activeUntil', (offset) => {
    const session = { ...newSession(), activeUntil: T0 + MINUTE };
    const activity = T0 + MINUTE + offset;
    const result = touch(session, { now: T0 + 2 * MINUTE, activityAt: activity, slackMs: 0 });
    if (offset < 0) expect(result).toEqual({ outcome: 'unchanged', session });
    else
      expect(result).toEqual({
        outcome: 'touched',
        session: {
          ...session,
          lastActivityAt: activity,
          activeUntil: activity,
          idleExpiresAt: activity + 15 * MINUTE,
        },
      });
  });

  test('with slack, and cancelling a close grace', () => {
    const session = { ...newSession(), closesAt: T0 + 9 };
    expect(touch(session, { now: T0 + 8, activityAt: T0 + 7, slackMs: MINUTE })).toMatchObject({
      outcome: 'touched',
      session: {
        lastActivityAt: T0 + 7,
        activeUntil: T0 + 7 + MINUTE,
        idleExpiresAt: T0 + 7 + 16 * MINUTE,
        closesAt: null,
        presentAt: null,
      },
    });
    expect(touch(session, { now: T0 + 9, activityAt: T0 + 9, slackMs: 0 })).toEqual({
      outcome: 'rejected',
      evaluation: { state: 'expired', reason: 'closed', deadlineAt: T0 + 9 },
    });
  });

  test('is rejected once ended', () => {
    const ended = end(newSession(), 'signed-out', T0 + 1);
    expect(touch(ended, { now: T0 + 2, activityAt: T0 + 2, slackMs: 0 })).toMatchObject({
      outcome: 'rejected',
      evaluation: { state: 'ended', reason: 'signed-out' },
    });
  });
});

describe('needsCoalescedTouch', () => {
  test.each([-1, 0, 1])('an activity %i ms from activeUntil', (offset) => {
    const session = newSession();
    expect(needsCoalescedTouch(session, session.activeUntil + offset)).toBe(offset >= 0);
  });

  test.each([-1, 0, 1])('not once the idle deadline is at the absolute one: %i ms', (offset) => {
    const session = newSession();
    const idleExpiresAt = session.absoluteExpiresAt + offset;
    expect(needsCoalescedTouch({ ...session, idleExpiresAt }, T0 + MINUTE)).toBe(offset < 0);
  });
});

describe('end', () => {
  test('happens once', () => {
    const session = newSession();
    const ended = end(session, 'signed-out', T0 + 1);
    expect(ended).toEqual({
      ...session,
      state: 'ended',
      endReason: 'signed-out',
      endedAt: T0 + 1,
      endedBy: { type: 'subject' },
    });
    expect(end(ended, 'revoked', T0 + 2)).toBe(ended);
  });

  test.each([
    ['idle', 'system'],
    ['absolute', 'system'],
    ['closed', 'system'],
    ['signed-out', 'subject'],
    ['revoked', 'subject'],
    ['superseded', 'subject'],
  ] as const)('for %s is by the %s, unless it is said who did it', (reason, type) => {
    expect(end(newSession(), reason, T0 + 1).endedBy).toEqual({ type });
    const endedBy = { type: 'admin', id: 'ops' };
    expect(end(newSession(), reason, T0 + 1, endedBy).endedBy).toEqual(endedBy);
  });

  test('closed at once has its deadline now; a grace keeps its own; other reasons make none', () => {
    const session = newSession();
    expect(end(session, 'closed', T0 + 1).closesAt).toBe(T0 + 1);
    expect(end({ ...session, closesAt: T0 + 9 }, 'closed', T0 + 1).closesAt).toBe(T0 + 9);
    expect(end(session, 'revoked', T0 + 1).closesAt).toBeNull();
  });
});

describe('startCloseGrace', () => {
  test.each([-1, 0, 1])('only if it would come before the deadline: %i ms', (offset) => {
    const session = newSession();
    const now = session.idleExpiresAt - 30 * SECOND + offset;
    const closing = startCloseGrace(session, { now, graceMs: 30 * SECOND });
    expect(closing).toEqual(offset < 0 ? { ...session, closesAt: now + 30 * SECOND } : null);
  });
});

describe('isNewestSign', () => {
  test.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('%i ms from the newest one known', (offset, expected) => {
    expect(isNewestSign({ presentAt: 1_000_000 }, 1_000_000 + offset)).toBe(expected);
  });

  test.each([-1, 0, 1])('a clock that was set back by more than ten minutes: %i ms', (offset) => {
    const presentAt = 2_000_000;
    expect(isNewestSign({ presentAt }, presentAt - CLOCK_SET_BACK_MS - offset)).toBe(offset > 0);
  });

  test('a sign without a time, and the first one, are the newest', () => {
    expect(isNewestSign({ presentAt: 1 }, undefined)).toBe(true);
    expect(isNewestSign({ presentAt: null }, 0)).toBe(true);
  });
});

describe('startCloseGrace, in the order of the device', () => {
  const close = (presentAt: number | null, at: number | undefined) =>
    startCloseGrace({ ...newSession(), presentAt }, { now: T0, graceMs: 30 * SECOND, at });

  test.each([-1, 0, 1])('a close is newer than every sign of a page: %i ms', (offset) => {
    expect(close(1_000, 1_000 + offset) !== null).toBe(offset > 0);
  });

  test('a close without a time is older than any sign, and counts where there is none', () => {
    expect(close(1_000, undefined)).toBeNull();
    expect(close(null, undefined)).toMatchObject({ closesAt: T0 + 30 * SECOND, presentAt: null });
  });

  test('it is a sign itself, so that its repeat starts nothing', () => {
    const closing = close(null, 1_000)!;
    expect(closing.presentAt).toBe(1_000);
    expect(startCloseGrace(closing, { now: T0 + 1, graceMs: 30 * SECOND, at: 1_000 })).toBeNull();
  });
});

test('a touch that the page sent before its close slides the session, and the grace goes on', () => {
  const closing = { ...newSession(), closesAt: T0 + 30 * SECOND, presentAt: 1_000 };
  const late = touch(closing, { now: T0 + 9, activityAt: T0 + 8, slackMs: 0, at: 999 });
  expect(late).toMatchObject({
    outcome: 'touched',
    session: { lastActivityAt: T0 + 8, closesAt: T0 + 30 * SECOND, presentAt: 1_000 },
  });
  const inTime = touch(closing, { now: T0 + 9, activityAt: T0 + 8, slackMs: 0, at: 1_000 });
  expect(inTime).toMatchObject({ outcome: 'touched', session: { closesAt: null, presentAt: 1_000 } });
});

describe('cancelCloseGrace', () => {
  test('takes the grace away and leaves the rest', () => {
    const session = newSession();
    expect(cancelCloseGrace({ ...session, closesAt: T0 + 1 })).toEqual(session);
  });

  test('none was running: nothing to cancel', () => {
    expect(cancelCloseGrace(newSession())).toBeNull();
  });

  test.each([-1, 0, 1])('not that of a newer close: %i ms', (offset) => {
    const closing = { ...newSession(), closesAt: T0 + 1, presentAt: 1_000 };
    const at = 1_000 + offset;
    expect(cancelCloseGrace(closing, at)).toEqual(
      offset < 0 ? null : { ...closing, closesAt: null, presentAt: at },
    );
  });

  test('remembers the time of a page where no grace is running; a repeat leaves the session as it is', () => {
    const shown = cancelCloseGrace(newSession(), 1_000);
    expect(shown).toMatchObject({ closesAt: null, presentAt: 1_000 });
    expect(cancelCloseGrace(shown!, 1_000)).toEqual(shown);
  });
});

describe('isExtendable', () => {
  const gaining = (gain: number, warnBeforeMs: number) => {
    const session = newSession();
    return isExtendable({ ...session, idleExpiresAt: session.absoluteExpiresAt - gain, warnBeforeMs });
  };

  test.each([
    [20 * SECOND - 1, 2 * MINUTE, false],
    [20 * SECOND, 2 * MINUTE, true],
    [20 * SECOND + 1, 2 * MINUTE, true],
    [4_999, 5_000, false],
    [5_000, 5_000, true],
    [0, 2 * MINUTE, false],
    [-1, 2 * MINUTE, false],
  ])('a gain of %i ms with a warning of %i ms: %p', (gain, warnBeforeMs, expected) => {
    expect(gaining(gain, warnBeforeMs)).toBe(expected);
  });
});

describe('confirmBinding', () => {
  test('a session of a policy with an unbound idle timeout begins with that one', () => {
    const policy = definePolicy({ browserClose: 'run', unboundIdleTimeoutMs: 5 * MINUTE });
    const session = createSession({ sessionId: 's', subject: 'u', policy, now: T0 });
    expect(session).toMatchObject({ idleTimeoutMs: 5 * MINUTE, boundIdleTimeoutMs: 15 * MINUTE });
    expect(confirmBinding(session).idleExpiresAt).toBe(T0 + 15 * MINUTE);
  });

  test('gives an unbound session the idle timeout of bound ones, from its last activity', () => {
    const session = { ...newSession(), idleTimeoutMs: MINUTE, idleExpiresAt: T0 + MINUTE };
    const bound = confirmBinding({ ...session, boundIdleTimeoutMs: 15 * MINUTE });
    expect(bound.idleTimeoutMs).toBe(15 * MINUTE);
    expect(bound.idleExpiresAt).toBe(session.activeUntil + 15 * MINUTE);
  });

  test('changes nothing where both are the same', () => {
    const session = newSession();
    expect(confirmBinding(session)).toBe(session);
  });
});

describe('narrower limits', () => {
  const MIN = 60_000;
  const session = (policy: PolicyInput = {}) =>
    createSession({
      sessionId: 'a'.repeat(22),
      subject: 'ada',
      now: 1_000_000,
      policy: definePolicy({ idleTimeoutMs: 15 * MIN, absoluteTimeoutMs: 720 * MIN, ...policy }),
    });

  test.each([
    [15 * MIN - 1, { idleTimeoutMs: 15 * MIN - 1, idleExpiresAt: 1_000_000 + 15 * MIN - 1 }],
    [15 * MIN, null],
    [15 * MIN + 1, null],
  ])('an idle timeout of at most %i ms', (idleTimeoutMs, expected) => {
    const tightened = tighten(session(), { idleTimeoutMs });
    if (expected) expect(tightened).toEqual({ ...session(), ...expected });
    else expect(tightened).toBeNull();
  });

  test.each([
    [720 * MIN - 1, { absoluteTimeoutMs: 720 * MIN - 1, absoluteExpiresAt: 1_000_000 + 720 * MIN - 1 }],
    [720 * MIN, null],
    [720 * MIN + 1, null],
  ])('an absolute timeout of at most %i ms', (absoluteTimeoutMs, expected) => {
    const tightened = tighten(session(), { absoluteTimeoutMs });
    if (expected) expect(tightened).toEqual({ ...session(), ...expected });
    else expect(tightened).toBeNull();
  });

  test('keep what a policy demands of the other durations', () => {
    const wide = session({ touchIntervalMs: MIN, warnBeforeMs: 2 * MIN, absoluteWarnBeforeMs: 10 * MIN });
    expect(tighten(wide, { idleTimeoutMs: 4 * MIN })).toMatchObject({
      touchIntervalMs: MIN,
      warnBeforeMs: 2 * MIN,
    });
    expect(tighten(wide, { idleTimeoutMs: 2 * MIN, absoluteTimeoutMs: 10 * MIN })).toMatchObject({
      touchIntervalMs: MIN / 2,
      warnBeforeMs: MIN,
      absoluteWarnBeforeMs: 5 * MIN,
    });
  });

  test('are those of a session whose binding is confirmed later, too', () => {
    const unbound = session({ browserClose: 'run', unboundIdleTimeoutMs: 5 * MIN });
    expect(tighten(unbound, { idleTimeoutMs: 10 * MIN })).toEqual({
      ...unbound,
      boundIdleTimeoutMs: 10 * MIN,
    });
    expect(confirmBinding(tighten(unbound, { idleTimeoutMs: 3 * MIN })!).idleTimeoutMs).toBe(3 * MIN);
  });

  test('end a session that has been idle for as long, from that very millisecond on', () => {
    const tightened = tighten(session(), { idleTimeoutMs: 5 * MIN })!;
    expect(evaluate(tightened, 1_000_000 + 5 * MIN - 1).state).toBe('live');
    expect(evaluate(tightened, 1_000_000 + 5 * MIN)).toMatchObject({ state: 'expired', reason: 'idle' });
  });

  test('make it due earlier than it was, and never after its deadline', () => {
    const tightened = tighten(session(), { idleTimeoutMs: 5 * MIN })!;
    const deadlineAt = 1_000_000 + 5 * MIN;
    expect(dueAfterTightening(deadlineAt + 2, tightened)).toBe(deadlineAt);
    expect(dueAfterTightening(deadlineAt + 1, tightened)).toBe(deadlineAt);
    expect(dueAfterTightening(deadlineAt, tightened)).toBe(deadlineAt - 1);
    expect(dueAfterTightening(0, tightened)).toBe(0);
  });
});
