import { expect, test } from '@jest/globals';
import { type ErrorCode, isSessionError, PROBLEMS, SessionError } from '../../core/errors.ts';

test('an error carries its code, status and data, and its detail as message', () => {
  const cause = new Error('socket');
  const error = new SessionError('ERR_STORE_UNAVAILABLE', { detail: 'busy', retryAfterMs: 1_000, cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'SessionError',
    code: 'ERR_STORE_UNAVAILABLE',
    status: 503,
    message: 'busy',
    detail: 'busy',
    retryAfterMs: 1_000,
    cause,
  });
});

test('without detail its message is the title, and it has no cause', () => {
  const error = new SessionError('ERR_SESSION_ENDED', { reason: 'idle', endedAt: 7 });
  expect(error).toMatchObject({ message: PROBLEMS.ERR_SESSION_ENDED.title, reason: 'idle', endedAt: 7 });
  expect(error.detail).toBeUndefined();
  expect('cause' in error).toBe(false);
});

test('every code has a status of an error and a title', () => {
  for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
    expect(code).toMatch(/^ERR_[A-Z_]+$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title.length).toBeGreaterThan(5);
    expect(new SessionError(code as ErrorCode).status).toBe(status);
  }
});

test('it is told by its code, whichever copy of the class made it', () => {
  const foreign = Object.assign(new Error('x'), { code: 'ERR_SESSION_ENDED' });
  expect(isSessionError(new SessionError('ERR_INTERNAL'))).toBe(true);
  expect(isSessionError(foreign)).toBe(true);
  for (const other of [
    new Error('x'),
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('x'), { code: 'toString' }),
    Object.assign(new Error('x'), { code: 7 }),
    { code: 'ERR_SESSION_ENDED' },
    null,
    undefined,
  ])
    expect(isSessionError(other)).toBe(false);
});
