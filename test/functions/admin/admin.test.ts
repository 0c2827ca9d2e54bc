import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { administer, readRequest } from '../../../functions/admin/admin.ts';
import { createAdminHandler } from '../../../functions/admin/handler.ts';
import type { RevokeAnswer } from '../../../functions/admin/protocol.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc from '../../support/fast-check.ts';
import { signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';
import { endReasonOf, hashOf, newSession } from '../../support/sessions.ts';

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
/** The same, by somebody. */
// biome-ignore lint/suspicious/noExplicitAny: an answer, looked into by tests
const ops = (request: object): Promise<any> => ask({ actor: 'ops', ...request });

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
  const { sessions } = await ops({ action: 'list', subject: 'ada' });
  expect(sessions).toMatchObject([
    { sessionId: second!.session.sessionId, state: 'active', overdue: { reason: 'idle', deadlineAt: now } },
    { sessionId: first!.session.sessionId, state: 'ended', reason: 'signed-out', endedAt: START + 5 },
  ]);
  expect(JSON.stringify(sessions)).not.toContain(second!.secret);
});

describe('narrower limits', () => {
  const limits = { action: 'tighten', idleTimeoutMs: 300_000, absoluteTimeoutMs: 3_600_000 };

  test('for every session under way, page by page, and a repeat changes none', async () => {
    const begun = await many(7);
    const [ended] = begun;
    await store.end({ sessionId: ended!.session.sessionId, reason: 'signed-out', now: START });
    let answer = await ops({ ...limits, limit: 2 });
    let tightened = answer.tightened;
    while (answer.next) {
      answer = await ops({ ...limits, limit: 2, cursor: answer.next });
      tightened += answer.tightened;
    }
    expect(tightened).toBe(6);
    for (const { session } of begun.slice(1)) {
      expect((await store.read(session.sessionId))!.session).toMatchObject({
        idleExpiresAt: session.createdAt + 300_000,
        absoluteExpiresAt: session.createdAt + 3_600_000,
      });
    }
    expect((await store.read(ended!.session.sessionId))!.session.idleTimeoutMs).toBe(900_000);
    expect(await ops(limits)).toMatchObject({ tightened: 0, remaining: 0, examined: 6, next: null });
  });

  test('are told as left where a session changed meanwhile, or the store failed', async () => {
    await many(2);
    const { tighten } = store;
    let calls = 0;
    store.tighten = async () => {
      calls += 1;
      if (calls === 1) throw new SessionError('ERR_STORE_UNAVAILABLE');
      return false;
    };
    expect(await ops(limits)).toMatchObject({ tightened: 0, remaining: 2, examined: 2 });
    store.tighten = tighten;
    expect(await ops(limits)).toMatchObject({ tightened: 2, remaining: 0 });
    expect(seen.lines.at(-1)).toMatchObject({ data: { actor: 'ops', action: 'tighten', tightened: 2 } });
  });

  test.each([
    [{ action: 'tighten' }],
    [{ action: 'tighten', idleTimeoutMs: 59_999 }],
    [{ action: 'tighten', absoluteTimeoutMs: 900 }],
    [{ action: 'tighten', idleTimeoutMs: 90_000.5 }],
    [{ action: 'tighten', idleTimeoutMs: 300_000, subject: 'ada' }],
  ])('are rejected as %p', async (request) => {
    expect(await ops(request)).toMatchObject({ problem: { code: 'ERR_REQUEST_INVALID' } });
  });
});

describe('revokes', () => {
  test('one session, and a repeat ends none', async () => {
    const [{ session }] = (await many(1)) as [Awaited<ReturnType<typeof signedIn>>];
    const request = { action: 'revoke', sessionId: session.sessionId };
    expect(await ops(request)).toMatchObject({ revoked: 1, examined: 1, next: null });
    expect(await ops(request)).toMatchObject({ revoked: 0, examined: 1, next: null });
    expect((await store.read(session.sessionId))!.session).toMatchObject({
      endReason: 'revoked',
      endedAt: now,
    });
  });

  test("all of a user's, and nobody else's", async () => {
    await many(5);
    const others = await many(2, 'grace');
    expect(await ops({ action: 'revoke', subject: 'ada' })).toMatchObject({ revoked: 5, examined: 5 });
    expect(await ops({ action: 'revoke', subject: 'ada' })).toMatchObject({ revoked: 0 });
    for (const { session } of others) {
      expect((await store.read(session.sessionId))!.session.state).toBe('active');
    }
  });

  test("every user's, page by page, each with its progress; a repeat ends none", async () => {
    await many(40);
    await many(37, 'grace');
    const request = { action: 'revoke', all: true, limit: 10 };
    let answer: RevokeAnswer = await ops(request);
    const revoked = [answer.revoked];
    while (answer.next) {
      answer = await ops({ ...request, cursor: answer.next });
      revoked.push(answer.revoked);
    }
    expect(revoked.reduce((sum, count) => sum + count, 0)).toBe(77);
    expect(Math.max(...revoked)).toBeLessThanOrEqual(10);
    expect(answer.shards).toEqual({ done: 4, of: 4 });
    expect(await ops(request)).toMatchObject({ revoked: 0, examined: 0, next: null });
    for (const session of [
      ...(await store.listBySubject('ada')).sessions,
      ...(await store.listBySubject('grace')).sessions,
    ]) {
      expect(endReasonOf(session)).toBe('revoked');
    }
  });

  test('page after page for as long as there is time, and says where to go on', async () => {
    await many(250);
    const enough = new AbortController();
    const due = jest.spyOn(store, 'due').mockImplementation((request) => {
      due.mockRestore();
      enough.abort();
      return store.due(request);
    });
    const request = readRequest({ action: 'revoke', actor: 'ops', all: true, limit: 10_000 });
    const first = (await administer(request, { store, now, enough: enough.signal })) as RevokeAnswer;
    expect(first.examined).toBeGreaterThan(0);
    expect(first.examined).toBeLessThanOrEqual(100);
    const rest = await ops({ action: 'revoke', all: true, limit: 10_000, cursor: first.next });
    expect(first.revoked + rest.revoked).toBe(250);
    expect(rest.next).toBeNull();
  });

  test('a session that a deadline has ended keeps that reason', async () => {
    const [{ session }] = (await many(1)) as [Awaited<ReturnType<typeof signedIn>>];
    now = session.idleExpiresAt;
    expect(await ops({ action: 'revoke', all: true })).toMatchObject({ revoked: 0, examined: 1 });
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
    [{ action: 'revoke', subject: 'ada\ud800' }],
    [{ action: 'revoke', subject: 'é'.repeat(1_025) }],
    [{ action: 'erase' }],
    [{ action: 'erase', subject: '' }],
    [{ action: 'erase', all: true }],
  ])('%j', async (request) => {
    await many(1);
    expect(await ask(request && { actor: 'ops', ...request })).toMatchObject({
      problem: { status: 400, code: 'ERR_REQUEST_INVALID' },
    });
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
    const answer = await ops({ action: 'revoke', sessionId: 'z'.repeat(22) });
    expect(answer).toMatchObject({ problem: { status: 404, code: 'ERR_NOT_FOUND' } });
  });

  test('every request with a problem while the store fails, and logs it', async () => {
    store.listBySubject = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE');
    };
    const answer = await ops({ action: 'list', subject: 'ada' });
    expect(answer).toMatchObject({ problem: { status: 503, code: 'ERR_STORE_UNAVAILABLE' } });
    expect(seen.lines).toMatchObject([
      { message: 'administration', data: { actor: 'ops', action: 'list', code: 'ERR_STORE_UNAVAILABLE' } },
      { level: 'error' },
    ]);
  });
});

describe('who asks', () => {
  test.each([
    [undefined],
    [null],
    [''],
    ['a'.repeat(129)],
    ['two\nlines'],
    ['\u001b[2J'],
    [7],
    [{ type: 'admin', id: 'ops' }],
  ])('must be said, in printable characters: not %j', async (actor) => {
    await many(1);
    for (const request of [
      { action: 'list', subject: 'ada' },
      { action: 'revoke', subject: 'ada' },
      { action: 'revoke', all: true },
      { action: 'erase', subject: 'ada' },
    ]) {
      const { problem } = await ask({ ...request, ...(actor !== undefined && { actor }) });
      expect(problem).toMatchObject({ status: 400, code: 'ERR_REQUEST_INVALID' });
      expect(problem.detail).toMatch(/^actor: /);
    }
    expect((await store.listBySubject('ada')).sessions[0]!.state).toBe('active');
  });

  test.each(['a', 'arn:aws:sts::000000000000:assumed-role/Ops/ada', 'Zoë Ω', 'a'.repeat(128)])(
    'is kept with what they end: %s',
    async (actor) => {
      const made = await many(3);
      const [one, two, three] = made.map(({ session }) => session.sessionId);
      await ask({ actor, action: 'revoke', sessionId: one });
      await ask({ actor, action: 'revoke', all: true, limit: 1 });
      await ask({ actor, action: 'revoke', subject: 'ada' });
      for (const id of [one, two, three])
        expect((await store.read(id!))!.session).toMatchObject({ endedBy: { type: 'admin', id: actor } });
      expect(await store.notBefore('ada')).toEqual({ at: now, endedBy: { type: 'admin', id: actor } });
      const { sessions } = await ops({ action: 'list', subject: 'ada' });
      expect(sessions[0].endedBy).toEqual({ type: 'admin', id: actor });
    },
  );
});

describe('erases', () => {
  test('a user: what lives is ended, all rows go, nobody else’s do, and a repeat finds nothing', async () => {
    const mine = await many(3);
    const [theirs] = await many(1, 'grace');
    await store.end({ sessionId: mine[0]!.session.sessionId, reason: 'signed-out', now: START + 5 });
    const ended: unknown[] = [];
    const { end } = store;
    store.end = async (write) => {
      const result = await end(write);
      ended.push(result);
      return result;
    };
    const request = { action: 'erase', subject: 'ada' };
    expect(await ops(request)).toEqual({ erased: 3, revoked: 2, remaining: 0 });
    // Their end is written first, so that it is announced.
    expect(ended).toMatchObject([
      { outcome: 'ended', session: { endReason: 'revoked', endedBy: { type: 'admin', id: 'ops' } } },
      { outcome: 'ended', session: { endReason: 'revoked', endedBy: { type: 'admin', id: 'ops' } } },
    ]);
    expect((await store.listBySubject('ada')).sessions).toEqual([]);
    expect(await store.notBefore('ada')).toBeUndefined();
    expect((await store.read(theirs!.session.sessionId))!.session.state).toBe('active');
    expect(await ops(request)).toEqual({ erased: 0, revoked: 0, remaining: 0 });
  });

  test('500 rows or so a request, and keeps the record of the end until none is left', async () => {
    await many(1_250);
    const answers = [];
    for (let requests = 0; requests < 9; requests += 1) {
      const answer = await ops({ action: 'erase', subject: 'ada' });
      answers.push(answer.erased);
      if (answer.remaining === 0) break;
      expect(await store.notBefore('ada')).toMatchObject({ at: now });
    }
    expect(answers).toEqual([500, 500, 250]);
    expect(await store.notBefore('ada')).toBeUndefined();
  });

  test('what the store fails to end, or to delete, is left to a repeat', async () => {
    const [first, second] = await many(3);
    const { end, eraseSession } = store;
    store.end = async (write) => {
      if (write.sessionId === first!.session.sessionId) throw new SessionError('ERR_STORE_UNAVAILABLE');
      return end(write);
    };
    store.eraseSession = async (row) => {
      if (row.sessionId === second!.session.sessionId) throw new SessionError('ERR_STORE_UNAVAILABLE');
      return eraseSession(row);
    };
    const request = { action: 'erase', subject: 'ada' };
    expect(await ops(request)).toEqual({ erased: 1, revoked: 2, remaining: 2 });
    expect((await store.read(first!.session.sessionId))!.session.state).toBe('active');
    Object.assign(store, { end, eraseSession });
    expect(await ops(request)).toEqual({ erased: 2, revoked: 1, remaining: 0 });
  });

  test('a row that can’t be understood as it is', async () => {
    const deleted: unknown[] = [];
    const { listBySubject, eraseSession } = store;
    store.listBySubject = async (...asked) => ({
      ...(await listBySubject(...asked)),
      unreadable: [{ sessionId: 'z'.repeat(22), cause: 'damaged' }],
    });
    store.eraseSession = async (row) => {
      deleted.push(row);
      return eraseSession(row);
    };
    expect(await ops({ action: 'erase', subject: 'ada' })).toMatchObject({ erased: 1, remaining: 0 });
    expect(deleted).toEqual([{ subject: 'ada', sessionId: 'z'.repeat(22), onlyEnded: false }]);
  });
});

test.each([
  [{ action: 'list', subject: 'ada' }, { listed: 2 }],
  [
    { action: 'revoke', subject: 'ada' },
    { revoked: 2, remaining: 0 },
  ],
  [
    { action: 'erase', subject: 'ada' },
    { erased: 2, revoked: 2, remaining: 0 },
  ],
  [{ action: 'revoke', sessionId: 'z'.repeat(22) }, { code: 'ERR_NOT_FOUND' }],
])(
  'each request is logged with who asked and what it did, and with no name or address: %j',
  async (request, done) => {
    const user = { name: 'Ada Lovelace', email: 'ada@example.com' };
    const device = { userAgent: 'A browser', address: '192.0.2.7' };
    for (let made = 0; made < 2; made += 1) {
      await store.create(newSession({ createdAt: START, user, device }), hashOf('right'));
    }
    await ops(request);
    expect(seen.lines).toEqual([
      { level: 'info', message: 'administration', data: { actor: 'ops', ...request, ...done } },
    ]);
    expect(seen.said()).not.toMatch(/Lovelace|example\.com|192\.0\.2/);
  },
);
