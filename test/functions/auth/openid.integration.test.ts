import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { definePolicy } from '../../../core/policy.ts';
import { openIdProvider } from '../../../functions/auth/openid.ts';
import { parseCredential } from '../../../functions/sessions/credential.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createAuthHandler } from '../../support/handlers.ts';
import { type Answer, redirectOf, SITE_URL, seededBytes, send } from '../../support/http.ts';
import { KEYRING } from '../../support/keyring.ts';
import { createRecorder } from '../../support/observers.ts';
import { CLIENT_ID, CLIENT_SECRET, type RunningProvider, startProvider } from '../../support/provider.ts';
import { Browser } from '../../support/sign-in.ts';

const policy = definePolicy();

let running: RunningProvider;
let offset = 0;
let store = createMemoryStore();
let seen = createRecorder();
let browser = new Browser();
let seed = 0;

beforeAll(async () => {
  running = await startProvider();
});
afterAll(() => running.stop());
beforeEach(() => {
  offset = 0;
  store = createMemoryStore();
  seen = createRecorder();
  browser = new Browser();
  running.requests.length = 0;
});
afterEach(() => {
  running.broken = undefined;
  running.breaksBy = 'failing';
});

function make(options: Partial<Parameters<typeof createAuthHandler>[0]> = {}) {
  seed += 1;
  return createAuthHandler({
    ...seen,
    keyring: KEYRING,
    store,
    policy,
    siteUrl: SITE_URL,
    provider: openIdProvider({ issuer: running.issuer, clientId: CLIENT_ID, siteOrigin: SITE_URL }),
    reauthentication: 'always',
    missingAuthTime: 'refuse',
    // The provider's own clock is the real one.
    now: () => Date.now() + offset,
    randomBytes: seededBytes(`auth ${seed}`),
    ...options,
  });
}

/** The value that a reply sets a cookie to. */
function cookieOf(answer: Answer, name: string): string {
  return answer.cookies.find((line) => line.startsWith(`${name}=`))!.split(';')[0]!;
}

async function begin(handler: ReturnType<typeof make>, query = '', cookies: string[] = []) {
  const answer = await send(handler, { path: '/api/auth/sign-in', query, cookies });
  expect(answer.status).toBe(302);
  return { location: answer.headers.location!, cookie: cookieOf(answer, '__Host-signin') };
}

async function finish(handler: ReturnType<typeof make>, callback: URL, cookies: string[]) {
  const query = callback.search.slice(1);
  return send(handler, { path: '/api/auth/callback', query, cookies, headers: { 'user-agent': 'Test/1' } });
}

/** The callback with an error, as the provider would report it. */
function reported(error: string, location: string): URL {
  const state = new URL(location).searchParams.get('state')!;
  const query = new URLSearchParams({ error, error_description: '<script>', state, iss: running.issuer });
  return new URL(`?${query}`, SITE_URL);
}

/** Signs in from nothing, or with what the browser holds. */
async function signIn(handler: ReturnType<typeof make>, cookies: string[] = []) {
  const { location, cookie } = await begin(handler, '', cookies);
  return finish(handler, await browser.authenticate(location, 'alice'), [cookie]);
}

/** A sign-in that began and came back, each of which reports how many have finished. */
const ASKED = { SignInsBegun: 1, SignInsFinished: 2 };

describe('signing in with a real OpenID provider', () => {
  test('ends in a page that redirects to where the user wanted to be, with the session cookie', async () => {
    const handler = make();
    const { location, cookie } = await begin(handler, 'returnTo=%2Fwork%3Fa%3D1%23top');
    expect(Object.fromEntries(new URL(location).searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      prompt: 'login',
      max_age: '0',
      scope: 'openid profile email',
      redirect_uri: `${SITE_URL}/api/auth/callback`,
    });
    const answer = await finish(handler, await browser.authenticate(location, 'alice'), [cookie]);
    expect(answer.status).toBe(200);
    expect(redirectOf(answer)).toBe('/work?a=1#top');
    expect(answer.cookies).toEqual([
      expect.stringMatching(
        /^__Host-session=[\w-]{22}\.[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      ),
      expect.stringMatching(/^__Host-last=[\w-]{8}\.[\w-]{67}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    const credential = parseCredential(cookieOf(answer, '__Host-session').split('=')[1])!;
    const stored = (await store.read(credential.sessionId))!;
    expect(stored.session).toMatchObject({
      subject: 'alice',
      user: { name: 'Alice Example', email: 'alice@example.com' },
      device: { userAgent: 'Test/1', address: '192.0.2.1' },
      state: 'active',
      policy: 'default',
    });
    expect(stored.session.providerSid).toEqual(expect.any(String));
    expect(Buffer.from(stored.secretHash)).toEqual(Buffer.from(credential.secretHash));
  });

  test('carries the longest returnTo to the provider and back, in addresses of under 4,000 characters', async () => {
    const handler = make();
    const returnTo = `/${'a'.repeat(2_047)}`;
    const { location, cookie } = await begin(handler, new URLSearchParams({ returnTo }).toString());
    const callback = await browser.authenticate(location, 'alice');
    expect(Math.max(location.length, callback.href.length)).toBeLessThan(4_000);
    expect(redirectOf(await finish(handler, callback, [cookie]))).toBe(returnTo);
  });

  test('discovers once, and keeps no code, state or secret in a line of its log', async () => {
    const handler = make();
    const secrets: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const { location, cookie } = await begin(handler);
      const callback = await browser.authenticate(location, 'alice');
      const { code, state } = Object.fromEntries(callback.searchParams);
      const answer = await finish(handler, callback, [cookie]);
      secrets.push(code!, state!, cookie.split('=')[1]!, cookieOf(answer, '__Host-session').split('.')[1]!);
    }
    expect(running.requests.filter((line) => line.includes('openid-configuration'))).toHaveLength(1);
    for (const secret of secrets) expect(seen.said()).not.toContain(secret);
    expect(seen.lines.map((line) => line.data.status)).toEqual([302, 200, 302, 200]);
  });

  test('asks for the password again although the provider still has a session', async () => {
    const handler = make();
    await signIn(handler);
    await signIn(handler);
    expect(browser.logins).toBe(2);
  });

  test("'after-end' leaves it to the provider where the browser shows no session of ours", async () => {
    const handler = make({ reauthentication: 'after-end' });
    await signIn(handler);
    const silent = await signIn(handler);
    expect(redirectOf(silent)).toBe('/');
    expect(cookieOf(silent, '__Host-session')).toBeDefined();
    expect(browser.logins).toBe(1);

    const forgotten = `__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`;
    await signIn(handler, [forgotten]);
    expect(browser.logins).toBe(2);

    // A link from another site: the session cookie stays away, that of the last session comes along.
    await signIn(handler, [cookieOf(silent, '__Host-last')]);
    expect(browser.logins).toBe(3);
  });

  test('rejects a provider that answers from its own session without asking', async () => {
    const handler = make();
    await signIn(handler);
    // By our clock an hour has passed; the provider, or the browser on its way, drops what we asked for.
    offset = 3_600_000;
    const { location, cookie } = await begin(handler);
    const lax = new URL(location);
    lax.searchParams.delete('prompt');
    lax.searchParams.delete('max_age');
    const answer = await finish(handler, await browser.authenticate(lax.href, 'alice'), [cookie]);
    expect(redirectOf(answer)).toBe('/?error=reauthentication_required');
    expect(answer.cookies).toEqual([]);
  });

  test('ends the session that the browser had, and only with its secret', async () => {
    const handler = make();
    const session = cookieOf(await signIn(handler), '__Host-session');
    const { sessionId } = parseCredential(session.split('=')[1])!;

    await signIn(handler, [`__Host-session=${sessionId}.${'b'.repeat(43)}`]);
    expect((await store.read(sessionId))!.session.state).toBe('active');

    await signIn(handler, [session]);
    expect((await store.read(sessionId))!.session).toMatchObject({
      state: 'ended',
      endReason: 'superseded',
    });
  });

  test('two tabs sign in at once, and each state is used once', async () => {
    const handler = make();
    const one = await begin(handler);
    const two = await begin(handler, 'returnTo=/two', [one.cookie]);
    expect(two.cookie).toBe(one.cookie);
    const twoBack = await browser.authenticate(two.location, 'alice');
    const oneBack = await browser.authenticate(one.location, 'alice');
    expect(redirectOf(await finish(handler, twoBack, [two.cookie]))).toBe('/two');
    expect(redirectOf(await finish(handler, oneBack, [one.cookie]))).toBe('/');
    // The provider takes a code once, too: it is the first to say so.
    expect(redirectOf(await finish(handler, oneBack, [one.cookie]))).toBe('/?error=sign_in_failed');
  });

  test.each([
    [-1, '/'],
    [0, '/?error=sign_in_expired'],
    [1, '/?error=sign_in_expired'],
  ])('a sign-in is good for ten minutes: %i ms', async (beyond, to) => {
    const begun = Date.now();
    let now = begun;
    const handler = make({ now: () => now });
    const { location, cookie } = await begin(handler);
    const callback = await browser.authenticate(location, 'alice');
    now = begun + 600_000 + beyond;
    expect(redirectOf(await finish(handler, callback, [cookie]))).toBe(to);
  });

  test('is rejected in another browser, which does not use up the state; nor does a request without a cookie', async () => {
    const handler = make();
    const { location, cookie } = await begin(handler);
    const callback = await browser.authenticate(location, 'alice');
    expect(redirectOf(await finish(handler, callback, []))).toBe('/?error=sign_in_expired');
    const other = `__Host-signin=${'z'.repeat(43)}`;
    expect(redirectOf(await finish(handler, callback, [other]))).toBe('/?error=sign_in_mismatch');
    expect(redirectOf(await finish(handler, callback, [cookie]))).toBe('/');
    expect(redirectOf(await finish(handler, callback, [other]))).toBe('/?error=sign_in_mismatch');
  });

  test('a wrong code is a failed sign-in, and is logged', async () => {
    const handler = make();
    const { location, cookie } = await begin(handler);
    const callback = await browser.authenticate(location, 'alice');
    callback.searchParams.set('code', 'forged');
    expect(redirectOf(await finish(handler, callback, [cookie]))).toBe('/?error=sign_in_failed');
    expect(seen.lines.filter((line) => line.level === 'error')).toHaveLength(1);
    expect(seen.counts).toEqual({ 'Refusals Code=sign_in_failed': 1, ...ASKED });
  });

  /** The query of the callback belongs to whoever sends it. The provider itself is not asked, and has not failed. */
  test.each([
    ['access_denied', 'access_denied'],
    ['server_error', 'provider_unavailable'],
    ['temporarily_unavailable', 'provider_unavailable'],
    ['invalid_scope', 'sign_in_failed'],
    ['invalid_client', 'sign_in_failed'],
    ['provider_unavailable', 'sign_in_failed'],
    ['ERR_STORE_UNAVAILABLE', 'sign_in_failed'],
    ['', 'sign_in_failed'],
    ['e'.repeat(129), 'sign_in_failed'],
  ])('the query says that the provider says %j: a page with a code, and no 5xx', async (error, told) => {
    const handler = make();
    const { location, cookie } = await begin(handler);
    running.requests.length = 0;
    const answer = await finish(handler, reported(error, location), [cookie]);
    expect(redirectOf(answer)).toBe(`/?error=${told}`);
    expect(answer.status).toBe(200);
    expect(seen.counts).toEqual({ [`Refusals Code=${told}`]: 1, ...ASKED });
    expect(running.requests).toEqual([]);
  });

  test.each(['failing', 'throttling', 'breaking off'] as const)(
    'a provider that is down, by %s: at sign-in, and when it is asked for the token or its keys',
    async (how) => {
      const handler = make();
      running.breaksBy = how;
      running.broken = /openid-configuration/;
      const down = await send(handler, { path: '/api/auth/sign-in' });
      expect(down.status).toBe(503);
      expect(redirectOf(down)).toBe('/?error=provider_unavailable');
      running.broken = undefined;
      const { location, cookie } = await begin(handler);
      const callback = await browser.authenticate(location, 'alice');
      running.broken = /token/;
      expect(redirectOf(await finish(handler, callback, [cookie]))).toBe('/?error=provider_unavailable');
      running.broken = /jwks/;
      const again = await begin(handler);
      const keys = await finish(handler, await browser.authenticate(again.location, 'alice'), [again.cookie]);
      expect([keys.status, redirectOf(keys)]).toEqual([503, '/?error=provider_unavailable']);
    },
  );

  test('with a client secret, read when first needed, anew when it was rotated', async () => {
    const secrets = ['of yesterday, and long enough too', CLIENT_SECRET];
    let read = 0;
    const provider = openIdProvider({
      issuer: running.issuer,
      clientId: `${CLIENT_ID}-secret`,
      siteOrigin: SITE_URL,
      clientSecret: async () => secrets[read++]!,
    });
    const handler = make({ provider });
    expect(read).toBe(0);
    expect(redirectOf(await signIn(handler))).toBe('/?error=sign_in_failed');
    expect(redirectOf(await signIn(handler))).toBe('/');
    expect(read).toBe(2);
    expect(seen.said()).not.toContain(CLIENT_SECRET);
  });

  test('a client secret that can not be read is an outage, at sign-in and in the callback, and no failed proof', async () => {
    let broken = true;
    let now = Date.now();
    let secret = CLIENT_SECRET;
    const provider = openIdProvider({
      issuer: running.issuer,
      clientId: `${CLIENT_ID}-secret`,
      siteOrigin: SITE_URL,
      clientSecret: async () => {
        if (broken) throw new SessionError('ERR_STORE_UNAVAILABLE', { cause: new Error('out of reach') });
        return secret;
      },
    });
    const handler = make({ provider, now: () => now });
    const outage = (answer: Answer) => {
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
      expect(redirectOf(answer)).toBe('/?error=temporarily_unavailable');
    };
    outage(await send(handler, { path: '/api/auth/sign-in' }));

    // A secret that the provider rejects is read anew, in the next callback.
    broken = false;
    secret = 'of yesterday, and long enough too';
    const one = await begin(handler);
    const two = await begin(handler, '', [one.cookie]);
    const callbacks = [
      await browser.authenticate(one.location, 'alice'),
      await browser.authenticate(two.location, 'alice'),
    ];
    expect(redirectOf(await finish(handler, callbacks[0]!, [one.cookie]))).toBe('/?error=sign_in_failed');
    broken = true;
    now += 1;
    outage(await finish(handler, callbacks[1]!, [one.cookie]));
  });

  test('rejects an ID token that is not signed by a key of the provider', async () => {
    running.otherKeys = true;
    const provider = openIdProvider({ issuer: running.issuer, clientId: CLIENT_ID, siteOrigin: SITE_URL });
    const answer = await signIn(make({ provider }));
    running.otherKeys = false;
    expect(redirectOf(answer)).toBe('/?error=sign_in_failed');
    expect(answer.cookies.join()).not.toContain('__Host-session');
  });

  describe('with a client secret, a callback of one’s own making', () => {
    let reads = 0;
    const withSecret = (secret = CLIENT_SECRET, now = () => Date.now()) => {
      reads = 0;
      const provider = openIdProvider({
        issuer: running.issuer,
        clientId: `${CLIENT_ID}-secret`,
        siteOrigin: SITE_URL,
        clientSecret: async () => {
          reads += 1;
          return secret;
        },
      });
      return make({ provider, now });
    };
    const discoveries = () => running.requests.filter((line) => line.includes('openid-configuration')).length;
    const exchanges = () => running.requests.filter((line) => line === 'POST /token').length;

    test.each(['server_error', 'invalid_client', 'unauthorized_client', 'access_denied'])(
      'with error=%s, ten times: one discovery and one secret read in all, no exchange',
      async (error) => {
        const handler = withSecret();
        for (let round = 0; round < 10; round += 1) {
          const { location, cookie } = await begin(handler);
          expect((await finish(handler, reported(error, location), [cookie])).status).toBe(200);
        }
        expect([discoveries(), reads, exchanges()]).toEqual([1, 1, 0]);
      },
    );

    test('with a made-up code, ten times: the provider is asked for each, and neither discovered nor proven to anew', async () => {
      const handler = withSecret();
      for (let round = 0; round < 10; round += 1) {
        const { location, cookie } = await begin(handler);
        const state = new URL(location).searchParams.get('state')!;
        const query = new URLSearchParams({ code: `made up ${round}`, state, iss: running.issuer });
        const answer = await finish(handler, new URL(`?${query}`, SITE_URL), [cookie]);
        expect(redirectOf(answer)).toBe('/?error=sign_in_failed');
      }
      expect([discoveries(), reads, exchanges()]).toEqual([1, 1, 10]);
    });

    test('whose secret is refused: it is read anew at most once a minute', async () => {
      let now = Date.now();
      const handler = withSecret('refused, and long enough', () => now);
      const refused = async () => {
        const { location, cookie } = await begin(handler);
        const state = new URL(location).searchParams.get('state')!;
        const query = new URLSearchParams({ code: 'made up', state, iss: running.issuer });
        await finish(handler, new URL(`?${query}`, SITE_URL), [cookie]);
        return [discoveries(), reads];
      };
      expect(await refused()).toEqual([1, 1]);
      for (let round = 0; round < 5; round += 1) expect(await refused()).toEqual([2, 2]);
      now += 59_999;
      expect(await refused()).toEqual([2, 2]);
      now += 1;
      expect(await refused()).toEqual([2, 2]);
      expect(await refused()).toEqual([3, 3]);
      expect(await refused()).toEqual([3, 3]);
    });

    test('while the provider is down: the secret is read once', async () => {
      const handler = withSecret();
      running.broken = /openid-configuration/;
      for (let round = 0; round < 5; round += 1) {
        expect((await send(handler, { path: '/api/auth/sign-in' })).status).toBe(503);
      }
      expect(reads).toBe(1);
    });
  });

  test('says where to sign out', async () => {
    const provider = openIdProvider({ issuer: running.issuer, clientId: CLIENT_ID, siteOrigin: SITE_URL });
    const url = new URL((await provider.signOutUrl())!);
    expect(url.origin + url.pathname).toBe(`${running.issuer}/session/end`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT_ID,
      post_logout_redirect_uri: `${SITE_URL}/`,
    });
  });

  test('signs out without it when the provider is down', async () => {
    running.broken = /openid-configuration/;
    const provider = openIdProvider({ issuer: running.issuer, clientId: CLIENT_ID, siteOrigin: SITE_URL });
    expect(await provider.signOutUrl()).toBeUndefined();
  });
});

test('an issuer without TLS is rejected unless it is on this machine', async () => {
  const provider = openIdProvider({ issuer: 'http://id.example.com', clientId: 'c', siteOrigin: SITE_URL });
  const request = { state: 's', nonce: 'n', codeVerifier: 'v'.repeat(43), reauthenticate: true };
  await expect(provider.authorizationUrl(request)).rejects.toMatchObject({ code: 'provider_unavailable' });
});
