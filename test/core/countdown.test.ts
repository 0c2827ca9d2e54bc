import { describe, expect, test } from '@jest/globals';
import {
  type Activity,
  changesAt,
  type Deadlines,
  NEVER,
  type PageState,
  phaseAt,
  plan,
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
  [0, 'expired'],
  [1, 'expired'],
])('%i ms from the deadline: %s', (delta, phase) => {
  expect(phaseAt(deadlines, START + 15 * MINUTE + delta)).toBe(phase);
});

test('without a warning a session goes from active to expired', () => {
  const silent = { ...deadlines, warnBeforeMs: 0 };
  expect(phaseAt(silent, START + 15 * MINUTE - 1)).toBe('active');
  expect(phaseAt(silent, START + 15 * MINUTE)).toBe('expired');
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

describe('what a page does', () => {
  /** Confirmed, active at START, and quiet. */
  const page: PageState = {
    session: deadlines,
    shared: { activityAt: 0, pulsedAt: 0 },
    ownAt: 0,
    toldAt: 0,
    holds: [],
    intervalMs: MINUTE,
    snapshot: { status: 'active' },
    unconfirmed: false,
    jumped: false,
    failures: 0,
    late: false,
    busy: 0,
    retryAt: 0,
  };
  const WARNS = START + 13 * MINUTE;
  const EXPIRES = START + 15 * MINUTE;
  /** Activity of which the server has to be told a minute after START. */
  const typed: PageState = { ...page, ownAt: START + 1 };

  test('a quiet page shows that it is active, and wakes for the warning', () => {
    expect(plan(page, START)).toEqual({
      pulseDue: false,
      send: null,
      status: 'active',
      ownAt: 0,
      wakesAt: WARNS,
    });
  });

  test.each([
    [-1, 'active', WARNS],
    [0, 'warning', WARNS + 1_000],
    [1, 'warning', WARNS + 1_000],
  ] as const)('%i ms from the warning it shows %s', (delta, status, wakesAt) => {
    expect(plan(page, WARNS + delta)).toMatchObject({ send: null, status, wakesAt });
  });

  test.each([
    [-1, false, null, START + MINUTE],
    [0, true, 'pulse', WARNS],
    [1, true, 'pulse', WARNS],
  ] as const)('%i ms from when activity has to be told', (delta, pulseDue, send, wakesAt) => {
    expect(plan(typed, START + MINUTE + delta)).toMatchObject({ pulseDue, send, wakesAt });
  });

  test('what is due keeps the warning closed while it is sent, but not once a request has failed', () => {
    expect(plan(typed, WARNS)).toMatchObject({ send: 'pulse', status: 'active' });
    expect(plan({ ...typed, busy: 1 }, WARNS)).toMatchObject({ send: null, status: 'active' });
    expect(plan({ ...typed, failures: 1 }, WARNS)).toMatchObject({ send: 'pulse', status: 'warning' });
  });

  test('an open warning stays open while something is sent', () => {
    const warned = { ...typed, snapshot: { status: 'warning' } };
    expect(plan(warned, WARNS)).toMatchObject({ send: 'pulse', status: 'warning' });
  });

  test.each([
    [-1, 'warning', null],
    [0, 'warning', 'check'],
    [1, 'warning', 'check'],
  ] as const)(
    '%i ms from the deadline the server is asked, and nothing has ended yet',
    (delta, status, send) => {
      const warned = { ...page, snapshot: { status: 'warning' } };
      expect(plan(warned, EXPIRES + delta)).toMatchObject({ status, send });
    },
  );

  test('without a warning the server is asked at the deadline, before anything shows', () => {
    const silent = { ...page, session: { ...deadlines, warnBeforeMs: 0 } };
    expect(plan(silent, EXPIRES)).toMatchObject({ send: 'check', status: 'active', wakesAt: NEVER });
  });

  test.each([
    ['is unconfirmed', { unconfirmed: true }, null],
    ['was made before a clock jumped', { jumped: true }, 'active'],
    ['could not be confirmed', { failures: 3 }, 'active'],
  ] as const)('what %s is checked', (_name, change, status) => {
    expect(plan({ ...page, ...change }, START)).toMatchObject({ send: 'check', status, wakesAt: WARNS });
  });

  test('after a jump of the clock the server is asked before activity is told', () => {
    expect(plan({ ...typed, jumped: true }, WARNS)).toMatchObject({ pulseDue: true, send: 'check' });
  });

  test.each([
    [-1, null, START + MINUTE],
    [0, 'check', WARNS],
    [1, 'check', WARNS],
  ] as const)('%i ms from the next try', (delta, send, wakesAt) => {
    const failed = { ...page, failures: 1, retryAt: START + MINUTE };
    expect(plan(failed, START + MINUTE + delta)).toMatchObject({ send, wakesAt });
  });

  test('nothing is sent while a request is under way: its answer is what the page waits for', () => {
    expect(plan({ ...typed, failures: 1, busy: 1 }, WARNS - 1)).toMatchObject({ send: null, wakesAt: WARNS });
    const expired = { ...page, busy: 2, snapshot: { status: 'warning' } };
    expect(plan(expired, EXPIRES)).toMatchObject({ send: null, wakesAt: NEVER });
  });

  test('without a session nothing shows, and nothing is sent unless a request has failed', () => {
    const none = { ...page, session: null, ownAt: START, intervalMs: 0 };
    expect(plan(none, START)).toEqual({
      pulseDue: false,
      send: null,
      status: null,
      ownAt: START,
      wakesAt: NEVER,
    });
    expect(plan({ ...none, failures: 1 }, START)).toMatchObject({ send: 'check', status: null });
  });

  test.each([
    [-1, START + MINUTE - 1],
    [0, 0],
    [1, 0],
  ])('%i ms from where an operation stops counting', (delta, ownAt) => {
    const now = START + MINUTE + delta;
    const holding = { ...page, holds: [['one', START] as const, ['another', START + MINUTE] as const] };
    expect(plan(holding, now).ownAt).toBe(ownAt);
  });

  test('while an operation counts the page looks again within an interval', () => {
    const holding = {
      ...page,
      holds: [['an operation', NEVER] as const],
      shared: { activityAt: 0, pulsedAt: START + 5_000 },
    };
    expect(plan(holding, START).wakesAt).toBe(START + MINUTE);
    expect(plan(holding, START + 30_000).wakesAt).toBe(START + 5_000 + MINUTE);
    expect(plan(holding, START + 5_000 + MINUTE)).toMatchObject({ send: 'pulse', status: 'active' });
  });

  test('an operation does not count once a warning is due', () => {
    const holding = { ...page, holds: [['an operation', NEVER] as const] };
    expect(plan(holding, WARNS)).toMatchObject({ send: null, status: 'warning', ownAt: 0 });
  });
});
