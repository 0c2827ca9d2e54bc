import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import {
  CallbackQuery,
  EndedBy,
  Problem,
  RevokeRequest,
  SessionEnded,
  SessionId,
  SessionStatus,
  sessionStatus,
  TouchRequest,
  wireEndedBy,
  wireReason,
} from '../../core/protocol.ts';
import { MINUTE, newSession, T0 } from '../support/sessions.ts';

const ID = 'A'.repeat(22);
const accepts = (schema: z.ZodMiniType, value: unknown) => z.safeParse(schema, value).success;

describe('the status of a session', () => {
  test('says what a page needs, and nothing secret', () => {
    const session = newSession({ user: { name: 'Ada', email: 'ada@example.com' }, providerSid: 'sid' });
    const status = sessionStatus(session, T0 + MINUTE);
    expect(status).toEqual({
      sessionId: session.sessionId,
      subject: 'ada',
      user: { name: 'Ada', email: 'ada@example.com' },
      serverTime: T0 + MINUTE,
      createdAt: T0,
      lastActivityAt: T0,
      idleExpiresAt: T0 + 15 * MINUTE,
      absoluteExpiresAt: T0 + 720 * MINUTE,
      expiresAt: T0 + 15 * MINUTE,
      remainingMs: 14 * MINUTE,
      warnBeforeMs: 2 * MINUTE,
      absoluteWarnBeforeMs: 10 * MINUTE,
      idleTimeoutMs: 15 * MINUTE,
      absoluteTimeoutMs: 720 * MINUTE,
      extendable: true,
      closesAt: null,
    });
    expect(z.parse(SessionStatus, status)).toEqual(status);
  });

  test('leaves out what is not known of the user', () => {
    expect(sessionStatus(newSession({ user: {} }), T0).user).toEqual({});
    expect(sessionStatus(newSession({ user: { name: undefined, email: 'e' } }), T0).user).toEqual({
      email: 'e',
    });
    expect('name' in sessionStatus(newSession({ user: { email: 'e' } }), T0).user).toBe(false);
  });

  test.each([
    [-1, 1],
    [0, 0],
    [1, 0],
  ])('at the deadline %i ms %i ms remain, never less than none', (offset, remainingMs) => {
    const session = newSession();
    expect(sessionStatus(session, session.idleExpiresAt + offset).remainingMs).toBe(remainingMs);
  });

  test('includes a close grace, which expiresAt leaves out', () => {
    const closing = { ...newSession(), closesAt: T0 + 5 };
    expect(sessionStatus(closing, T0)).toMatchObject({ closesAt: T0 + 5, expiresAt: T0 + 15 * MINUTE });
  });
});

describe('what a request may say', () => {
  test.each([
    [ID, true],
    ['A'.repeat(21), false],
    ['A'.repeat(23), false],
    [`${'A'.repeat(21)}+`, false],
    [`${ID}\n`, false],
    [7, false],
  ])('session id %p: %p', (id, ok) => expect(accepts(SessionId, id)).toBe(ok));

  test('an activity has age 0 unless it says otherwise', () => {
    expect(z.parse(TouchRequest, { sessionId: ID })).toEqual({ sessionId: ID, idleForMs: 0 });
    expect(z.parse(TouchRequest, { sessionId: ID, idleForMs: 5 }).idleForMs).toBe(5);
  });

  test.each([[-1], [0.5], [Number.NaN], [Number.POSITIVE_INFINITY], ['5'], [null], [2 ** 53]])(
    'an age of %p is rejected',
    (idleForMs) => expect(accepts(TouchRequest, { sessionId: ID, idleForMs })).toBe(false),
  );

  test.each([
    ['others', true],
    ['all', true],
    [ID, true],
    ['none', false],
    [undefined, false],
  ])('revoking %p: %p', (target, ok) => {
    expect(accepts(RevokeRequest, { sessionId: ID, target })).toBe(ok);
  });

  test('a callback with an endless state or code is rejected', () => {
    expect(accepts(CallbackQuery, { state: 'x'.repeat(4096), code: 'x'.repeat(4096) })).toBe(true);
    expect(accepts(CallbackQuery, { state: 'x'.repeat(4097) })).toBe(false);
    expect(accepts(CallbackQuery, { code: 'x'.repeat(4097) })).toBe(false);
  });
});

test('a problem names one of our codes and reasons', () => {
  const problem = { type: 'about:blank', title: 'x', status: 401, code: 'ERR_SESSION_ENDED', reason: 'idle' };
  expect(accepts(Problem, problem)).toBe(true);
  expect(accepts(Problem, { ...problem, reason: 'bored' })).toBe(false);
  expect(accepts(Problem, { ...problem, code: 'ERR_OTHER' })).toBe(false);
});

test('an event may have no deadline, but says so', () => {
  const ended = {
    eventId: 'e',
    sessionId: ID,
    subject: 'ada',
    reason: 'revoked',
    createdAt: 1,
    lastActivityAt: 2,
    endedAt: 3,
    deadlineAt: null,
    latenessMs: null,
    endedBy: { type: 'subject' },
    service: 'production',
  };
  expect(accepts(SessionEnded, ended)).toBe(true);
  expect(accepts(SessionEnded, { ...ended, deadlineAt: undefined })).toBe(false);
});

test.each([
  [{ type: 'admin', id: 'a'.repeat(128) }, true],
  [{ type: 'admin', id: 'a'.repeat(129) }, false],
  [{ type: 'admin' }, true],
  [{ type: 'robot' }, false],
  [{}, false],
])('who ended a session, %#: accepted or not', (endedBy, accepted) => {
  expect(accepts(EndedBy, endedBy)).toBe(accepted);
});

test('a type in endedBy that only a newer release knows is passed on as it is', () => {
  expect(wireEndedBy({ type: 'robot', id: 'r2' })).toEqual({ type: 'robot', id: 'r2' });
});

test('a reason that only a newer release knows is passed on as it is', () => {
  expect(['idle', 'newer'].map(wireReason)).toEqual(['idle', 'newer']);
});
