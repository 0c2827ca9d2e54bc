import { expect, test } from '@jest/globals';
import { timeOfDay } from '../../../dev/panel/format.ts';
import { type ClientFacts, clientView } from '../../../dev/panel/next.ts';
import { LOADING } from '../../../web/client/snapshot.ts';
import type { SessionStatus, Snapshot } from '../../../web/client/types.ts';
import { MINUTE, T } from './samples.ts';

/** This device's clock is ahead of the server's by so much, ms. */
const AHEAD = 7 * MINUTE;
const STATUS: SessionStatus = {
  ...{
    sessionId: 'AAAAAAAAAAAAAAAAAAAAAA',
    subject: 'ada',
    user: {},
    serverTime: T,
    createdAt: T,
    lastActivityAt: T,
  },
  ...{ idleExpiresAt: T + 15 * MINUTE, absoluteExpiresAt: T + 720 * MINUTE, expiresAt: T + 15 * MINUTE },
  ...{ remainingMs: 15 * MINUTE, warnBeforeMs: 2 * MINUTE, absoluteWarnBeforeMs: 10 * MINUTE },
  ...{ idleTimeoutMs: 15 * MINUTE, absoluteTimeoutMs: 720 * MINUTE, extendable: true, closesAt: null },
};
const ACTIVE: Snapshot = {
  ...LOADING,
  status: 'active',
  expiresAt: STATUS.expiresAt + AHEAD,
  absoluteExpiresAt: STATUS.absoluteExpiresAt + AHEAD,
  extendable: true,
};
const SILENT = { activityAt: T, pulsedAt: 0 };

/** What shows of a client `later` ms after the last activity that the server knows. */
const viewAt = (later: number, facts: Partial<ClientFacts> = {}) =>
  clientView({ snapshot: ACTIVE, status: STATUS, shared: SILENT, now: T + AHEAD + later, ...facts });

test('a client that has nothing to tell says when it warns, by the server’s clock', () => {
  expect(viewAt(3 * MINUTE)).toEqual({
    status: 'active',
    steps: [
      'Sends no pulse: the server knows of the newest activity.',
      `Warns in 10:00, at ${timeOfDay(T + 13 * MINUTE)}.`,
    ],
    glance: '12:00',
    mood: 'calm',
  });
});

test('activity that the server does not know is told a minute after the last pulse', () => {
  const shared = { activityAt: T + 30_000, pulsedAt: T };
  expect(viewAt(40_000, { shared }).steps[0]).toBe(
    'Sends a pulse in about 0:20: the user was active 0:10 ago.',
  );
  expect(viewAt(59_999, { shared }).steps[0]).toContain('in about 0:01');
  expect(viewAt(60_000, { shared }).steps[0]).toBe('Sends a pulse now: the user was active 0:30 ago.');
});

test('what the tabs share may not be readable', () => {
  expect(viewAt(0, { shared: undefined }).steps[0]).toContain('can’t be read');
});

test('in a warning only an answer extends, and the server is asked at the end', () => {
  const snapshot: Snapshot = { ...ACTIVE, status: 'warning', remainingSeconds: 60 };
  expect(viewAt(14 * MINUTE, { snapshot })).toEqual({
    status: 'warning',
    steps: [
      'Input in the page does not extend now: only the user’s answer does.',
      `Asks the server whether it has ended in 1:00, at ${timeOfDay(T + 15 * MINUTE)}.`,
    ],
    glance: '1:00',
    mood: 'warn',
  });
});

test.each(['offline', 'unavailable'] as const)('a server that is %s signs nobody out', (connection) => {
  const [first, ...others] = viewAt(0, { snapshot: { ...ACTIVE, connection } }).steps;
  expect(first).toContain('nobody is signed out');
  expect(others).toHaveLength(2);
});

test.each([
  [{ status: 'loading' }, 'asking the server', '…'],
  [{ status: 'none' }, 'nobody is signed in', 'signed out'],
  [{ status: 'ended', reason: 'idle', endedAt: T }, 'ended, idle', 'ended'],
  [{ status: 'ended', reason: 'unknown' }, 'ended, unknown', 'ended'],
] as const)('with no session there is nothing to come: %j', (change, status, glance) => {
  const shown = viewAt(0, { snapshot: { ...LOADING, ...change }, status: null });
  expect(shown).toEqual({ status, steps: [], glance, mood: 'over' });
});
