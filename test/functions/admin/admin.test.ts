import { beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { createAdminHandler } from '../../../functions/admin/handler.ts';
import type { RevokeAnswer } from '../../../functions/admin/protocol.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc from '../../support/fast-check.ts';
import { signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';
import { endReasonOf } from '../../support/sessions.ts';

const START = 1_700_000_000_000;
let now = START;
let store = createMemoryStore({ dueShards: 4 });
let seen = createRecorder();

beforeEach(() => {
  now = START;
  store = createMemoryStore({ dueShards: 4 });
  seen = createRecorder();
});

// biome-ignore lint/suspicious/noExplicitAny: an answer, looked into by tests
const ask = (request: unknown): Promise<any> =>
  createAdminHandler({ ...seen, store, now: () => now })(request);

const many = (count: number, subject = 'ada') =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      signedIn(store, { now: START + index, subject, seed: `${subject} ${index}` }),
    ),
  );

test('lists what a user has and had, newest first, as it is written; what nobody has ended yet is overdue', async () => {
  const [first, second] = await many(2);
  await store.end({ sessionId: first!.session.sessionId, reason: 'signed-out', now: START + 5 });
  now = second!.session.idleExpiresAt;
  const { sessions } = await ask({ action: 'list', subject: 'ada' });
  expect(sessions).toMatchObject([
    { sessionId: second!.session.sessionId, state: 'active', overdue: { reason: 'idle', deadlineAt: now } },
    { sessionId: first!.session.sessionId, state: 'ended', reason: 'signed-out', endedAt: START + 5 },
  ]);
  expect(JSON.stringify(sessions)).not.toContain(second!.secret);
});

describe('revokes', () => {
  test('one session, and a repeat ends none', async () => {
    const [{ session }] = (await many(1)) as [Awaited<ReturnType<typeof signedIn>>];
    const request = { action: 'revoke', sessionId: session.sessionId };
    expect(await ask(request)).toMatchObject({ revoked: 1, examined: 1, next: null });
    expect(await ask(request)).toMatchObject({ revoked: 0, examined: 1, next: null });
    expect((await store.read(session.sessionId))!.session).toMatchObject({
      endReason: 'revoked',
      endedAt: now,
    });
  });

  test("all of a user's, and nobody else's", async () => {
    await many(5);
    const others = await many(2, 'grace');
    expect(await ask({ action: 'revoke', subject: 'ada' })).toMatchObject({ revoked: 5, examined: 5 });
    expect(await ask({ action: 'revoke', subject: 'ada' })).toMatchObject({ revoked: 0 });
    for (const { session } of others) {
      expect((await store.read(session.sessionId))!.session.state).toBe('active');
    }
  });

  test("every user's, page by page, each with its progress; a repeat ends none", async () => {
    await many(40);
    await many(37, 'grace');
    const request = { action: 'revoke', all: true, limit: 10 };
    let answer: RevokeAnswer = await ask(request);
    const revoked = [answer.revoked];
    while (answer.next) {
      answer = await ask({ ...request, cursor: answer.next });
      revoked.push(answer.revoked);
    }
    expect(revoked.reduce((sum, count) => sum + count, 0)).toBe(77);
    expect(Math.max(...revoked)).toBeLessThanOrEqual(10);
    expect(answer.shards).toEqual({ done: 4, of: 4 });
    expect(await ask(request)).toMatchObject({ revoked: 0, examined: 0, next: null });
    for (const session of [
      ...(await store.listBySubject('ada')).sessions,
      ...(await store.listBySubject('grace')).sessions,
    ]) {
      expect(endReasonOf(session)).toBe('revoked');
    }
  });

  test('a session that a deadline has ended keeps that reason', async () => {
    const [{ session }] = (await many(1)) as [Awaited<ReturnType<typeof signedIn>>];
    now = session.idleExpiresAt;
    expect(await ask({ action: 'revoke', all: true })).toMatchObject({ revoked: 0, examined: 1 });
    expect(endReasonOf((await store.read(session.sessionId))?.session)).toBe('idle');
  });
});

describe('rejects', () => {
  test.each([
    [undefined],
    [{}],
    [{ action: 'list' }],
    [{ action: 'revoke' }],
    [{ action: 'revoke', all: false }],
    [{ action: 'revoke', all: true, subject: 'ada' }],
    [{ action: 'revoke', sessionId: 'short' }],
    [{ action: 'revoke', all: true, limit: 0 }],
    [{ action: 'revoke', all: true, cursor: { shard: -1 } }],
    [{ action: 'revoke', subject: '' }],
  ])('%j', async (request) => {
    await many(1);
    expect(await ask(request)).toMatchObject({ problem: { status: 400, code: 'ERR_REQUEST_INVALID' } });
    expect((await store.listBySubject('ada')).sessions[0]!.state).toBe('active');
  });

  test('anything that is not a request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (request) => {
        expect((await ask(request)).problem?.code).toBe('ERR_REQUEST_INVALID');
      }),
    );
  });

  test('a session that does not exist', async () => {
    const answer = await ask({ action: 'revoke', sessionId: 'z'.repeat(22) });
    expect(answer).toMatchObject({ problem: { status: 404, code: 'ERR_NOT_FOUND' } });
  });

  test('every request with a problem while the store fails, and logs it', async () => {
    store.listBySubject = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE');
    };
    const answer = await ask({ action: 'list', subject: 'ada' });
    expect(answer).toMatchObject({ problem: { status: 503, code: 'ERR_STORE_UNAVAILABLE' } });
    expect(seen.lines).toMatchObject([{ level: 'error' }]);
  });
});

test('each request is logged with what it did', async () => {
  await many(2);
  await ask({ action: 'revoke', subject: 'ada' });
  expect(seen.lines).toEqual([
    {
      level: 'info',
      message: 'administration',
      data: { request: { action: 'revoke', subject: 'ada' }, revoked: 2 },
    },
  ]);
});
