import { beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { SAME_ORIGIN, type Sent, SITE_URL, send, signedIn } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';
import { endReasonOf } from '../../support/sessions.ts';

const START = 1_700_000_000_000;
const IDLE = definePolicy().idleTimeoutMs;

let now = START;
let store = createMemoryStore();
let seen = createRecorder();
let handler = make();

function make(options: Partial<Parameters<typeof createSessionHandler>[0]> = {}) {
  return createSessionHandler({
    ...seen,
    store,
    siteUrl: SITE_URL,
    now: () => now,
    clearSiteData: false,
    openapi: { openapi: '3.1.1' },
    ...options,
  });
}

beforeEach(() => {
  now = START;
  store = createMemoryStore();
  seen = createRecorder();
  handler = make();
});

function posted(path: string, cookie: string | undefined, body: object): Sent {
  return { method: 'POST', path, body, headers: SAME_ORIGIN, ...(cookie && { cookies: [cookie] }) };
}

describe('GET /api/session', () => {
  test('describes the session, at the time of the request', async () => {
    const { session, cookie } = await signedIn(store, { now });
    now += 60_000;
    const answer = await send(handler, { path: '/api/session', cookies: [cookie] });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      sessionId: session.sessionId,
      subject: 'user',
      user: {},
      serverTime: START + 60_000,
      createdAt: START,
      lastActivityAt: START,
      idleExpiresAt: START + IDLE,
      absoluteExpiresAt: START + 43_200_000,
      expiresAt: START + IDLE,
      remainingMs: IDLE - 60_000,
      warnBeforeMs: 120_000,
      absoluteWarnBeforeMs: 600_000,
      idleTimeoutMs: IDLE,
      absoluteTimeoutMs: 43_200_000,
      extendable: true,
      closesAt: null,
    });
  });

  test.each([
    [-1, 200],
    [0, 401],
    [1, 401],
  ])('at the deadline %i ms: %i', async (offset, status) => {
    const { cookie } = await signedIn(store, { now });
    now += IDLE + offset;
    expect((await send(handler, { path: '/api/session', cookies: [cookie] })).status).toBe(status);
  });

  test('asking for ten idle timeouts does not keep a session alive', async () => {
    const { cookie } = await signedIn(store, { now });
    let answer = await send(handler, { path: '/api/session', cookies: [cookie] });
    for (let asked = 0; asked < 100; asked += 1) {
      now += IDLE / 10;
      answer = await send(handler, { path: '/api/session', cookies: [cookie] });
    }
    expect(answer.json).toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'idle',
      endedAt: START + IDLE,
      status: 401,
    });
  });

  test('a 401 leaves the cookie', async () => {
    const { cookie } = await signedIn(store, { now });
    now += IDLE;
    expect((await send(handler, { path: '/api/session', cookies: [cookie] })).cookies).toEqual([]);
  });

  test.each([
    ['no cookie', [], 'ERR_SESSION_MISSING'],
    ['not of our form', ['__Host-session=short'], 'ERR_SESSION_MISSING'],
    ['a forged one', [`__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`], 'ERR_SESSION_UNKNOWN'],
  ])('%s', async (_, cookies, code) => {
    const answer = await send(handler, { path: '/api/session', cookies });
    expect(answer).toMatchObject({ status: 401, json: { code } });
  });

  test('a right id with a wrong secret is as unknown as a wrong id', async () => {
    const { session } = await signedIn(store, { now });
    const cookies = [`__Host-session=${session.sessionId}.${'b'.repeat(43)}`];
    const answer = await send(handler, { path: '/api/session', cookies });
    expect(answer.json).toEqual({
      type: '/api/openapi.json#ERR_SESSION_UNKNOWN',
      title: 'Unknown session',
      status: 401,
      code: 'ERR_SESSION_UNKNOWN',
    });
  });

  test('a store that fails is 503, with Retry-After and the cookie left as it is', async () => {
    const { cookie } = await signedIn(store, { now });
    const failing = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE', { retryAfterMs: 1_500, cause: new Error('throttled') });
    };
    handler = make({ store: { ...store, read: failing } });
    const answer = await send(handler, { path: '/api/session', cookies: [cookie] });
    expect(answer).toMatchObject({ status: 503, cookies: [], headers: { 'retry-after': '2' } });
    expect(answer.json.code).toBe('ERR_STORE_UNAVAILABLE');
    expect(seen.said()).toContain('throttled');
  });
});

describe('POST /api/session/touch', () => {
  test('moves the deadline to the activity plus the idle timeout, without slack', async () => {
    const { session, cookie } = await signedIn(store, { now });
    now += 300_000;
    const body = { sessionId: session.sessionId, idleForMs: 10_000 };
    const answer = await send(handler, posted('/api/session/touch', cookie, body));
    expect(answer.json).toMatchObject({ lastActivityAt: now - 10_000, idleExpiresAt: now - 10_000 + IDLE });
    expect(seen.counts).toEqual({ Touches: 1, TouchWrites: 1 });
  });

  test('an activity older than what is known changes nothing', async () => {
    const { session, cookie } = await signedIn(store, { now });
    now += 300_000;
    const body = { sessionId: session.sessionId, idleForMs: 300_001 };
    const answer = await send(handler, posted('/api/session/touch', cookie, body));
    expect(answer.json).toMatchObject({ lastActivityAt: START, idleExpiresAt: START + IDLE });
    expect(seen.counts).toEqual({ Touches: 1 });
  });

  test('does not revive an expired session', async () => {
    const { session, cookie } = await signedIn(store, { now });
    now += IDLE;
    const answer = await send(
      handler,
      posted('/api/session/touch', cookie, { sessionId: session.sessionId }),
    );
    expect(answer.json).toMatchObject({ code: 'ERR_SESSION_ENDED', reason: 'idle' });
    expect(seen.counts).toEqual({ 'Refusals Code=ERR_SESSION_ENDED': 1 });
  });

  test("another session's id is a mismatch, whether or not the cookie's session is known", async () => {
    const { cookie } = await signedIn(store, { now });
    const other = { sessionId: 'x'.repeat(22) };
    const forged = `__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`;
    for (const held of [cookie, forged]) {
      const answer = await send(handler, posted('/api/session/touch', held, other));
      expect(answer).toMatchObject({ status: 409, json: { code: 'ERR_SESSION_MISMATCH' } });
    }
  });

  test.each([
    [{}, 'sessionId'],
    [{ sessionId: 'x' }, 'sessionId'],
    [{ sessionId: 'x'.repeat(22), idleForMs: -1 }, 'idleForMs'],
    [{ sessionId: 'x'.repeat(22), idleForMs: 1.5 }, 'idleForMs'],
    [{ sessionId: 'x'.repeat(22), idleForMs: '0' }, 'idleForMs'],
    [{ sessionId: 'x'.repeat(22), idleForMs: null }, 'idleForMs'],
  ])('%j is rejected, naming %s', async (body, field) => {
    const answer = await send(handler, posted('/api/session/touch', undefined, body));
    expect(answer).toMatchObject({ status: 400, json: { code: 'ERR_REQUEST_INVALID' } });
    expect(answer.json.detail).toMatch(new RegExp(`^${field}: `));
  });
});

describe('POST /api/session/sign-out', () => {
  test('ends the session once and clears its cookies; a repeat has the same answer', async () => {
    const { session, cookie } = await signedIn(store, { now });
    const body = { sessionId: session.sessionId };
    const first = await send(handler, posted('/api/session/sign-out', cookie, body));
    expect(first).toMatchObject({ status: 200, json: {} });
    expect(first.cookies).toEqual([
      '__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
      '__Host-last=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    ]);
    expect(first.headers['clear-site-data']).toBeUndefined();
    now += 5;
    const again = await send(handler, posted('/api/session/sign-out', cookie, body));
    expect(again.status).toBe(200);
    const told = await send(handler, { path: '/api/session', cookies: [cookie] });
    expect(told.json).toMatchObject({ reason: 'signed-out', endedAt: START });
  });

  test('a session that a deadline had ended stays ended by it', async () => {
    const { session, cookie } = await signedIn(store, { now });
    now += IDLE;
    const body = { sessionId: session.sessionId };
    expect((await send(handler, posted('/api/session/sign-out', cookie, body))).status).toBe(200);
    expect(endReasonOf((await store.read(session.sessionId))?.session)).toBe('idle');
  });

  test('an unknown session is signed out too', async () => {
    const sessionId = 'a'.repeat(22);
    const forged = `__Host-session=${sessionId}.${'b'.repeat(43)}`;
    const answer = await send(handler, posted('/api/session/sign-out', forged, { sessionId }));
    expect(answer).toMatchObject({ status: 200, json: {} });
    expect(answer.cookies).toHaveLength(2);
  });

  test('of somebody else’s session by its id alone signs nobody out, and the log says so', async () => {
    const { session } = await signedIn(store, { now });
    const { sessionId } = session;
    const forged = `__Host-session=${sessionId}.${'b'.repeat(43)}`;
    await send(handler, posted('/api/session/sign-out', forged, { sessionId }));
    expect((await store.read(sessionId))?.session.state).toBe('active');
    expect(seen.lines.at(-1)?.data).toMatchObject({ status: 200, sessionId, code: 'ERR_SESSION_UNKNOWN' });
  });

  test('tells where the provider signs out, and clears site data where configured', async () => {
    const { session, cookie } = await signedIn(store, { now });
    const signOutUrl = 'https://id.example.com/logout?client_id=app';
    handler = make({ clearSiteData: true, provider: { signOutUrl: async () => signOutUrl } });
    const body = { sessionId: session.sessionId };
    const answer = await send(handler, posted('/api/session/sign-out', cookie, body));
    expect(answer.json).toEqual({ signOutUrl });
    expect(answer.headers['clear-site-data']).toBe('"cache", "storage"');
  });
});
