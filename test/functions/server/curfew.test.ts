import { beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import type { User } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { ROUTES } from '../../../core/routes.ts';
import {
  type AnyRequest,
  type Curfew,
  type CurfewEvent,
  type CurfewOptions,
  createCurfew,
  dynamoStore,
  memoryStore,
} from '../../../functions/server/server.ts';
import type { Store } from '../../../functions/store/store.ts';
import { event, type Sent } from '../../support/http.ts';
import { frontRequest, LAMBDA_FRONTS } from '../../support/lambda-fronts.ts';
import { MINUTE, SECOND, T0 } from '../../support/sessions.ts';

const SITE = 'https://app.example.com';
const IDLE = definePolicy().idleTimeoutMs;
const SECRET = 's'.repeat(32);
const SAME = { 'sec-fetch-site': 'same-origin' };
const CROSS = { 'sec-fetch-site': 'cross-site' };
const IDENTITY = { issuer: 'https://id.example.com', clientId: 'app' };

let now = T0;
let events: CurfewEvent[] = [];
let lines: { message: string; fields: Record<string, unknown> }[] = [];

function made(options: Partial<CurfewOptions> = {}): Curfew {
  return createCurfew({
    store: memoryStore(),
    siteUrl: SITE,
    now: () => now,
    onEvent: (event) => void events.push(event),
    logger: { info: () => undefined, error: (message, fields) => void lines.push({ message, fields }) },
    ...options,
  });
}

const ask = (path: string, init: RequestInit = {}) => new Request(SITE + path, init);
const login = (headers: Record<string, string> = SAME) => ask('/login', { method: 'POST', headers });

/** The browser's cookies after an answer. */
function cookieOf(...headers: Headers[]): string {
  const jar = new Map<string, string>();
  for (const text of headers.flatMap((each) => each.getSetCookie())) {
    const [pair = ''] = text.split(';');
    jar.set(pair.slice(0, pair.indexOf('=')), pair);
  }
  return [...jar.values()].join('; ');
}

async function signedIn(curfew: Curfew, subject = 'ada', cookie?: string) {
  const request = login({ ...SAME, ...(cookie !== undefined && { cookie }) });
  const { session, headers } = await curfew.signIn(request, { subject, user: { name: subject } });
  return { session, cookie: cookieOf(headers) };
}

const post = (path: string, cookie: string, body: object) =>
  ask(path, {
    method: 'POST',
    headers: { ...SAME, cookie, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

beforeEach(() => {
  now = T0;
  events = [];
  lines = [];
});

describe('made', () => {
  test.each<[string, object]>([
    ['the option store must be dynamoStore() or memoryStore()', { store: undefined }],
    ['the option store must be dynamoStore() or memoryStore()', { store: memoryStore }],
    ['the option siteUrl must be an origin like https://app.example.com', { siteUrl: undefined }],
    ["the option siteUrl must be an origin like https://app.example.com, not 'app'", { siteUrl: 'app' }],
    [
      "the option siteUrl must be https, or http on localhost, not 'http://app.example.com'",
      { siteUrl: 'http://app.example.com' },
    ],
    ["the option basePath must be a path like /api, not '/api/'", { basePath: '/api/' }],
    ["the option basePath must be a path like /api, not '/a.*'", { basePath: '/a.*' }],
    ['the option trustProxy must be a whole number, 0 or more', { trustProxy: -1 }],
    ['the option trustProxy must be a whole number, 0 or more', { trustProxy: true }],
    ['the option maxSessions must be a whole number, 1 or more', { maxSessions: 0 }],
    ['the option secret must have at least 32 characters', { secret: 's'.repeat(31) }],
    ['the option secret must have at least 32 characters', { secret: [SECRET, ''] }],
    ['the option secret must have at least 32 characters', { secret: 10 ** 40 }],
    ['the option secret must be given with the option identity', { identity: IDENTITY }],
    ['the option originSecret is not known', { originSecret: SECRET }],
    ['the option now must be a function', { now: T0 }],
    ['the option onEvent must be a function', { onEvent: 'log' }],
    ['the option logger.error must be a function', { logger: { info: () => undefined } }],
    [
      'the option identity.audience is not known',
      { identity: { ...IDENTITY, audience: 'a' }, secret: SECRET },
    ],
    [
      'the option identity.reauthentication must be one of always, after-end',
      { identity: { ...IDENTITY, reauthentication: 'Always' }, secret: SECRET },
    ],
    [
      'the option identity.missingAuthTime must be one of refuse, trust',
      { identity: { ...IDENTITY, missingAuthTime: true }, secret: SECRET },
    ],
    [
      'the option identity.issuer must be the address of an OpenID provider',
      { identity: { clientId: 'a' }, secret: SECRET },
    ],
    [
      'the option identity.issuer must be the address of an OpenID provider',
      { identity: { ...IDENTITY, issuer: 'id.example.com' }, secret: SECRET },
    ],
    [
      "the option identity.issuer must be https, or http on a loopback address, not 'http://id.example.com'",
      { identity: { ...IDENTITY, issuer: 'http://id.example.com' }, secret: SECRET },
    ],
    [
      'the option identity.clientSecret must have a value, or be left out',
      { identity: { ...IDENTITY, clientSecret: '' }, secret: SECRET },
    ],
    [
      'the option identity.clientSecret must have a value, or be left out',
      { identity: { ...IDENTITY, clientSecret: null }, secret: SECRET },
    ],
    [
      'the option identity.logoutUrl must be an address of the provider',
      { identity: { ...IDENTITY, logoutUrl: '/logout' }, secret: SECRET },
    ],
    [
      'the option identity.clientId must be the id of a client at the provider',
      { identity: { issuer: 'https://id.example.com' }, secret: SECRET },
    ],
    [
      'the option originSecrets must have 32 or more characters in each, ASCII without spaces',
      { originSecrets: ['short'] },
    ],
    [
      'the option originSecrets must have 32 or more characters in each, ASCII without spaces',
      { originSecrets: '' },
    ],
    ["the option preset must be one of pci-dss, nist-aal2, nist-aal3, not 'hipaa'", { preset: 'hipaa' }],
    [
      'idleTimeoutMs + touchIntervalMs (900000 + 60000 ms) must not be over 900000 ms (PCI DSS 4.0.1, 8.2.8)',
      { preset: 'pci-dss', policy: { idleTimeoutMs: IDLE } },
    ],
    ['warnBeforeMs (900000 ms) must be under idleTimeoutMs (900000 ms)', { policy: { warnBeforeMs: IDLE } }],
  ])('refuses: %s', (message, options) => {
    expect(() => made(options)).toThrow(message);
  });

  test('takes null for what is left out, as callers without types have it', () => {
    expect(() =>
      made(Object.fromEntries(['now', 'onEvent', 'logger'].map((name) => [name, null]))),
    ).not.toThrow();
  });

  test.each(['http://localhost:5173', 'http://app.localhost', 'http://127.0.0.1:3000', 'http://[::1]'])(
    'takes %s, where browsers keep the cookie',
    (siteUrl) => {
      expect(() => made({ siteUrl })).not.toThrow();
    },
  );

  test.each<[string, () => unknown]>([
    ['retentionMs must be a whole number, 0 or more', () => memoryStore({ retentionMs: -1 })],
    ['retentionMs must be a whole number, 0 or more', () => memoryStore({ retentionMs: Number.NaN })],
    ['retentionMs must be a whole number, 0 or more', () => memoryStore({ retentionMs: 1e300 })],
    ['tableName must name the session table', () => dynamoStore({ tableName: '' })],
    [
      'retentionMs must be a whole number, 0 or more',
      () => dynamoStore({ tableName: 't', retentionMs: 0.5 }),
    ],
    ['dueShards must be a whole number, 1 or more', () => dynamoStore({ tableName: 't', dueShards: 0 })],
  ])('a store refuses: the option %s', (rule, make) => {
    expect(make).toThrow(`the option ${rule}`);
  });
});

test('a preset gives the rules and their name, and a policy overrides them one by one', async () => {
  const curfew = made({ preset: 'pci-dss', policy: { warnBeforeMs: 30 * SECOND } });
  const { cookie } = await signedIn(curfew);
  const status = await curfew.fetch(ask('/api/session', { headers: { cookie } }));
  expect(await status.json()).toMatchObject({ remainingMs: 14 * MINUTE, warnBeforeMs: 30 * SECOND });
  expect(events).toMatchObject([{ detail: { policy: 'pci-dss' } }]);
});

describe('the routes', () => {
  const of = (name: string) => ROUTES.filter(({ function: owner }) => owner === name).map(({ path }) => path);

  test('without an identity those of sign-in belong to the application', async () => {
    const curfew = made({ secret: SECRET });
    for (const path of of('auth')) expect(await curfew.handle(ask(path))).toBeUndefined();
    for (const path of of('session')) expect(await curfew.handle(ask(path))).toBeInstanceOf(Response);
    const elsewhere = await curfew.fetch(ask('/elsewhere'));
    expect([elsewhere.status, elsewhere.headers.get('cache-control')]).toEqual([404, 'no-store']);
    const { paths } = await (await curfew.fetch(ask('/api/openapi.json'))).json();
    expect(Object.keys(paths).filter((path) => path.startsWith('/api/auth/'))).toEqual([]);
  });

  test('with one they are answered, too, also under another base path', async () => {
    const curfew = made({ secret: SECRET, identity: IDENTITY, basePath: '/account/sessions' });
    for (const { path } of ROUTES) {
      expect(curfew.router.has(path)).toBe(false);
      expect(curfew.router.has(path.replace('/api', '/account/sessions'))).toBe(true);
    }
    expect(await curfew.handle(ask('/account/sessionsession'))).toBeUndefined();
    const mine = await curfew.fetch(ask('/account/sessions/session'));
    expect(await mine.json()).toMatchObject({
      code: 'ERR_SESSION_MISSING',
      type: '/account/sessions/openapi.json#ERR_SESSION_MISSING',
    });
    const document = await (await curfew.fetch(ask('/account/sessions/openapi.json'))).json();
    expect(Object.keys(document.paths).every((path) => path.startsWith('/account/sessions/'))).toBe(true);
  });

  test('a path of sign-in under another base path is no place to go on to', async () => {
    const curfew = made({ basePath: '/account' });
    const { page } = await curfew.signIn(login(), { subject: 'ada' });
    expect(await page('/account/auth/sign-in').text()).toContain('location.replace("/")');
    expect(await page('/api/auth/sign-in').text()).toContain('location.replace("/api/auth/sign-in")');
  });

  test('keys for drafts need a secret', async () => {
    for (const [secret, status] of [
      [undefined, 404],
      [SECRET, 200],
    ] as const) {
      const curfew = made({ secret });
      const { session, cookie } = await signedIn(curfew);
      const asked = post('/api/session/draft-key', cookie, { sessionId: session.sessionId });
      expect((await curfew.fetch(asked)).status).toBe(status);
    }
  });

  test('a body that is none of the API’s is left to the application', async () => {
    const request = ask('/orders', { method: 'POST', body: 'order' });
    expect(await made().handle(request)).toBeUndefined();
    expect(await request.text()).toBe('order');
  });
});

describe('a login of one’s own', () => {
  test('starts a session that lives as any other', async () => {
    const curfew = made();
    const { session, cookie } = await signedIn(curfew);
    expect(cookie).toMatch(/^__Host-session=[\w-]{22}\.[\w-]{43}$/);
    const status = await curfew.fetch(ask('/api/session', { headers: { cookie } }));
    expect(await status.json()).toMatchObject({
      sessionId: session.sessionId,
      subject: 'ada',
      user: { name: 'ada' },
      remainingMs: IDLE,
    });
  });

  test.each([
    [-1, 200],
    [0, 401],
    [1, 401],
  ])('ends by idleness, not before: %i ms', async (offset, status) => {
    const curfew = made();
    const { cookie } = await signedIn(curfew);
    now += IDLE + offset;
    const answer = await curfew.fetch(ask('/api/session', { headers: { cookie } }));
    expect(answer.status).toBe(status);
    if (status === 401) expect(await answer.json()).toMatchObject({ reason: 'idle', endedAt: now });
  });

  test('supersedes the session that this browser had', async () => {
    const curfew = made();
    const first = await signedIn(curfew);
    const second = await signedIn(curfew, 'grace', first.cookie);
    const answer = await curfew.fetch(ask('/api/session', { headers: { cookie: first.cookie } }));
    expect(await answer.json()).toMatchObject({ reason: 'superseded' });
    const live = await curfew.fetch(ask('/api/session', { headers: { cookie: second.cookie } }));
    expect(live.status).toBe(200);
  });

  test('supersedes the last one of this browser where a secret seals which that was, and the one that the caller noted', async () => {
    const curfew = made({ secret: SECRET });
    const first = await signedIn(curfew);
    const [, last = ''] = first.cookie.split('; ');
    expect(last).toMatch(/^__Host-last=/);
    const noted = await signedIn(curfew);
    const request = login({ ...CROSS, cookie: last });
    const supersedes = noted.session.sessionId;
    await curfew.signIn(request, { subject: 'ada', crossSite: 'verified', supersedes });
    expect((await curfew.list('ada')).sessions).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'Session Ended').map(({ detail }) => detail)).toMatchObject([
      { sessionId: supersedes, reason: 'superseded' },
      { sessionId: first.session.sessionId, reason: 'superseded' },
    ]);
  });

  test('is refused to another site, unless the caller has proven it', async () => {
    const curfew = made();
    for (const headers of [
      CROSS,
      { 'sec-fetch-site': 'same-site' },
      {},
      { origin: 'https://evil.example' },
    ]) {
      await expect(curfew.signIn(login(headers), { subject: 'ada' })).rejects.toMatchObject({
        code: 'ERR_CROSS_SITE',
        status: 403,
      });
    }
    expect(events).toEqual([]);
    await curfew.signIn(login({ origin: SITE }), { subject: 'ada' });
    const { page, headers } = await curfew.signIn(login(CROSS), { subject: 'ada', crossSite: 'verified' });
    const answer = page('/work?a=b');
    expect(await answer.text()).toContain('location.replace("/work?a=b")');
    expect(answer.headers.getSetCookie()).toEqual(headers.getSetCookie());
    expect(await page('https://evil.example').text()).toContain('location.replace("/")');
  });

  test.each(['', 'x'.repeat(2_049), 'é'.repeat(1_025), 'ada\ud800', undefined, 7])(
    'needs a subject: %p',
    async (subject) => {
      const who = { subject } as { subject: string };
      await expect(made().signIn(login(), who)).rejects.toMatchObject({
        code: 'ERR_REQUEST_INVALID',
        detail: 'subject: must be a text of 1 to 2048 bytes',
      });
      for (const asked of [made().list(who.subject), made().revoke(who.subject)]) {
        await expect(asked).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
      }
    },
  );

  test('takes a subject as long as a provider’s may be, whose sessions can be listed and ended', async () => {
    const curfew = made();
    const subject = 'é'.repeat(1_024);
    await curfew.signIn(login(), { subject });
    expect((await curfew.list(subject)).sessions).toHaveLength(1);
    expect(await curfew.revoke(subject)).toEqual({ revoked: 1, remaining: 0 });
  });

  test('keeps of a user what can be shown', async () => {
    const curfew = made();
    for (const [user, shown] of [
      [undefined, {}],
      [{ name: null, email: '' }, {}],
      [{ name: 7, email: 'ada@example.com', role: 'admin' }, { email: 'ada@example.com' }],
      [{ name: 'x'.repeat(257) }, { name: 'x'.repeat(256) }],
      // What is cut in the middle of a character is no text that a store need keep.
      [{ name: `${'x'.repeat(255)}😀` }, { name: `${'x'.repeat(255)}\ufffd` }],
    ] as [User | undefined, User][]) {
      const { session, headers } = await curfew.signIn(login(), { subject: 'ada', user });
      expect(session.user).toEqual(shown);
      const status = await curfew.fetch(ask('/api/session', { headers: { cookie: cookieOf(headers) } }));
      expect((await status.json()).user).toEqual(shown);
    }
  });

  test('ends the oldest of too many', async () => {
    const curfew = made({ maxSessions: 2 });
    const begun: string[] = [];
    for (const _ of [1, 2, 3]) {
      begun.push((await signedIn(curfew)).session.sessionId);
      now += SECOND;
    }
    const { sessions } = await curfew.list('ada');
    expect(sessions.map(({ sessionId }) => sessionId)).toEqual(begun.slice(1).reverse());
  });

  test('notes the device, by the proxies that are trusted and no others', async () => {
    for (const [trustProxy, address] of [
      [0, undefined],
      [1, '198.51.100.2'],
      [2, '198.51.100.1'],
      [3, undefined],
    ] as const) {
      const curfew = made({ trustProxy });
      const headers = { ...SAME, 'user-agent': 'Test/1', 'x-forwarded-for': '198.51.100.1, 198.51.100.2' };
      await curfew.signIn(login(headers), { subject: 'ada' });
      const [session] = (await curfew.list('ada')).sessions;
      expect(session?.device).toEqual({ userAgent: 'Test/1', ...(address !== undefined && { address }) });
    }
  });
});

describe('a login in a Lambda function', () => {
  const events: Record<string, (sent: Sent) => AnyRequest> = {
    'an HTTP API': event,
    ...Object.fromEntries(
      (['function-url', 'rest-api', 'load-balancer', 'load-balancer-multi-value'] as const).map((front) => [
        front,
        (sent: Sent) => LAMBDA_FRONTS[front].event(frontRequest(sent)) as AnyRequest,
      ]),
    ),
  };

  test.each(Object.entries(events))('takes the event of %s', async (_, eventOf) => {
    const curfew = made();
    const request = (site: string, ...cookies: string[]) =>
      eventOf({ method: 'POST', path: '/login', headers: { 'sec-fetch-site': site }, cookies });
    await expect(curfew.signIn(request('cross-site'), { subject: 'ada' })).rejects.toMatchObject({
      code: 'ERR_CROSS_SITE',
    });
    const first = await curfew.signIn(request('same-origin', 'a=b'), { subject: 'ada' });
    const second = await curfew.signIn(request('same-origin', 'a=b', cookieOf(first.headers)), {
      subject: 'ada',
    });
    const { sessions } = await curfew.list('ada');
    expect(sessions).toMatchObject([
      { sessionId: second.session.sessionId, device: { address: '192.0.2.1' } },
    ]);
    const browser = request('same-origin', cookieOf(second.headers));
    expect((await curfew.check(browser)).session?.sessionId).toBe(second.session.sessionId);
    await curfew.signOut(browser);
    expect((await curfew.check(browser)).response?.status).toBe(401);
  });
});

describe('a sign-out', () => {
  test('ends the session, once, and clears the cookies', async () => {
    const curfew = made();
    const { cookie } = await signedIn(curfew);
    const request = () => login({ ...SAME, cookie });
    for (const _ of [1, 2]) {
      const { headers, signOutUrl } = await curfew.signOut(request());
      expect(headers.getSetCookie().map((text) => text.split(';').slice(0, 2).join(';'))).toEqual([
        '__Host-session=; Max-Age=0',
        '__Host-last=; Max-Age=0',
      ]);
      expect(signOutUrl).toBeUndefined();
    }
    expect(events.map(({ detail }) => ('reason' in detail ? detail.reason : 'began'))).toEqual([
      'began',
      'signed-out',
    ]);
    await expect(curfew.signOut(login({ ...CROSS, cookie }))).rejects.toMatchObject({
      code: 'ERR_CROSS_SITE',
    });
  });
});

describe('a check', () => {
  test('gives the session, or the answer in place of the handler’s', async () => {
    const curfew = made();
    const { session, cookie } = await signedIn(curfew);
    expect(await curfew.check(ask('/orders', { headers: { cookie } }))).toMatchObject({ session });
    const { response } = await curfew.check(ask('/orders'));
    expect(response?.status).toBe(401);
    expect(await curfew.check(ask('/orders'), { onMissing: 'attach' })).toEqual({
      session: { state: 'none' },
    });
  });

  test('slides by declared activity alone', async () => {
    const curfew = made();
    const { cookie } = await signedIn(curfew);
    now += 10 * MINUTE;
    await curfew.check(ask('/poll', { headers: { cookie } }));
    const before = await curfew.list('ada');
    await curfew.check(ask('/work', { headers: { cookie, 'curfew-idle-for': '0' } }));
    const after = await curfew.list('ada');
    expect(before.sessions[0]?.expiresAt).toBe(T0 + IDLE);
    expect(after.sessions[0]!.expiresAt).toBeGreaterThanOrEqual(now + IDLE);
  });
});

test('the page that says that the browser was closed leads to where users sign in', async () => {
  const identity = { secret: SECRET, identity: IDENTITY };
  for (const [options, signInPath, leads] of [
    [identity, undefined, '/api/auth/sign-in'],
    [{}, undefined, '/'],
    [{}, '/login?next="', '/login?next=&#34;'],
  ] as const) {
    const curfew = made({ ...options, policy: { browserClose: 'run' } });
    const { cookie } = await signedIn(curfew);
    const document = ask('/orders', { headers: { cookie, 'sec-fetch-dest': 'document' } });
    const { response } = await curfew.check(document, { bounce: true, signInPath });
    expect(await response?.text()).toContain(`<a href="${leads}">Sign in again</a>`);
  }
});

describe('a user’s sessions', () => {
  test('are listed a page at a time, by a cursor that is of no use for another user', async () => {
    const curfew = made();
    for (const _ of Array(101)) {
      await signedIn(curfew);
      now += 1;
    }
    const { sessions, nextCursor } = await curfew.list('ada');
    expect(sessions).toHaveLength(100);
    expect((await curfew.list('ada', { cursor: nextCursor })).sessions).toHaveLength(1);
    expect((await curfew.list('ada', { cursor: null })).sessions).toHaveLength(100);
    await expect(curfew.list('grace', { cursor: nextCursor })).rejects.toMatchObject({
      code: 'ERR_REQUEST_INVALID',
    });
  });

  test.each([[['a', 'b']], [{ a: 'b' }], [7], ['']])(
    'are not listed by a cursor that is %j',
    async (cursor) => {
      // As the parser of a query may make it of what a client sends.
      await expect(made().list('ada', { cursor: cursor as string })).rejects.toMatchObject({
        code: 'ERR_REQUEST_INVALID',
      });
    },
  );

  test('are all revoked, sign-ins under way included, where the one to leave alone is null', async () => {
    const curfew = made();
    await curfew.revoke('ada', { except: null as unknown as undefined });
    await expect(curfew.signIn(login(), { subject: 'ada' })).rejects.toMatchObject({ reason: 'revoked' });
  });

  test('are revoked, all or all others', async () => {
    const curfew = made();
    const kept = await signedIn(curfew);
    await signedIn(curfew);
    await signedIn(curfew, 'grace');
    const except = kept.session.sessionId;
    expect(await curfew.revoke('ada', { except })).toEqual({ revoked: 1, remaining: 0 });
    expect(await curfew.revoke('ada')).toEqual({ revoked: 1, remaining: 0 });
    expect((await curfew.list('grace')).sessions).toHaveLength(1);
    await expect(curfew.signIn(login(), { subject: 'ada' })).rejects.toMatchObject({
      code: 'ERR_SESSION_ENDED',
      reason: 'revoked',
    });
    now += 1;
    await signedIn(curfew);
  });
});

describe('while the store is out of reach', () => {
  const unavailable = async () => {
    throw new SessionError('ERR_STORE_UNAVAILABLE', { retryAfterMs: SECOND });
  };
  /** A store that fails once it is told to, and its server. */
  function failing() {
    let isOut = false;
    const methods = Object.entries(memoryStore()).map(([name, method]) => [
      name,
      (...all: never[]) => (isOut ? unavailable() : (method as (...all: never[]) => unknown)(...all)),
    ]);
    const broken: Store = {
      ...Object.fromEntries(methods),
      within: () => broken,
      removeOld: () => undefined,
    };
    const fail = () => {
      isOut = true;
    };
    return { curfew: made({ store: broken }), fail };
  }

  test.each<[string, (curfew: Curfew, cookie: string) => Promise<unknown>]>([
    ['signIn', (curfew, cookie) => curfew.signIn(login({ ...SAME, cookie }), { subject: 'ada' })],
    ['signOut', (curfew, cookie) => curfew.signOut(login({ ...SAME, cookie }))],
    ['list', (curfew) => curfew.list('ada')],
    ['revoke', (curfew) => curfew.revoke('ada')],
  ])('%s says so', async (_, call) => {
    const { curfew, fail } = failing();
    const { cookie } = await signedIn(curfew);
    fail();
    const error = await call(curfew, cookie).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE', status: 503 });
    const { status, headers } = curfew.problem(error);
    expect([status, headers.get('retry-after'), headers.getSetCookie()]).toEqual([503, '1', []]);
  });

  test('a check and the routes answer 503 and leave the cookie, and a sweep reports it', async () => {
    const { curfew, fail } = failing();
    const { cookie } = await signedIn(curfew);
    fail();
    const { response } = await curfew.check(ask('/orders', { headers: { cookie } }));
    for (const answer of [response!, await curfew.fetch(ask('/api/session', { headers: { cookie } }))]) {
      const { code } = await answer.json();
      expect([answer.status, code]).toEqual([503, 'ERR_STORE_UNAVAILABLE']);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(await curfew.sweep()).toMatchObject({ ended: 0, complete: false });
  });
});

test('what is thrown has a response, and a defect has none', async () => {
  const curfew = made({ basePath: '/account' });
  const error = await curfew.signIn(login(CROSS), { subject: 'ada' }).catch((thrown: unknown) => thrown);
  const response = curfew.problem(error);
  expect([response.status, response.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
  expect(await response.json()).toMatchObject({
    code: 'ERR_CROSS_SITE',
    type: '/account/openapi.json#ERR_CROSS_SITE',
  });
  const defect = new TypeError('a defect');
  expect(() => curfew.problem(defect)).toThrow(defect);
});

describe('without a deployed sweep and publisher', () => {
  test('a sweep ends what has expired, and each beginning and end is told once', async () => {
    const curfew = made({ serviceName: 'shop' });
    const { session } = await signedIn(curfew);
    now += IDLE + 7;
    expect(await curfew.sweep()).toMatchObject({ ended: 1, complete: true, latenessMs: 7 });
    expect(await curfew.sweep()).toMatchObject({ ended: 0 });
    const { sessionId } = session;
    expect(events).toEqual([
      {
        type: 'Session Started',
        detail: {
          eventId: `${sessionId}.started`,
          service: 'shop',
          sessionId,
          subject: 'ada',
          createdAt: T0,
          policy: 'default',
        },
      },
      {
        type: 'Session Ended',
        detail: {
          eventId: `${sessionId}.ended`,
          service: 'shop',
          sessionId,
          subject: 'ada',
          reason: 'idle',
          createdAt: T0,
          lastActivityAt: T0,
          endedAt: now,
          deadlineAt: T0 + IDLE,
          latenessMs: 7,
          endedBy: { type: 'system' },
        },
      },
    ]);
  });

  test('what fails to be told harms no request, and is logged', async () => {
    for (const onEvent of [
      () => Promise.reject(new Error('queue')),
      () => {
        throw new Error('queue');
      },
    ]) {
      lines = [];
      const { session } = await signedIn(made({ onEvent }));
      await Promise.resolve();
      expect(lines).toMatchObject([
        {
          message: 'onEvent failed',
          fields: { eventId: `${session.sessionId}.started`, failure: { message: 'queue' } },
        },
      ]);
    }
  });

  test.each([-1, 0, 1])(
    'memory forgets an ended session when its retention is over: %i ms',
    async (offset) => {
      const curfew = made({ store: memoryStore({ retentionMs: MINUTE }) });
      const { cookie } = await signedIn(curfew);
      now += IDLE;
      await curfew.sweep();
      now += MINUTE + offset;
      await curfew.sweep();
      const answer = await curfew.fetch(ask('/api/session', { headers: { cookie } }));
      expect((await answer.json()).code).toBe(offset < 0 ? 'ERR_SESSION_ENDED' : 'ERR_SESSION_UNKNOWN');
    },
  );
});

test('behind a distribution, what comes around it is refused everywhere', async () => {
  const curfew = made({ originSecrets: [SECRET] });
  const around = await curfew.fetch(ask('/api/session'));
  expect(await around.json()).toMatchObject({ code: 'ERR_CROSS_SITE' });
  expect((await curfew.check(ask('/orders'))).response?.status).toBe(403);
  for (const refused of [curfew.signIn(login(), { subject: 'ada' }), curfew.signOut(login())]) {
    await expect(refused).rejects.toMatchObject({ code: 'ERR_CROSS_SITE' });
  }
  await curfew.signIn(login({ ...SAME, 'x-curfew-origin': SECRET }), { subject: 'ada' });
});
