import { beforeEach, describe, expect, test } from '@jest/globals';
import type { BrowserClose } from '../../../core/contract.ts';
import { BINDABLE_MS, MARK_SCOPE, MARK_SCOPE_BEFORE } from '../../../core/contract.ts';
import { definePolicy } from '../../../core/policy.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createSessionHandler } from '../../support/handlers.ts';
import { type Answer, SAME_ORIGIN, type Sent, SITE_URL, send, signedIn } from '../../support/http.ts';
import { bindToRun, markOf } from '../../support/marks.ts';
import { createRecorder } from '../../support/observers.ts';

const START = 1_700_000_000_000;
/** What the browser of this run holds, and what another run would. */
const THIS = markOf('a');
const OTHER = markOf('b');

let now = START;
let store = createMemoryStore();
let seen = createRecorder();
let handler = make();

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

function make(browserClose: BrowserClose = 'run') {
  return createSessionHandler({
    ...seen,
    store,
    siteUrl: SITE_URL,
    now: () => now,
    clearSiteData: false,
    browserClose,
    openapi: {},
  });
}

beforeEach(() => {
  now = START;
  store = createMemoryStore();
  seen = createRecorder();
  handler = make();
});

const signIn = (browserClose: BrowserClose = 'run', seed = 'session') =>
  signedIn(store, { now, seed, policy: definePolicy({ browserClose }) });

interface Ask extends Partial<Sent> {
  readonly cookie?: string;
  readonly auth?: string;
}
function ask(path: string, { cookie, auth, headers = SAME_ORIGIN, ...sent }: Ask): Promise<Answer> {
  return send(handler, {
    path,
    ...(cookie && { cookies: [cookie] }),
    headers: { ...headers, ...(auth && { authorization: auth }) },
    ...sent,
  });
}
const set = (sent: Ask) => ask('/api/mark', sent);
const check = (sent: Ask) => ask('/api/run/check', sent);
const status = (cookie: string, auth = THIS) => ask('/api/session', { cookie, auth });

/** A session that is bound to this run, and confirmed. */
async function bound(browserClose: BrowserClose = 'run'): Promise<{ cookie: string; sessionId: string }> {
  const { cookie, session } = await signIn(browserClose);
  await set({ cookie, auth: THIS });
  expect((await check({ cookie, auth: THIS })).json).toEqual({ run: 'same' });
  return { cookie, sessionId: session.sessionId };
}

describe.each(['/api/mark', '/api/run/set'])('GET %s', (path) => {
  const set = (sent: Ask) => ask(path, sent);

  test('challenges until the credential comes, and then never again', async () => {
    const { cookie } = await signIn();
    const first = await set({ cookie });
    expect(first.status).toBe(401);
    expect(first.headers['www-authenticate']).toMatch(/^Basic /);
    expect(first.headers['cache-control']).toBe('no-store');
    const second = await set({ cookie, auth: THIS });
    expect(second).toMatchObject({ status: 200, json: { run: 'same' } });
    expect(second.headers).not.toHaveProperty('www-authenticate');
  });

  test.each([
    ['another scheme', 'Bearer abc'],
    ['another user name', basic(`admin:${'a'.repeat(43)}`)],
    ['a password that is too short', basic(`run:${'a'.repeat(42)}`)],
    ['a password that is too long', basic(`run:${'a'.repeat(44)}`)],
    ['no colon', basic('a'.repeat(47))],
    ['nothing', 'Basic '],
  ])('%s is answered without a challenge, and binds nothing', async (_, auth) => {
    const { cookie, session } = await signIn();
    const answer = await set({ cookie, auth });
    expect(answer).toMatchObject({ status: 200, json: { run: 'unmarked' } });
    expect((await store.read(session.sessionId))?.binding).toBeUndefined();
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' }],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'empty' }],
    ['the address bar', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }],
    ['a link on the site', { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'document' }],
    ['an image on the site', { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'image' }],
    ['a navigation of an old browser', { accept: 'text/html,*/*' }],
  ])('%s is rejected, never challenged, and binds nothing', async (_, headers) => {
    const { cookie, session } = await signIn();
    for (const auth of [undefined, THIS]) {
      const answer = await set({ cookie, headers, ...(auth && { auth }) });
      expect(answer).toMatchObject({ status: 403, json: { code: 'ERR_CROSS_SITE' } });
      expect(answer.headers).not.toHaveProperty('www-authenticate');
    }
    expect((await store.read(session.sessionId))?.binding).toBeUndefined();
  });

  test.each([
    [-1, 'same'],
    [0, 'unmarked'],
    [1, 'unmarked'],
  ])('%i ms from the end of the first minute: %s', async (offset, run) => {
    const { cookie } = await signIn();
    now += BINDABLE_MS + offset;
    expect((await set({ cookie, auth: THIS })).json).toEqual({ run });
    expect((await check({ cookie, auth: THIS })).json).toEqual({ run });
  });

  test('another run does not take over the binding, confirmed or not', async () => {
    const { cookie } = await signIn();
    await set({ cookie, auth: THIS });
    expect((await set({ cookie, auth: OTHER })).json).toEqual({ run: 'unmarked' });
    expect((await check({ cookie, auth: THIS })).json).toEqual({ run: 'same' });
    expect((await set({ cookie, auth: OTHER })).json).toEqual({ run: 'other' });
    expect((await check({ cookie, auth: THIS })).json).toEqual({ run: 'same' });
    expect((await status(cookie)).status).toBe(200);
  });

  test.each([
    ['no cookie', undefined],
    ['a forged cookie', `__Host-session=${'A'.repeat(22)}.${'A'.repeat(43)}`],
    ["another session's id", undefined],
  ])('%s: nothing is bound', async (name, forged) => {
    const { session } = await signIn();
    const stranger = await signIn('run', 'stranger');
    const cookie = name.startsWith('another')
      ? stranger.cookie.replace(stranger.session.sessionId, session.sessionId)
      : forged;
    const answer = await set({ ...(cookie && { cookie }), auth: THIS });
    expect(answer).toMatchObject({ status: 200, json: { run: 'unmarked' } });
    expect((await store.read(session.sessionId))?.binding).toBeUndefined();
  });

  test('in mode `cookie` nobody is challenged and nothing is bound', async () => {
    handler = make('cookie');
    const { cookie, session } = await signIn('cookie');
    for (const auth of [undefined, THIS]) {
      const answer = await set({ cookie, ...(auth && { auth }) });
      expect(answer).toMatchObject({ status: 200, json: { run: 'unmarked' } });
    }
    expect((await store.read(session.sessionId))?.binding).toBeUndefined();
  });

  test('a session from before the policy changed stays as it was signed in', async () => {
    const { cookie, session } = await signIn('cookie');
    await set({ cookie, auth: THIS });
    expect((await store.read(session.sessionId))?.binding).toBeUndefined();
  });
});

describe('GET /api/run/check', () => {
  test.each([undefined, OTHER])('a page of another run ends the session, once', async (auth) => {
    const { cookie, sessionId } = await bound();
    now += 40_000;
    const shown = { cookie, ...(auth && { auth }) };
    expect(await check(shown)).toMatchObject({ status: 200, json: { run: 'other' } });
    expect((await status(cookie)).json).toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'closed',
      endedAt: now,
    });
    const ended = (await store.read(sessionId))?.session;
    expect(ended).toMatchObject({ state: 'ended', endReason: 'closed', endedAt: now, closesAt: now });
    now += 1;
    expect((await check(shown)).json).toEqual({ run: 'other' });
    expect((await store.read(sessionId))?.session).toEqual(ended);
  });

  test('never challenges', async () => {
    const { cookie } = await bound();
    for (const sent of [{}, { cookie }, { cookie, auth: OTHER }, { cookie, auth: 'Bearer x' }]) {
      const answer = await check(sent);
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('www-authenticate');
    }
  });

  test.each(['reload', 'probe'])('a %s in another run is told so and ends nothing', async (load) => {
    const { cookie } = await bound();
    expect((await check({ cookie, query: `load=${load}` })).json).toEqual({ run: 'other' });
    expect((await status(cookie)).status).toBe(200);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }, 'unmarked'],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site' }, 'unmarked'],
    ['the address bar', { 'sec-fetch-site': 'none' }, 'unmarked'],
    ['an old browser', {}, 'other'],
    ['an old browser on another site', { origin: 'https://evil.example' }, 'other'],
  ])('%s ends nothing', async (_, headers, run) => {
    const { cookie } = await bound();
    expect((await check({ cookie, headers })).json).toEqual({ run });
    expect((await status(cookie)).status).toBe(200);
  });

  test('a binding that the browser has never confirmed is no reason to end the session', async () => {
    const { cookie } = await signIn();
    await set({ cookie, auth: THIS });
    for (const auth of [undefined, OTHER]) {
      expect((await check({ cookie, ...(auth && { auth }) })).json).toEqual({ run: 'unmarked' });
    }
    expect((await status(cookie)).status).toBe(200);
    expect((await check({ cookie, auth: THIS })).json).toEqual({ run: 'same' });
  });

  test("another session's credential, and a forged cookie, tell and end nothing", async () => {
    const { sessionId } = await bound();
    const stranger = await signIn('run', 'stranger');
    expect((await check({ cookie: stranger.cookie, auth: THIS })).json).toEqual({ run: 'unmarked' });
    const forged = stranger.cookie.replace(stranger.session.sessionId, sessionId);
    for (const auth of [undefined, THIS, OTHER]) {
      expect((await check({ cookie: forged, ...(auth && { auth }) })).json).toEqual({ run: 'unmarked' });
    }
    expect((await store.read(sessionId))?.session.state).toBe('active');
  });

  test('an expired session ends for the reason that came first', async () => {
    const { cookie } = await bound();
    now += definePolicy().idleTimeoutMs;
    expect((await check({ cookie })).json).toEqual({ run: 'other' });
    expect((await status(cookie)).json).toMatchObject({ reason: 'idle' });
  });

  test('never extends', async () => {
    const { cookie, sessionId } = await bound();
    const before = (await store.read(sessionId))?.session;
    now += 60_000;
    await check({ cookie, auth: THIS });
    expect((await store.read(sessionId))?.session).toEqual(before);
  });

  test('counts the loads of sessions that should be bound and are not', async () => {
    const unbound = await signIn('cookie', 'cookie');
    const { cookie } = await signIn();
    await check({ cookie });
    expect(seen.counts.UnmarkedLoads).toBeUndefined();
    await check({ cookie, query: 'load=set' });
    expect(seen.counts.UnmarkedLoads).toBe(1);
    now += BINDABLE_MS;
    await check({ cookie });
    expect(seen.counts.UnmarkedLoads).toBe(2);
    await check({ cookie: unbound.cookie });
    await check({});
    expect(seen.counts.UnmarkedLoads).toBe(2);
  });

  test('a probe of the same run is told its mark, so that its page can set it again; nobody else is', async () => {
    const { cookie } = await bound();
    const mark = 'a'.repeat(43);
    expect((await check({ cookie, auth: THIS, query: 'load=probe' })).json).toEqual({ run: 'same', mark });
    for (const sent of [
      { query: 'load=probe', auth: OTHER },
      { query: 'load=probe', auth: THIS, headers: {} },
      { query: 'load=probe', auth: THIS, headers: { 'sec-fetch-site': 'cross-site' } },
      { query: 'load=navigate', auth: THIS },
      { query: 'load=set', auth: THIS },
    ]) {
      expect((await check({ cookie, ...sent })).json).not.toHaveProperty('mark');
      if (sent.auth === OTHER) continue;
      expect((await status(cookie)).status).toBe(200);
    }
  });

  test('neither the credential nor its hash is logged', async () => {
    const { cookie } = await bound();
    await check({ cookie, auth: OTHER });
    expect(seen.said()).not.toMatch(/aaaa|bbbb|YWFh|YmJi|Basic/);
  });
});

test.each([
  ['/api/mark', MARK_SCOPE],
  ['/api/run/set', MARK_SCOPE_BEFORE],
])('%s: the browser will show the mark under %s', async (path, scope) => {
  const { cookie, session } = await signIn();
  await ask(path, { cookie, auth: THIS });
  expect((await store.read(session.sessionId))?.binding).toMatchObject({ confirmed: false, scope });
});

describe('a request without the mark of its run', () => {
  const POSTS = ['/api/session/touch', '/api/session/close', '/api/session/open', '/api/sessions/revoke'];
  const bodyOf = (path: string, sessionId: string) => ({
    sessionId,
    ...(path === '/api/session/touch' && { idleForMs: 0 }),
    ...(path === '/api/sessions/revoke' && { target: 'all' }),
  });
  const asked = (
    path: string,
    cookie: string,
    sessionId: string,
    auth?: string,
    headers: Sent['headers'] = SAME_ORIGIN,
  ) =>
    POSTS.includes(path)
      ? ask(path, { method: 'POST', cookie, headers, body: bodyOf(path, sessionId), ...(auth && { auth }) })
      : ask(path, { cookie, headers, ...(auth && { auth }) });
  const ROUTES = ['/api/session', '/api/sessions', ...POSTS];
  const REQUESTS: [string, object][] = [
    ['a script', SAME_ORIGIN],
    [
      'the address bar',
      {
        'sec-fetch-site': 'none',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-fetch-user': '?1',
      },
    ],
    ['a frame', { ...SAME_ORIGIN, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['an image', { ...SAME_ORIGIN, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  ];

  test.each(ROUTES)('%s: is rejected, tells nothing, slides nothing and ends nothing', async (path) => {
    const { cookie, sessionId } = await bound('last-page');
    now += 120_000;
    const before = (await store.read(sessionId))!.session;
    for (const [, headers] of POSTS.includes(path) ? REQUESTS.slice(0, 1) : REQUESTS) {
      for (const auth of [undefined, OTHER, 'Bearer abc']) {
        const answer = await asked(path, cookie, sessionId, auth, { ...headers, 'curfew-idle-for': '0' });
        expect(answer).toMatchObject({ status: 403, json: { code: 'ERR_RUN_UNCONFIRMED' }, cookies: [] });
        expect(Object.keys(answer.json).sort()).toEqual(['code', 'status', 'title', 'type']);
        expect(answer.headers).not.toHaveProperty('www-authenticate');
      }
    }
    expect((await store.read(sessionId))!.session).toEqual(before);
    expect((await asked(path, cookie, sessionId, THIS)).status).toBeLessThan(300);
  });

  test('is told why a session has ended, and ends one that has expired', async () => {
    const { cookie, sessionId } = await bound();
    now += definePolicy().idleTimeoutMs;
    expect((await ask('/api/session', { cookie })).json).toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'idle',
    });
    expect((await asked('/api/session/touch', cookie, sessionId)).json).toMatchObject({
      reason: 'idle',
      endedAt: now,
    });
  });

  test('signs out all the same: the user who leaves a restored browser is gone', async () => {
    const { cookie, sessionId } = await bound();
    const body = { sessionId };
    const answer = await ask('/api/session/sign-out', { method: 'POST', cookie, body });
    expect(answer).toMatchObject({
      status: 200,
      text: '{}',
      cookies: expect.arrayContaining([expect.stringMatching(/^__Host-session=; Max-Age=0;/)]),
    });
    expect((await store.read(sessionId))?.session).toMatchObject({ endReason: 'signed-out' });
  });

  test.each([
    ['a link on another site', { 'sec-fetch-site': 'cross-site' }, THIS, 403, 'ERR_CROSS_SITE'],
    [
      'the same in a run without a mark',
      { 'sec-fetch-site': 'cross-site' },
      undefined,
      401,
      'ERR_SESSION_MISSING',
    ],
    ['a page of the site, once signed out', SAME_ORIGIN, THIS, 401, 'ERR_SESSION_MISSING'],
  ])(
    '%s, whose cookie is missing: no 401 where a browser would forget the mark of a live session',
    async (_, headers, auth, expected, code) => {
      for (const path of ['/api/session', '/api/sessions']) {
        const answer = await ask(path, { headers, ...(auth && { auth }) });
        expect(answer).toMatchObject({ status: expected, json: { code } });
      }
    },
  );

  test('is counted', async () => {
    const { cookie } = await bound();
    await ask('/api/session', { cookie });
    expect(seen.counts).toMatchObject({ 'Refusals Code=ERR_RUN_UNCONFIRMED': 1 });
  });

  test('is taken before the browser has shown that it keeps the mark', async () => {
    const { cookie, session } = await signIn();
    await set({ cookie, auth: THIS });
    for (const path of ROUTES.slice(0, 4)) {
      for (const auth of [undefined, OTHER]) {
        expect((await asked(path, cookie, session.sessionId, auth)).status).toBeLessThan(300);
      }
    }
  });

  test('is taken from a session that the last release has bound', async () => {
    const signed = await signIn();
    await bindToRun(store, signed, 'a', MARK_SCOPE_BEFORE);
    for (const path of ROUTES) {
      expect((await asked(path, signed.cookie, signed.session.sessionId)).status).toBeLessThan(300);
    }
  });
});

describe('the close grace at the API', () => {
  const post = (path: string, cookie: string, sessionId: string, headers: Sent['headers'] = SAME_ORIGIN) =>
    send(handler, { method: 'POST', path, cookies: [cookie], headers, body: { sessionId } });

  test.each([
    ['last-page', START + 30_000],
    ['run', null],
    ['cookie', null],
  ] as const)('policy %s: a close makes closesAt %s', async (browserClose, closesAt) => {
    const { cookie, session } = await signIn(browserClose);
    expect((await post('/api/session/close', cookie, session.sessionId)).status).toBe(202);
    expect((await status(cookie)).json).toMatchObject({ closesAt });
    expect((await post('/api/session/open', cookie, session.sessionId)).json).toMatchObject({
      closesAt: null,
      idleExpiresAt: session.idleExpiresAt,
    });
  });

  test.each([
    [-1, 200],
    [0, 401],
    [1, 401],
  ])('an open %i ms from the end of the grace: %i', async (offset, expected) => {
    const { cookie, session } = await signIn('last-page');
    await post('/api/session/close', cookie, session.sessionId);
    now += 30_000 + offset;
    const answer = await post('/api/session/open', cookie, session.sessionId);
    expect(answer.status).toBe(expected);
    if (expected === 401) expect(answer.json).toMatchObject({ reason: 'closed', endedAt: now });
  });

  test.each(['/api/session/close', '/api/session/open'])(
    '%s of another site, session or secret does nothing',
    async (path) => {
      const { cookie, session } = await signIn('last-page');
      const stranger = await signIn('last-page', 'stranger');
      await post('/api/session/close', cookie, session.sessionId);
      now += 1_000;
      const before = (await store.read(session.sessionId))?.session;
      const { sessionId } = session;
      const forged = stranger.cookie.replace(stranger.session.sessionId, sessionId);
      const answers = [
        await post(path, cookie, sessionId, { 'sec-fetch-site': 'cross-site' }),
        await post(path, cookie, sessionId, { 'sec-fetch-site': 'same-site' }),
        await post(path, cookie, sessionId, {}),
        await post(path, stranger.cookie, sessionId),
        await post(path, forged, sessionId),
        await send(handler, { method: 'GET', path, cookies: [cookie], headers: SAME_ORIGIN }),
      ];
      expect(answers.map((answer) => answer.status)).toEqual([403, 403, 403, 409, 401, 405]);
      expect((await store.read(sessionId))?.session).toEqual(before);
    },
  );

  test('a replayed close of a session that has ended changes nothing', async () => {
    const { cookie, session } = await signIn('last-page');
    await post('/api/session/sign-out', cookie, session.sessionId);
    const before = (await store.read(session.sessionId))?.session;
    expect((await post('/api/session/close', cookie, session.sessionId)).status).toBe(401);
    expect((await store.read(session.sessionId))?.session).toEqual(before);
  });
});
