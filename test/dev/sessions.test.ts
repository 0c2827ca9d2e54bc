import { describe, expect, test } from '@jest/globals';
import { confirmBinding, createSession, end, evaluate } from '../../core/lifecycle.ts';
import { definePolicy } from '../../core/policy.ts';
import { byPolicy, later } from '../../dev/sessions.ts';
import { MINUTE, T0 } from '../support/sessions.ts';

const HOUR = 60 * MINUTE;

const policy = definePolicy({ browserClose: 'last-page', unboundIdleTimeoutMs: 5 * MINUTE });
const session = createSession({ sessionId: 's'.repeat(22), subject: 'ada', policy, now: T0 });
const row = { session, secretHash: Uint8Array.of(1), shard: 0, dueAt: T0 + 5 * MINUTE };

test('a session that begins so much later ends so much later', () => {
  const moved = later(session, 7);
  expect(moved).toEqual(createSession({ sessionId: session.sessionId, subject: 'ada', policy, now: T0 + 7 }));
  expect(evaluate(moved, T0 + 5 * MINUTE + 6).state).toBe('live');
  expect(evaluate(moved, T0 + 5 * MINUTE + 7).state).toBe('expired');
});

describe('other rules', () => {
  const next = definePolicy({ idleTimeoutMs: HOUR, absoluteTimeoutMs: 24 * HOUR });

  test('are those of a session as if it had begun by them', () => {
    const { session: changed, dueAt } = byPolicy(row, next);
    expect(changed).toMatchObject({
      ...{ idleTimeoutMs: HOUR, idleExpiresAt: T0 + HOUR, absoluteExpiresAt: T0 + 24 * HOUR },
      ...{ warnBeforeMs: 2 * MINUTE, boundIdleTimeoutMs: undefined, browserClose: 'cookie' },
    });
    expect(dueAt).toBe(T0 + HOUR);
  });

  test('give a session that is bound the idle timeout of one', () => {
    const runHash = Uint8Array.of(2);
    const bound = {
      ...row,
      session: confirmBinding(session),
      binding: { runHash, confirmed: true, scope: '/api/' },
    };
    expect(byPolicy(bound, policy).session.idleExpiresAt).toBe(T0 + 15 * MINUTE);
    expect(byPolicy(row, policy).session.idleExpiresAt).toBe(T0 + 5 * MINUTE);
  });

  test('leave a session as it is that has ended', () => {
    const ended = { ...row, session: end(session, 'idle', T0), dueAt: null };
    expect(byPolicy(ended, next)).toBe(ended);
  });
});
