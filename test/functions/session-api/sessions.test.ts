import { beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import { toCursor } from '../../../functions/session-api/cursor.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SAME_ORIGIN, SITE_URL, send, signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';
import { endReasonOf } from '../../support/sessions.ts';

const START = 1_700_000_000_000;

let now = START;
let store = createMemoryStore();
let handler = make();

function make() {
  return createSessionHandler({
    ...createRecorder(),
    store,
    siteUrl: SITE_URL,
    now: () => now,
    clearSiteData: false,
    openapi: { openapi: '3.1.1' },
  });
}

beforeEach(() => {
  now = START;
  store = createMemoryStore();
  handler = make();
});

const asked = (cookie: string) => send(handler, { path: '/api/sessions', cookies: [cookie] });
const revoked = (cookie: string, sessionId: string, target: string) =>
  send(handler, {
    method: 'POST',
    path: '/api/sessions/revoke',
    headers: SAME_ORIGIN,
    cookies: [cookie],
    body: { sessionId, target },
  });

async function three() {
  const old = await signedIn(store, { now: START, seed: 'old' });
  const here = await signedIn(store, { now: START + 1, seed: 'here' });
  const young = await signedIn(store, { now: START + 2, seed: 'young' });
  const stranger = await signedIn(store, { now: START + 3, seed: 'stranger', subject: 'somebody else' });
  now = START + 10;
  return { old, here, young, stranger };
}

describe('GET /api/sessions', () => {
  test("lists the user's own live sessions, newest first, without extending any", async () => {
    const { old, here, young } = await three();
    const { json } = await asked(here.cookie);
    expect(json.sessions.map((session: { sessionId: string }) => session.sessionId)).toEqual([
      young.session.sessionId,
      here.session.sessionId,
      old.session.sessionId,
    ]);
    expect(json.sessions.map((session: { current: boolean }) => session.current)).toEqual([
      false,
      true,
      false,
    ]);
    expect(json.sessions[1]).toMatchObject({
      createdAt: START + 1,
      lastActivityAt: START + 1,
      expiresAt: here.session.idleExpiresAt,
    });
  });

  test('leaves out sessions that have ended or expired', async () => {
    const { old, here, young } = await three();
    await store.end({ sessionId: young.session.sessionId, reason: 'revoked', now });
    now = START + definePolicy().idleTimeoutMs;
    const { json } = await asked(here.cookie);
    expect(json.sessions).toHaveLength(1);
    expect((await store.read(old.session.sessionId))!.session.state).toBe('active');
  });

  test('comes page by page, the session that asks on the first, each once', async () => {
    const { here } = await three();
    for (let n = 0; n < 240; n += 1) {
      await signedIn(store, { now: START + 10 + n, seed: `more-${n}` });
    }
    now = START + 1_000;
    const seen: { sessionId: string; current: boolean }[] = [];
    let cursor: string | undefined;
    do {
      const { json } = await send(handler, {
        path: '/api/sessions',
        query: cursor === undefined ? '' : `cursor=${cursor}`,
        cookies: [here.cookie],
      });
      if (cursor === undefined)
        expect(json.sessions.some((one: { current: boolean }) => one.current)).toBe(true);
      seen.push(...json.sessions);
      cursor = json.nextCursor;
    } while (cursor !== undefined);
    expect(new Set(seen.map(({ sessionId }) => sessionId)).size).toBe(243);
    expect(seen).toHaveLength(243);
    expect(seen.filter(({ current }) => current)).toHaveLength(1);
  });

  test.each(['', 'x', Buffer.from('[]').toString('base64url')])(
    'a cursor that is not ours is rejected: %j',
    async (cursor) => {
      const { here } = await three();
      const answer = await send(handler, {
        path: '/api/sessions',
        query: `cursor=${cursor}`,
        cookies: [here.cookie],
      });
      expect(answer).toMatchObject({ status: 400, json: { detail: expect.stringMatching(/^cursor: /) } });
    },
  );

  test("another user's cursor is rejected", async () => {
    const { here, young } = await three();
    const { sessionId, createdAt } = young.session;
    const theirs = toCursor('somebody else', { sessionId, createdAt });
    const answer = await send(handler, {
      path: '/api/sessions',
      query: `cursor=${theirs}`,
      cookies: [here.cookie],
    });
    expect(answer.status).toBe(400);
  });

  test("contains the caller's session even if the index does not have it yet", async () => {
    const { here } = await three();
    store.listBySubject = async () => ({ sessions: [], unreadable: [], next: undefined });
    expect((await asked(here.cookie)).json.sessions).toHaveLength(1);
  });
});

describe('POST /api/sessions/revoke', () => {
  test("one of the user's own, once", async () => {
    const { here, old } = await three();
    const target = old.session.sessionId;
    expect((await revoked(here.cookie, here.session.sessionId, target)).json).toEqual({
      revoked: 1,
      remaining: 0,
    });
    expect((await revoked(here.cookie, here.session.sessionId, target)).json).toEqual({
      revoked: 0,
      remaining: 0,
    });
    expect((await store.read(target))!.session).toMatchObject({ endReason: 'revoked', endedAt: now });
  });

  test("all others of the user, and no other user's", async () => {
    const { here, old, young, stranger } = await three();
    expect((await revoked(here.cookie, here.session.sessionId, 'others')).json).toEqual({
      revoked: 2,
      remaining: 0,
    });
    for (const { session } of [old, young]) {
      expect(endReasonOf((await store.read(session.sessionId))?.session)).toBe('revoked');
    }
    for (const { session } of [here, stranger]) {
      expect((await store.read(session.sessionId))!.session.state).toBe('active');
    }
  });

  test("all of them, the caller's included, whose cookie then tells why", async () => {
    const { here } = await three();
    expect((await revoked(here.cookie, here.session.sessionId, 'all')).json).toEqual({
      revoked: 3,
      remaining: 0,
    });
    expect((await asked(here.cookie)).json).toMatchObject({ code: 'ERR_SESSION_ENDED', reason: 'revoked' });
  });

  test.each([
    ['all', true],
    ['others', false],
    ['one', false],
  ])('%s: sign-ins that are under way end with all, and with nothing less', async (target, isRecorded) => {
    const { here, old } = await three();
    const order: string[] = [];
    const { raiseNotBefore, listBySubject } = store;
    store.raiseNotBefore = async (...request) => {
      order.push('record');
      return raiseNotBefore(...request);
    };
    store.listBySubject = async (...request) => {
      order.push('list');
      return listBySubject(...request);
    };
    await revoked(here.cookie, here.session.sessionId, target === 'one' ? old.session.sessionId : target);
    expect(await store.notBefore(here.session.subject)).toEqual(
      isRecorded ? { at: now, endedBy: { type: 'subject' } } : undefined,
    );
    if (isRecorded) expect(order).toEqual(['record', 'list']);
  });

  test('all, while that can not be recorded: nothing is ended, and the answer is 503', async () => {
    const { here, old } = await three();
    store.raiseNotBefore = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE');
    };
    expect((await revoked(here.cookie, here.session.sessionId, 'all')).status).toBe(503);
    for (const { session } of [here, old])
      expect((await store.read(session.sessionId))!.session.state).toBe('active');
  });

  test('all, while the store fails for one: the session that asks is left for the end', async () => {
    const { here, old } = await three();
    const { end } = store;
    let failing = true;
    store.end = async (write) => {
      if (failing && write.sessionId === old.session.sessionId)
        throw new SessionError('ERR_STORE_UNAVAILABLE');
      return end(write);
    };
    const first = await revoked(here.cookie, here.session.sessionId, 'all');
    expect(first).toMatchObject({ status: 200, json: { revoked: 1, remaining: 2 } });
    expect((await asked(here.cookie)).status).toBe(200);
    failing = false;
    const second = await revoked(here.cookie, here.session.sessionId, 'all');
    expect(second.json).toEqual({ revoked: 2, remaining: 0 });
    expect((await asked(here.cookie)).json).toMatchObject({ reason: 'revoked' });
  });

  test('one whose tombstone goes meanwhile is no reason to sign the asking user out', async () => {
    const { here, old } = await three();
    store.end = async () => ({ outcome: 'unknown' });
    const answer = await revoked(here.cookie, here.session.sessionId, old.session.sessionId);
    expect(answer).toMatchObject({ status: 200, json: { revoked: 0, remaining: 0 } });
  });

  test("another user's, and one that nobody has, are not found alike", async () => {
    const { here, stranger } = await three();
    const theirs = await revoked(here.cookie, here.session.sessionId, stranger.session.sessionId);
    const nobodys = await revoked(here.cookie, here.session.sessionId, 'z'.repeat(22));
    expect(theirs).toMatchObject({ status: 404, json: { code: 'ERR_NOT_FOUND' } });
    expect(nobodys.json).toEqual(theirs.json);
    expect((await store.read(stranger.session.sessionId))!.session.state).toBe('active');
  });

  test('a session that a deadline has ended is not revoked', async () => {
    const { here, old } = await three();
    now = old.session.idleExpiresAt;
    const answer = await revoked(here.cookie, here.session.sessionId, old.session.sessionId);
    expect(answer.json).toEqual({ revoked: 0, remaining: 0 });
    expect(endReasonOf((await store.read(old.session.sessionId))?.session)).toBe('idle');
  });

  test.each(['', 'other', 'ALL', 'x'.repeat(21)])(
    'the target %j is rejected by the name of its field',
    async (target) => {
      const { here } = await three();
      const answer = await revoked(here.cookie, here.session.sessionId, target);
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.json.detail).toMatch(/^target: /);
    },
  );
});

describe('closing', () => {
  const lastPage = definePolicy({ browserClose: 'last-page' });
  const post = (path: string, cookie: string, sessionId: string) =>
    send(handler, { method: 'POST', path, headers: SAME_ORIGIN, cookies: [cookie], body: { sessionId } });

  test('starts a grace that a live page cancels, and that ends the session otherwise', async () => {
    const { session, cookie } = await signedIn(store, { now, policy: lastPage });
    expect((await post('/api/session/close', cookie, session.sessionId)).status).toBe(202);
    now += 29_999;
    const cancelled = await post('/api/session/open', cookie, session.sessionId);
    expect(cancelled.json).toMatchObject({ closesAt: null, idleExpiresAt: session.idleExpiresAt });
    await post('/api/session/close', cookie, session.sessionId);
    now += 30_000;
    const told = await send(handler, { path: '/api/session', cookies: [cookie] });
    expect(told.json).toMatchObject({ reason: 'closed', endedAt: now });
  });

  test('does nothing where the policy has no close grace', async () => {
    const { session, cookie } = await signedIn(store, { now });
    expect((await post('/api/session/close', cookie, session.sessionId)).status).toBe(202);
    expect((await store.read(session.sessionId))!.session.closesAt).toBeNull();
  });
});
