import { beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import { type Identity, type Provider, SignInError } from '../../../functions/auth/provider.ts';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';
import { parseCredential } from '../../../functions/sessions/credential.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createAuthHandler } from '../../support/handlers.ts';
import { type Answer, redirectOf, SITE_URL, seededBytes, send, signedIn } from '../../support/http.ts';
import { KEYRING } from '../../support/keyring.ts';
import { createRecorder } from '../../support/observers.ts';
import { endReasonOf } from '../../support/sessions.ts';

const START = 1_700_000_000_000;

let now = START;
let identity: Identity = { subject: 'ada' };
let store = createMemoryStore();
let seen = createRecorder();
let state = '';

const provider: Provider = {
  async authorizationUrl(request) {
    state = request.state;
    return new URL('https://id.example.com/authorize');
  },
  identify: async () => identity,
  signOutUrl: async () => undefined,
};

function make(options: Partial<Parameters<typeof createAuthHandler>[0]> = {}) {
  return createAuthHandler({
    ...seen,
    keyring: KEYRING,
    store,
    provider,
    policy: definePolicy(),
    siteUrl: SITE_URL,
    reauthentication: 'always',
    missingAuthTime: 'refuse',
    now: () => now,
    randomBytes: seededBytes(),
    ...options,
  });
}

beforeEach(() => {
  now = START;
  identity = { subject: 'ada', authenticatedAt: START };
  store = createMemoryStore();
  seen = createRecorder();
});

async function signIn(handler: ReturnType<typeof make>, more: Partial<Parameters<typeof send>[1]> = {}) {
  const begun = await send(handler, { path: '/api/auth/sign-in', ...more });
  const cookies = [begun.cookies[0]!.split(';')[0]!];
  return send(handler, { path: '/api/auth/callback', query: `code=c&state=${state}`, ...more, cookies });
}

async function sessionOf(answer: Answer) {
  const { sessionId } = parseCredential(answer.cookies[0]!.split(/[=;]/)[1])!;
  return (await store.read(sessionId))!.session;
}

test('the sign-in cookie is for ten minutes, and sent along with a navigation from another site', async () => {
  const { cookies, headers } = await send(make(), { path: '/api/auth/sign-in' });
  expect(cookies).toEqual([
    expect.stringMatching(/^__Host-signin=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
  ]);
  expect(headers.location).toBe('https://id.example.com/authorize');
});

describe('when the user authenticated', () => {
  test.each([
    [-30_001, '/?error=reauthentication_required'],
    [-30_000, '/'],
    [-29_999, '/'],
    [0, '/'],
    [60_000, '/'],
  ])('%i ms from the start of the sign-in', async (offset, to) => {
    identity = { subject: 'ada', authenticatedAt: START + offset };
    expect(redirectOf(await signIn(make()))).toBe(to);
  });

  test('is not said: rejected, unless the configuration trusts such a provider', async () => {
    identity = { subject: 'ada' };
    expect(redirectOf(await signIn(make()))).toBe('/?error=reauthentication_required');
    expect(redirectOf(await signIn(make({ missingAuthTime: 'trust' })))).toBe('/');
  });
});

test.each(['ada\ud800', 'é'.repeat(1_025), ''])(
  'a user whose id would be another’s in the index of sessions, or has no place there, is not signed in: %#',
  async (subject) => {
    identity = { subject, authenticatedAt: START };
    const answer = await signIn(make());
    expect(redirectOf(answer)).toBe('/?error=sign_in_failed');
    expect([answer.status, answer.cookies]).toEqual([200, []]);
  },
);

describe('the device', () => {
  const headers = {
    'user-agent': 'U'.repeat(300),
    'x-forwarded-for': 'made up, 203.0.113.9, 198.51.100.1',
  };

  test.each([
    [0, '192.0.2.1'],
    [1, '203.0.113.9'],
  ])('behind %i proxies is at %s', async (proxyHops, address) => {
    const session = await sessionOf(await signIn(make({ proxyHops }), { headers }));
    expect(session.device).toEqual({ userAgent: 'U'.repeat(256), address });
  });
});

test("the browser's previous session, if a deadline has ended it, stays ended by that", async () => {
  const { session, cookie } = await signedIn(store, { now });
  now += session.idleTimeoutMs;
  identity = { subject: 'ada', authenticatedAt: now };
  const handler = make();
  const begun = await send(handler, { path: '/api/auth/sign-in', cookies: [cookie] });
  const cookies = [begun.cookies[0]!.split(';')[0]!];
  await send(handler, { path: '/api/auth/callback', query: `code=c&state=${state}`, cookies });
  expect(endReasonOf((await store.read(session.sessionId))?.session)).toBe('idle');
});

describe('nothing is stored before somebody is proven', () => {
  /** Names of the writes that a handler makes. */
  function watched() {
    const writes: string[] = [];
    const watching = <Name extends 'create' | 'finishSignIn' | 'end'>(name: Name) =>
      ((write: never, hash: never) => {
        writes.push(name);
        return (store[name] as (...write: unknown[]) => unknown)(write, hash);
      }) as unknown as (typeof store)[Name];
    const watchedStore = {
      ...store,
      create: watching('create'),
      finishSignIn: watching('finishSignIn'),
      end: watching('end'),
    };
    return { writes, store: watchedStore };
  }

  test('by a sign-in that begins, ten times', async () => {
    const { writes, store } = watched();
    for (let round = 0; round < 10; round += 1) await send(make({ store }), { path: '/api/auth/sign-in' });
    expect(writes).toEqual([]);
  });

  test.each<[string, Partial<Parameters<typeof make>[0]>]>([
    [
      'the provider rejects',
      { provider: { ...provider, identify: () => Promise.reject(new SignInError('sign_in_failed')) } },
    ],
    [
      'the user was not asked',
      { provider: { ...provider, identify: async () => ({ subject: 'ada', authenticatedAt: 0 }) } },
    ],
  ])('by a callback that %s', async (_, options) => {
    const { writes, store } = watched();
    expect(redirectOf(await signIn(make({ store, ...options })))).toMatch(/^\/\?error=/);
    expect(writes).toEqual([]);
  });

  test('and then that the sign-in is finished comes before the session', async () => {
    const { writes, store } = watched();
    await signIn(make({ store }));
    expect(writes).toEqual(['finishSignIn', 'create']);
  });

  test('a state is used once: a repeat says that it is expired, and starts no session', async () => {
    const handler = make();
    const begun = await send(handler, { path: '/api/auth/sign-in' });
    const cookies = [begun.cookies[0]!.split(';')[0]!];
    const query = `code=c&state=${state}`;
    const finish = () => send(handler, { path: '/api/auth/callback', query, cookies });
    const [one, two] = await Promise.all([finish(), finish()]);
    expect([redirectOf(one), redirectOf(two)].sort()).toEqual(['/', '/?error=sign_in_expired']);
    expect(redirectOf(await finish())).toBe('/?error=sign_in_expired');
    expect((await store.listBySubject('ada')).sessions).toHaveLength(1);
  });
});

describe('a service secret that is rotated while sign-ins are under way', () => {
  const versions = ['one', 'two', 'three'].map((name) => `${name} ${'s'.repeat(32)}`);
  const of = (...kept: number[]) => createKeyring(async () => kept.map((index) => versions[index]!));

  test.each([
    ['once: they are finished', of(1, 0), '/'],
    ['twice: they begin again', of(2, 1), '/?error=sign_in_expired'],
  ])('%s', async (_, after, to) => {
    const begun = await send(make({ keyring: of(0) }), { path: '/api/auth/sign-in' });
    const cookies = [begun.cookies[0]!.split(';')[0]!];
    const query = `code=c&state=${state}`;
    expect(
      redirectOf(await send(make({ keyring: after }), { path: '/api/auth/callback', query, cookies })),
    ).toBe(to);
  });

  test('in the middle, by the very function that began them', async () => {
    let kept = [versions[0]!];
    const handler = make({ keyring: createKeyring(async () => kept) });
    const begin = async () => {
      const begun = await send(handler, { path: '/api/auth/sign-in' });
      return { cookies: [begun.cookies[0]!.split(';')[0]!], query: `code=c&state=${state}` };
    };
    const [one, two] = [await begin(), await begin()];
    kept = [versions[1]!, versions[0]!];
    expect(redirectOf(await send(handler, { path: '/api/auth/callback', ...one }))).toBe('/');
    // A function that started after the rotation has sealed this one.
    const elsewhere = await send(make({ keyring: of(1, 0) }), { path: '/api/auth/sign-in' });
    const three = { cookies: [elsewhere.cookies[0]!.split(';')[0]!], query: `code=c&state=${state}` };
    expect(redirectOf(await send(handler, { path: '/api/auth/callback', ...three }))).toBe('/');
    expect(redirectOf(await send(handler, { path: '/api/auth/callback', ...two }))).toBe('/');
  });
});

test('what a sign-in was sealed in is opened once', async () => {
  let opened = 0;
  const keyring: typeof KEYRING = {
    current: (...asked) => KEYRING.current(...asked),
    byVersion(use, ...asked) {
      if (use === 'sign-in') opened += 1;
      return KEYRING.byVersion(use, ...asked);
    },
  };
  expect(redirectOf(await signIn(make({ keyring })))).toBe('/');
  expect(opened).toBe(1);
});

test('a state that was used does not pass beside another one', async () => {
  const handler = make();
  const begun = await send(handler, { path: '/api/auth/sign-in' });
  const cookies = [begun.cookies[0]!.split(';')[0]!];
  const used = state;
  expect(
    redirectOf(await send(handler, { path: '/api/auth/callback', query: `code=c&state=${used}`, cookies })),
  ).toBe('/');
  await send(handler, { path: '/api/auth/sign-in', cookies });
  for (const query of [`state=${used}&state=${state}`, `state=${used}&state=other`]) {
    const answer = await send(handler, { path: '/api/auth/callback', query: `code=c&${query}`, cookies });
    expect([redirectOf(answer), answer.cookies]).toEqual(['/?error=sign_in_expired', []]);
  }
});

describe('in a small window', () => {
  const popup = { path: '/api/auth/sign-in', query: 'display=popup&returnTo=/orders' };
  const heading = ({ text }: Answer) => /<h1>(.*?)<\/h1>/.exec(text)?.[1];
  async function begin(handler: ReturnType<typeof make>, cookie: string[] = []) {
    const begun = await send(handler, { ...popup, cookies: cookie });
    expect(begun.status).toBe(302);
    return { cookies: [begun.cookies[0]!.split(';')[0]!], query: `code=c&state=${state}` };
  }
  const finish = (handler: ReturnType<typeof make>, back: { cookies: string[]; query: string }) =>
    send(handler, { path: '/api/auth/callback', ...back });

  test('the last page tells the tabs of the new session by its id, and nothing else of it', async () => {
    const handler = make();
    const back = await begin(handler);
    now += 60_000;
    identity = { subject: 'ada', authenticatedAt: now };
    const answer = await finish(handler, back);
    const { sessionId } = await sessionOf(answer);
    expect([answer.status, heading(answer)]).toEqual([200, 'You’re signed in']);
    const [, word] = /const word=(.*?),channel=/.exec(answer.text)!;
    expect(JSON.parse(word!)).toEqual({ sessionId, activityAt: 0, pulsedAt: 0, status: { serverTime: now } });
    for (const cookie of answer.cookies) expect(answer.text).not.toContain(cookie.split(/[.;]/)[1]);
    expect(answer.text).not.toContain('/orders');
    expect(answer.cookies.map((cookie) => cookie.replace(/=[^;]*/, ''))).toEqual([
      '__Host-session; Path=/; HttpOnly; Secure; SameSite=Strict',
      '__Host-last; Path=/; HttpOnly; Secure; SameSite=Lax',
    ]);
  });

  test('the user is asked anew, and the session before is superseded, as in a page', async () => {
    const { session, cookie } = await signedIn(store, { now });
    const handler = make();
    const back = await begin(handler, [cookie]);
    identity = { subject: 'ada', authenticatedAt: now - 30_001 };
    expect(heading(await finish(handler, back))).toBe('You aren’t signed in');
    identity = { subject: 'ada', authenticatedAt: now };
    expect(heading(await finish(handler, back))).toBe('You’re signed in');
    expect(endReasonOf((await store.read(session.sessionId))?.session)).toBe('superseded');
  });

  test('only of the browser in which it began', async () => {
    const handler = make();
    const { query } = await begin(handler);
    const answer = await finish(handler, { query, cookies: [`__Host-signin=${'b'.repeat(43)}`] });
    expect(answer.text).toContain('another browser');
    expect(answer.cookies).toEqual([]);
    expect((await store.listBySubject('ada')).sessions).toEqual([]);
  });

  test.each<[string, (back: { cookies: string[]; query: string }) => object]>([
    [
      'cancelled',
      ({ query, ...back }) => ({ ...back, query: query.replace('code=c', 'error=access_denied') }),
    ],
    ['too long', (back) => ({ ...back, cookies: [] })],
  ])('a failure is said there, with a way to try again: %s', async (why, change) => {
    const handler = make();
    const back = await begin(handler);
    const answer = await finish(handler, { ...back, ...change(back) });
    expect([answer.status, heading(answer)]).toEqual([200, 'You aren’t signed in']);
    expect(answer.text).toContain(why);
    expect(answer.text).toContain('<a href="/api/auth/sign-in?display=popup">Try again</a>');
    expect(answer.text).not.toContain('<script');
    expect(answer.cookies).toEqual([]);
  });

  test.each([-1, 0])('%i ms from ten minutes after it began', async (offset) => {
    const handler = make();
    const back = await begin(handler);
    now += 600_000 + offset;
    identity = { subject: 'ada', authenticatedAt: now };
    expect(heading(await finish(handler, back))).toBe(
      offset < 0 ? 'You’re signed in' : 'You aren’t signed in',
    );
  });

  test('an outage has the status of one, at the beginning and at the end', async () => {
    const fails = async () => {
      throw new SignInError('provider_unavailable');
    };
    const begins = make({ provider: { ...provider, authorizationUrl: fails } });
    const ends = make({ provider: { ...provider, identify: fails } });
    for (const answer of [await send(begins, popup), await finish(ends, await begin(ends))]) {
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, cookies: [] });
      expect(answer.text).toContain('The identity provider isn’t responding.');
    }
  });

  test('what the address of the callback says of it is nothing', async () => {
    const handler = make();
    const begun = await send(handler, { path: '/api/auth/sign-in', query: 'display=page' });
    const cookies = [begun.cookies[0]!.split(';')[0]!];
    const query = `code=c&state=${state}&display=popup`;
    expect(redirectOf(await finish(handler, { cookies, query }))).toBe('/');
  });

  test('where nobody can tell, since the service secret is out of reach, the failure is told as in a page', async () => {
    const back = await begin(make());
    const outage = async () => {
      throw new Error('throttled');
    };
    const answer = await finish(make({ keyring: createKeyring(outage) }), back);
    expect([answer.status, redirectOf(answer)]).toEqual([503, '/?error=temporarily_unavailable']);
  });
});

describe('where the previous session can not be ended', () => {
  const failing = (fails: (sessionId: string, previous: string) => boolean, previous: string) => {
    const inner = store;
    const outer = Object.assign(Object.create(inner) as typeof inner, {
      within: () => outer,
      end: async (write: Parameters<typeof inner.end>[0]) => {
        if (fails(write.sessionId, previous)) throw new SessionError('ERR_STORE_UNAVAILABLE');
        return inner.end(write);
      },
    });
    return outer;
  };
  const isPrevious = (sessionId: string, previous: string) => sessionId === previous;

  async function signInAgain(fails: typeof isPrevious) {
    const { session, cookie } = await signedIn(store, { now });
    const handler = make({ store: failing(fails, session.sessionId) });
    const begun = await send(handler, { path: '/api/auth/sign-in', cookies: [cookie] });
    const cookies = [begun.cookies[0]!.split(';')[0]!];
    const answer = await send(handler, {
      path: '/api/auth/callback',
      query: `code=c&state=${state}`,
      cookies,
    });
    const { sessions } = await store.listBySubject('ada');
    return { answer, previous: session.sessionId, started: sessions };
  }

  test('the sign-in fails and may be repeated: no session stays that no browser holds', async () => {
    const { answer, previous, started } = await signInAgain(isPrevious);
    expect([answer.status, redirectOf(answer)]).toEqual([503, '/?error=temporarily_unavailable']);
    expect(answer.cookies).toEqual([]);
    expect(endReasonOf((await store.read(previous))!.session)).toBeUndefined();
    expect(started.map((session) => endReasonOf(session))).toEqual(['superseded']);
  });

  test('nor the new one: the user is told of the outage all the same', async () => {
    const { answer } = await signInAgain(() => true);
    expect(redirectOf(answer)).toBe('/?error=temporarily_unavailable');
  });
});

test('where the last session can not be sealed, the sign-in fails: no session stays that no browser holds', async () => {
  const current: typeof KEYRING.current = async (use, at) => {
    if (use === 'last-session') throw new SessionError('ERR_STORE_UNAVAILABLE');
    return KEYRING.current(use, at);
  };
  const answer = await signIn(make({ keyring: { ...KEYRING, current } }));
  expect([answer.status, redirectOf(answer)]).toEqual([503, '/?error=temporarily_unavailable']);
  expect(answer.cookies).toEqual([]);
  const { sessions } = await store.listBySubject('ada');
  expect(sessions.map((session) => endReasonOf(session))).toEqual(['superseded']);
});

test("a sign-in supersedes the browser's previous session, even another user's", async () => {
  const { session, cookie } = await signedIn(store, { now, subject: 'grace' });
  const handler = make();
  const begun = await send(handler, { path: '/api/auth/sign-in', cookies: [cookie] });
  const cookies = [begun.cookies[0]!.split(';')[0]!];
  const answer = await send(handler, { path: '/api/auth/callback', query: `code=c&state=${state}`, cookies });
  expect((await sessionOf(answer)).subject).toBe('ada');
  expect((await store.read(session.sessionId))?.session).toMatchObject({
    endReason: 'superseded',
    endedBy: { type: 'subject' },
  });
});

describe('a sign-in that was under way when all of the user’s sessions were ended', () => {
  const endedBy = { type: 'admin', id: 'ops' };
  const inFlight = async (revokedAt: number, options: Parameters<typeof make>[0] = {}) => {
    const { session: previous, cookie } = await signedIn(store, { now, subject: 'ada' });
    const handler = make(options);
    const begun = await send(handler, { path: '/api/auth/sign-in', cookies: [cookie] });
    const cookies = [begun.cookies[0]!.split(';')[0]!];
    now += 60_000;
    identity = { subject: 'ada', authenticatedAt: now };
    await store.raiseNotBefore('ada', { at: revokedAt, endedBy });
    const query = `code=c&state=${state}`;
    const answer = await send(handler, { path: '/api/auth/callback', query, cookies });
    const { sessions } = await store.listBySubject('ada');
    const read = async () => (await store.read(previous.sessionId))!.session;
    return { answer, started: sessions.find(({ createdAt }) => createdAt === now)!, previous: await read() };
  };

  test.each([-1, 0, 1])('%i ms before the sign-in began', async (before) => {
    const { answer, started } = await inFlight(START - before);
    const isLater = before > 0;
    expect(redirectOf(answer)).toBe(isLater ? '/' : '/?error=sign_in_revoked');
    expect(answer.status).toBe(200);
    if (isLater) expect(started.state).toBe('active');
    else expect(started).toMatchObject({ endReason: 'revoked', endedAt: now, endedBy });
    expect(answer.cookies.some((line) => line.startsWith('__Host-session='))).toBe(isLater);
  });

  test('leaves what the browser had as it was, and the next sign-in succeeds', async () => {
    const { previous } = await inFlight(START + 1);
    expect(previous.state).toBe('active');
    expect(redirectOf(await signIn(make()))).toBe('/');
  });

  test('nobody can tell: 503, and the new session is ended', async () => {
    const failing = Object.assign(Object.create(store) as typeof store, {
      within: () => failing,
      notBefore: async () => {
        throw new SessionError('ERR_STORE_UNAVAILABLE');
      },
    });
    const { answer, started, previous } = await inFlight(START - 1, { store: failing });
    expect([answer.status, redirectOf(answer)]).toEqual([503, '/?error=temporarily_unavailable']);
    expect(answer.cookies).toEqual([]);
    expect(started).toMatchObject({ endReason: 'superseded', endedBy: { type: 'system' } });
    expect(previous.state).toBe('active');
  });

  test('is looked at once the session is stored, so that whoever ends them all later finds it', async () => {
    const order: string[] = [];
    const watching = Object.assign(Object.create(store) as typeof store, {
      within: () => watching,
      create: async (...request: Parameters<typeof store.create>) => {
        order.push('create');
        return store.create(...request);
      },
      notBefore: async (subject: string) => {
        order.push('look');
        return store.notBefore(subject);
      },
    });
    await inFlight(START - 1, { store: watching });
    expect(order).toEqual(['create', 'look']);
  });
});

describe('the limit of sessions', () => {
  async function having(count: number) {
    const made = [];
    for (let index = 0; index < count; index += 1) {
      made.push(await signedIn(store, { now: START - 1_000 + index, subject: 'ada', seed: `ada ${index}` }));
    }
    return made.map(({ session }) => session.sessionId);
  }
  const statesOf = async (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => endReasonOf((await store.read(id))?.session) ?? 'active'));

  test.each([
    [3, ['active', 'active']],
    [2, ['superseded', 'active']],
    [1, ['superseded', 'superseded']],
  ])('of %i: a user who has two signs in once more', async (maxSessions, states) => {
    const ids = await having(2);
    const stranger = await signedIn(store, { now: START - 9_000, subject: 'grace', seed: 'grace' });
    const answer = await signIn(make({ maxSessions }));
    expect(await statesOf(ids)).toEqual(states);
    if (states[0] === 'superseded')
      expect((await store.read(ids[0]!))?.session).toMatchObject({ endedBy: { type: 'system' } });
    expect((await sessionOf(answer)).state).toBe('active');
    expect(await statesOf([stranger.session.sessionId])).toEqual(['active']);
  });

  test('counts only live sessions, and ends none where the browser gives up its own', async () => {
    const [old] = await having(1);
    now = START + definePolicy().idleTimeoutMs;
    identity = { subject: 'ada', authenticatedAt: now };
    const live = await signedIn(store, { now: now - 1, subject: 'ada', seed: 'live' });
    await signIn(make({ maxSessions: 2 }));
    expect(await statesOf([old!, live.session.sessionId])).toEqual(['active', 'active']);
  });
});

describe('a failure redirects to the site, at', () => {
  const outage = async () => {
    throw new SessionError('ERR_STORE_UNAVAILABLE', { cause: new Error('throttled') });
  };

  const tellsOutage = (answer: Answer) => {
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, cookies: [] });
    expect(redirectOf(answer)).toBe('/?error=temporarily_unavailable');
  };

  test('sign-in: the store, asked for the session that the browser has', async () => {
    const { cookie } = await signedIn(store, { now });
    const handler = make({ store: { ...store, read: outage } });
    tellsOutage(await send(handler, { path: '/api/auth/sign-in', cookies: [cookie] }));
  });

  test('sign-in, and callback: the service secret', async () => {
    tellsOutage(await send(make({ keyring: createKeyring(outage) }), { path: '/api/auth/sign-in' }));
    const begun = await send(make(), { path: '/api/auth/sign-in' });
    const cookies = [begun.cookies[0]!.split(';')[0]!];
    const query = `code=c&state=${state}`;
    const handler = make({ keyring: createKeyring(outage) });
    tellsOutage(await send(handler, { path: '/api/auth/callback', query, cookies }));
    // It was no attempt: the sign-in can still be finished.
    expect(redirectOf(await send(make(), { path: '/api/auth/callback', query, cookies }))).toBe('/');
  });

  test('callback: the store, told that the sign-in is finished; no session begins', async () => {
    tellsOutage(await signIn(make({ store: { ...store, finishSignIn: outage } })));
    expect((await store.listBySubject('ada')).sessions).toEqual([]);
  });

  test('callback: the store', async () => {
    tellsOutage(await signIn(make({ store: { ...store, create: outage } })));
  });

  test.each([
    '',
    'state=',
    'state=unknown&code=c',
    `state=${'s'.repeat(4_097)}`,
    // As the last release made them.
    `state=${'s'.repeat(43)}&code=c`,
    'code=c',
    'error=access_denied',
    '%',
    'state=a&state=b',
  ])('callback: the query %s', async (query) => {
    const cookies = [`__Host-signin=${'v'.repeat(43)}`];
    const answer = await send(make(), { path: '/api/auth/callback', query, cookies });
    expect(redirectOf(answer)).toMatch(/^\/\?error=sign_in_(?:expired|failed)$/);
  });

  test('callback: a defect, which is logged and not told', async () => {
    const identify = async () => {
      throw new TypeError('hunter2');
    };
    const answer = await signIn(make({ provider: { ...provider, identify } }));
    expect(redirectOf(answer)).toBe('/?error=sign_in_failed');
    expect(answer.text).not.toContain('hunter2');
    expect(seen.lines.filter((line) => line.level === 'error')).toHaveLength(1);
  });

  test('callback: a refusal, which is not logged', async () => {
    const identify = async () => {
      throw new SignInError('access_denied');
    };
    expect(redirectOf(await signIn(make({ provider: { ...provider, identify } })))).toBe(
      '/?error=access_denied',
    );
    expect(seen.lines.filter((line) => line.level === 'error')).toEqual([]);
  });
});

test.each([
  ['/api/auth/sign-in', ''],
  ['/api/auth/callback', `code=c&state=AAAAAAAA.${'A'.repeat(80)}`],
])('%s that takes too long goes to the page that says so, with 503 and Retry-After', async (path, query) => {
  const never = () => new Promise<never>(() => undefined);
  const handler = make({ deadlineMs: 10, keyring: { current: never, byVersion: never } });
  const answer = await send(handler, { path, query, cookies: [`__Host-signin=${'b'.repeat(43)}`] });
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('1');
  expect(redirectOf(answer)).toBe('/?error=temporarily_unavailable');
});
