import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import { ROUTES } from '../../../core/routes.ts';
import { MAX_BODY_BYTES } from '../../../functions/http/body.ts';
import { createRouter } from '../../../functions/http/router.ts';
import { createDraftKeys } from '../../../functions/service-secret/draft-keys.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { FRONTS, type Front } from '../../support/fronts.ts';
import { createApiRouter } from '../../support/handlers.ts';
import { checked, SAME_ORIGIN, type Sent, SITE_URL, seededBytes, signedIn } from '../../support/http.ts';
import { KEYRING } from '../../support/keyring.ts';
import { bindToRun, markOf } from '../../support/marks.ts';
import { createRecorder } from '../../support/observers.ts';
import { asHeader, codePoint, SPACES_AND_CONTROLS } from '../../support/spaces.ts';

const NOW = 1_700_000_000_000;
const policy = definePolicy({ browserClose: 'last-page' });
/** The mark of a run, as a browser shows it. */
const RUN = markOf('a');
/** Headers of the connection, not of the reply. */
const OF_THE_CONNECTION = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];

let store = createMemoryStore();
let seen = createRecorder();
let front: Front;
let signed: Awaited<ReturnType<typeof signedIn>>;
let cookie = '';
let sessionId = '';

function make() {
  return createApiRouter({
    ...seen,
    keyring: KEYRING,
    store,
    policy,
    siteUrl: SITE_URL,
    now: () => NOW,
    randomBytes: seededBytes(),
    provider: {
      authorizationUrl: async ({ state }) => new URL(`https://id.example.com/authorize?state=${state}`),
      identify: async () => ({ subject: 'ada', authenticatedAt: NOW }),
      signOutUrl: async () => undefined,
    },
    reauthentication: 'always',
    missingAuthTime: 'refuse',
    clearSiteData: true,
    browserClose: 'last-page',
    draftKeys: createDraftKeys(KEYRING),
    openapi: { openapi: '3.1.1' },
  });
}

const send = async (sent: Sent) => checked(sent, await front.send(sent));
const post = (path: string, body: Sent['body'], more: Partial<Sent> = {}): Sent => ({
  method: 'POST',
  path,
  body,
  cookies: [cookie],
  headers: { ...SAME_ORIGIN, ...more.headers },
});
const read = (path: string, more: Partial<Sent> = {}): Sent => ({ path, cookies: [cookie], ...more });

const CHALLENGE = {
  status: 401,
  headers: { 'www-authenticate': 'Basic realm="browser run", charset="UTF-8"' },
  text: '{"run":"unmarked"}',
};

/** A good request to each route, and its reply. */
const GOOD: Record<string, () => [Sent, object]> = {
  'GET /api/auth/sign-in': () => [
    read('/api/auth/sign-in', { query: 'returnTo=%2Fwork%3Fa%3Db' }),
    {
      status: 302,
      headers: {
        location: expect.stringMatching(
          /^https:\/\/id\.example\.com\/authorize\?state=[\w-]{8}\.[\w-]{200,400}$/,
        ),
      },
      cookies: [expect.stringMatching(/^__Host-signin=[\w-]{43}; Max-Age=600; .*SameSite=Lax$/)],
      text: '',
    },
  ],
  'GET /api/auth/callback': () => [
    read('/api/auth/callback', { query: 'code=c&state=unknown' }),
    {
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'referrer-policy': 'no-referrer' },
      text: expect.stringContaining('location.replace("/?error=sign_in_expired")'),
    },
  ],
  'GET /api/session': () => [
    read('/api/session'),
    { status: 200, json: { sessionId, serverTime: NOW, remainingMs: policy.idleTimeoutMs } },
  ],
  'POST /api/session/touch': () => [
    post('/api/session/touch', { sessionId, idleForMs: 0 }),
    { status: 200, json: { sessionId, lastActivityAt: NOW } },
  ],
  'POST /api/session/sign-out': () => [
    post('/api/session/sign-out', { sessionId }),
    {
      status: 200,
      headers: { 'clear-site-data': '"cache", "storage"' },
      cookies: [
        '__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
        '__Host-last=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      ],
      text: '{}',
    },
  ],
  'POST /api/session/close': () => [
    post('/api/session/close', { sessionId }),
    { status: 202, text: '', cookies: [] },
  ],
  'POST /api/session/open': () => [
    post('/api/session/open', { sessionId }),
    { status: 200, json: { sessionId, closesAt: null } },
  ],
  'POST /api/session/draft-key': () => [
    post('/api/session/draft-key', { sessionId }),
    {
      status: 200,
      json: { keyId: expect.stringMatching(/^[\w-]{8}$/), key: expect.stringMatching(/^[\w-]{43}$/) },
    },
  ],
  'GET /api/mark': () => [read('/api/mark', { headers: SAME_ORIGIN }), CHALLENGE],
  'GET /api/run/set': () => [read('/api/run/set', { headers: SAME_ORIGIN }), CHALLENGE],
  'GET /api/run/check': () => [
    read('/api/run/check', {
      query: 'load=navigate&pass=mark',
      headers: { ...SAME_ORIGIN, authorization: RUN },
    }),
    {
      status: 200,
      cookies: [expect.stringMatching(/^__Host-run=\d{13}\.[\w-]{43}; Max-Age=3; .*SameSite=Strict$/)],
      text: '{"run":"unmarked"}',
    },
  ],
  'GET /api/sessions': () => [
    read('/api/sessions'),
    { status: 200, json: { sessions: [{ sessionId, current: true, device: {} }] } },
  ],
  'POST /api/sessions/revoke': () => [
    post('/api/sessions/revoke', { sessionId, target: 'all' }),
    { status: 200, text: '{"revoked":1,"remaining":0}' },
  ],
  'GET /api/openapi.json': () => [
    read('/api/openapi.json'),
    { status: 200, headers: { 'content-type': 'application/json' }, text: '{"openapi":"3.1.1"}' },
  ],
};

test('no route is left out', () => {
  expect(Object.keys(GOOD)).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`));
});

describe.each(Object.entries(FRONTS))('through %s', (_, open) => {
  beforeEach(async () => {
    store = createMemoryStore();
    seen = createRecorder();
    signed = await signedIn(store, { now: NOW, policy });
    cookie = signed.cookie;
    sessionId = signed.session.sessionId;
    front = await open(make());
  });
  afterEach(() => front.close());

  test.each(Object.keys(GOOD))('%s', async (key) => {
    const [sent, expected] = GOOD[key]!();
    expect(await send(sent)).toMatchObject(expected);
    expect(seen.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a whole sign-in: the state and the cookie come back, and the device is known', async () => {
    const begun = await send({ path: '/api/auth/sign-in', query: 'returnTo=%2Fwork' });
    const state = new URL(begun.headers.location!).searchParams.get('state')!;
    const answer = await send({
      path: '/api/auth/callback',
      query: new URLSearchParams({ code: 'c', state }).toString(),
      cookies: [begun.cookies[0]!.split(';')[0]!],
      headers: { 'user-agent': 'Test/1' },
    });
    expect(answer.text).toContain('location.replace("/work")');
    expect(answer.cookies).toEqual([
      expect.stringMatching(
        /^__Host-session=[\w-]{22}\.[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      ),
      expect.stringMatching(/^__Host-last=[\w-]{8}\.[\w-]{67}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    const [session] = (await store.listBySubject('ada')).sessions;
    expect(session?.device.userAgent).toBe('Test/1');
    expect(session?.device.address).toMatch(/^(?:192\.0\.2\.1|127\.0\.0\.1)$/);
  });

  test('a reply has the headers of its route and no others, and may not be stored, sniffed or loaded by another site', async () => {
    const { headers } = await send(read('/api/session'));
    const own = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
    expect(Object.fromEntries(own)).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test('a refusal is a problem document, byte for byte', async () => {
    const { status, headers, text } = await send({ path: '/api/session' });
    expect(status).toBe(401);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(text).toBe(
      '{"type":"/api/openapi.json#ERR_SESSION_MISSING","title":"No session","status":401,"code":"ERR_SESSION_MISSING"}',
    );
  });

  test('a bound session answers a request that shows the mark of its run, and rejects one that does not', async () => {
    await bindToRun(store, signed, 'a');
    const headers = { authorization: RUN };
    expect((await send(read('/api/session', { headers }))).json).toMatchObject({ sessionId });
    expect(await send(read('/api/session'))).toMatchObject({
      status: 403,
      text: '{"type":"/api/openapi.json#ERR_RUN_UNCONFIRMED","title":"The run of the browser is not confirmed","status":403,"code":"ERR_RUN_UNCONFIRMED"}',
    });
    const touch = post('/api/session/touch', { sessionId });
    expect((await send(touch)).json).toMatchObject({ code: 'ERR_RUN_UNCONFIRMED' });
    expect((await send({ ...touch, headers: { ...touch.headers, ...headers } })).status).toBe(200);
  });

  test('an unavailable store is 503, with the time to wait', async () => {
    store.read = async () => {
      throw new SessionError('ERR_STORE_UNAVAILABLE', { retryAfterMs: 1_500 });
    };
    const answer = await send(read('/api/session'));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' }, cookies: [] });
  });

  test('is rejected for its method, its site, its media type, its size, its content and its session, in this order', async () => {
    const wrong = { ...post('/api/session/touch', '{'.repeat(MAX_BODY_BYTES + 1)), headers: {} };
    const refused = async (sent: Sent) => {
      const { status, json } = await send(sent);
      return [status, json.code];
    };
    expect(await refused({ ...wrong, method: 'PUT' })).toEqual([405, 'ERR_METHOD_NOT_ALLOWED']);
    expect(await refused(wrong)).toEqual([403, 'ERR_CROSS_SITE']);
    const text = { ...SAME_ORIGIN, 'content-type': 'text/plain' };
    expect(await refused({ ...wrong, headers: text })).toEqual([415, 'ERR_MEDIA_TYPE']);
    const headers = { ...SAME_ORIGIN, 'content-type': 'application/json' };
    expect(await refused({ ...wrong, headers })).toEqual([413, 'ERR_TOO_LARGE']);
    expect(await refused({ ...wrong, headers, body: '{' })).toEqual([400, 'ERR_REQUEST_INVALID']);
    expect(await refused({ ...wrong, headers, body: '{}' })).toEqual([400, 'ERR_REQUEST_INVALID']);
    const other = JSON.stringify({ sessionId: 'x'.repeat(22) });
    expect(await refused({ ...wrong, headers, body: other })).toEqual([409, 'ERR_SESSION_MISMATCH']);
  });

  test.each([
    [0, 200],
    [1, 413],
  ])('a body of %i bytes over the limit: %i', async (over, status) => {
    const headers = { 'content-type': 'application/json' };
    const padded = JSON.stringify({ sessionId }).padEnd(MAX_BODY_BYTES + over, ' ');
    expect((await send(post('/api/session/touch', padded, { headers }))).status).toBe(status);
  });

  test('another method is told which one is allowed; HEAD too, in the headers', async () => {
    const refused = { status: 405, headers: { allow: 'GET', 'content-type': 'application/problem+json' } };
    expect(await front.send({ method: 'DELETE', path: '/api/session' })).toMatchObject(refused);
    expect(await front.send({ method: 'HEAD', path: '/api/session' })).toMatchObject(refused);
  });

  test('a slash at the end is ignored', async () => {
    expect((await front.send(read('/api/session/'))).json).toMatchObject({ sessionId });
  });

  test('the session cookie is found behind SP and HTAB, and behind no other space of Unicode', async () => {
    // HTTP lets no control character of ASCII but HTAB into a header.
    const sendable = SPACES_AND_CONTROLS.filter(
      (character) => character === '\t' || (character >= ' ' && character !== '\x7f'),
    );
    const found: string[] = [];
    for (const character of sendable) {
      // UTF-8, and Latin-1 where the character has a byte of its own there.
      for (const bytes of new Set([asHeader(character), ...(character <= '\xff' ? [character] : [])])) {
        const { status } = await send(read('/api/session', { cookies: ['x=1', bytes + cookie] }));
        if (status === 200) found.push(codePoint(character));
        else expect(status).toBe(401);
      }
    }
    expect(found).toEqual(['U+0009', 'U+0020']);
  });

  test("a sibling's cookie behind a no-break space leaves the user's session alone", async () => {
    const theirs = await signedIn(store, { now: NOW, subject: 'mallory', seed: 'mallory' });
    for (const cookies of [
      [`\xa0${theirs.cookie}`, cookie],
      [cookie, `\xa0${theirs.cookie}`],
    ]) {
      expect((await send(read('/api/session', { cookies }))).json).toMatchObject({ sessionId });
    }
    expect((await send(read('/api/session', { cookies: [theirs.cookie, cookie] }))).status).toBe(401);
  });

  test('several cookies are several lines', async () => {
    const cookies = ['a=1; Path=/', 'b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'a=3'];
    const routes = { 'GET /api/session': async () => ({ cookies }) };
    await front.close();
    front = await open(createRouter({ ...seen, siteOrigin: SITE_URL, now: () => NOW, routes }));
    expect((await front.send({ path: '/api/session' })).cookies).toEqual(cookies);
  });

  test('text beyond ASCII arrives as it was sent, both ways', async () => {
    const routes = {
      'POST /api/session/touch': async (request: { readBody(max: number): Promise<string> }) => ({
        body: { said: await request.readBody(100) },
      }),
    };
    await front.close();
    front = await open(createRouter({ ...seen, siteOrigin: SITE_URL, now: () => NOW, routes }));
    const answer = await front.send(post('/api/session/touch', 'Ærøskøbing 🕰'));
    expect(answer.json).toEqual({ said: 'Ærøskøbing 🕰' });
  });
});
