import { expect, test } from '@jest/globals';
import { createSession, verdict } from '../../core/lifecycle.ts';
import { definePolicy } from '../../core/policy.ts';

test('a session is over at its deadline, not one ms before', () => {
  const session = createSession({ sessionId: 's', subject: 'u', policy: definePolicy(), now: 1_000 });
  expect(verdict(session, session.idleExpiresAt - 1)).toEqual({ state: 'live' });
  expect(verdict(session, session.idleExpiresAt)).toEqual({
    state: 'over',
    reason: 'idle',
    deadlineAt: session.idleExpiresAt,
  });
});
