import { describe, expect, test } from '@jest/globals';
import { REQUEST_DEADLINE_MS, requestDeadline, untilDeadline } from '../../../functions/http/deadline.ts';
import { createLambdaHandler } from '../../../functions/http/lambda.ts';
import { createRouter } from '../../../functions/http/router.ts';
import { SITE_URL, send } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const never = () => new Promise<never>(() => undefined);
const LATE = { code: 'ERR_STORE_UNAVAILABLE', retryAfterMs: 1_000 };

describe('requestDeadline', () => {
  test.each([
    [undefined, REQUEST_DEADLINE_MS],
    [REQUEST_DEADLINE_MS + 301, REQUEST_DEADLINE_MS],
    [REQUEST_DEADLINE_MS + 300, REQUEST_DEADLINE_MS],
    [REQUEST_DEADLINE_MS + 299, REQUEST_DEADLINE_MS - 1],
    [3_000, 2_700],
    [301, 1],
    [300, 0],
    [0, 0],
    // An emulator measures it by fractions, and a timer takes none.
    [3_000.9, 2_700],
    [300.9, 0],
  ])('with %p ms left of the function’s own limit it is %i ms', (remainingMs, deadlineMs) => {
    expect(requestDeadline(remainingMs)).toBe(deadlineMs);
  });
});

test('of a function that may take longer it is what that says, or what is left', () => {
  expect(requestDeadline(undefined, 12_000)).toBe(12_000);
  expect(requestDeadline(12_301, 12_000)).toBe(12_000);
  expect(requestDeadline(12_299, 12_000)).toBe(11_999);
});

describe('untilDeadline', () => {
  test('what is done in time is the result, or the error', async () => {
    const signal = new AbortController().signal;
    expect(await untilDeadline(signal, Promise.resolve(1))).toBe(1);
    await expect(untilDeadline(signal, Promise.reject(new TypeError('a defect')))).rejects.toThrow(
      'a defect',
    );
  });

  test('what is not is the store being unavailable', async () => {
    const stopper = new AbortController();
    const waiting = untilDeadline(stopper.signal, never());
    stopper.abort();
    await expect(waiting).rejects.toMatchObject(LATE);
    await expect(untilDeadline(AbortSignal.abort(), never())).rejects.toMatchObject(LATE);
  });

  test('what comes after the deadline, a failure included, is nobody’s business', async () => {
    const stopper = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const waiting = untilDeadline(stopper.signal, work);
    stopper.abort();
    await expect(waiting).rejects.toMatchObject(LATE);
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

test('a request whose route does not come back is 503 with Retry-After, and in the log', async () => {
  const seen = createRecorder();
  const router = createRouter({
    ...seen,
    siteOrigin: SITE_URL,
    now: () => 0,
    deadlineMs: 10,
    routes: { 'GET /api/session': never },
  });
  const answer = await send(createLambdaHandler(router), { path: '/api/session' });
  expect(answer).toMatchObject({ status: 503, json: { code: 'ERR_STORE_UNAVAILABLE' } });
  expect(answer.headers['retry-after']).toBe('1');
  expect(seen.lines.map(({ level }) => level)).toEqual(['error', 'info']);
});
