import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { openIdProvider } from '../../../functions/auth/openid.ts';
import { sealSignIn } from '../../../functions/auth/sign-in-state.ts';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createAuthHandler } from '../../support/handlers.ts';
import { redirectOf, SITE_URL, seededBytes, send } from '../../support/http.ts';
import { keyringOf } from '../../support/keyring.ts';
import { createRecorder } from '../../support/observers.ts';
import { CLIENT_ID, CLIENT_SECRET, type RunningProvider, startProvider } from '../../support/provider.ts';

/** With a real provider, which is up: so whatever goes wrong is the request's doing. */
let running: RunningProvider;
const SERVICE_SECRET = 'the service secret of the tests, long enough';
let reads = 0;
let serviceReads = 0;
let seen = createRecorder();

beforeAll(async () => {
  running = await startProvider();
});
afterAll(() => running.stop());
beforeEach(() => {
  reads = 0;
  serviceReads = 0;
  seen = createRecorder();
  running.requests.length = 0;
});

function make() {
  return createAuthHandler({
    ...seen,
    keyring: createKeyring(async () => {
      serviceReads += 1;
      return [SERVICE_SECRET];
    }),
    store: createMemoryStore(),
    policy: definePolicy(),
    siteUrl: SITE_URL,
    provider: openIdProvider({
      issuer: running.issuer,
      clientId: `${CLIENT_ID}-secret`,
      siteOrigin: SITE_URL,
      clientSecret: async () => {
        reads += 1;
        return CLIENT_SECRET;
      },
    }),
    reauthentication: 'always',
    missingAuthTime: 'refuse',
    now: () => Date.now(),
    randomBytes: seededBytes('query fuzz'),
  });
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'server_error',
    'temporarily_unavailable',
    'invalid_client',
    'access_denied',
    'a'.repeat(4_097),
  ),
);
const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('code', 'error', 'iss', 'state', 'response', 'id_token', 'access_token'),
  },
  { weight: 1, arbitrary: fc.string() },
);
const parameters = fc.array(fc.tuple(name, text), { maxLength: 5 });
const raw = fc.constantFrom('', '%', '&&', '=%ZZ', '__proto__=1');

test('whatever the query of the callback, a page with a code; one discovery and one secret read in all', async () => {
  const handler = make();
  await fc.assert(
    fc.asyncProperty(
      parameters,
      raw,
      fc.boolean(),
      fc.boolean(),
      async (pairs, tail, hasState, hasIssuer) => {
        const begun = await send(handler, { path: '/api/auth/sign-in' });
        const state = new URL(begun.headers.location!).searchParams.get('state')!;
        const query = new URLSearchParams(pairs);
        if (hasState) query.set('state', state);
        if (hasIssuer) query.set('iss', running.issuer);
        const cookies = [begun.cookies[0]!.split(';')[0]!];
        const answer = await send(handler, {
          path: '/api/auth/callback',
          query: `${query}&${tail}`,
          cookies,
        });
        expect(answer.status).toBe(200);
        expect(answer.cookies).toEqual([]);
        expect(redirectOf(answer)).toMatch(/^\/\?error=[a-z_]+$/);
        expect(answer.text + seen.said()).not.toContain(CLIENT_SECRET);
      },
    ),
    runs(100),
  );
  expect(running.requests.filter((line) => line.includes('openid-configuration'))).toHaveLength(1);
  expect(reads).toBe(1);
});

test('whatever the state, but for one of this browser: a page with a code, no request to the provider, one read of the service secret beside the first', async () => {
  const handler = make();
  const begun = await send(handler, { path: '/api/auth/sign-in' });
  const mine = new URL(begun.headers.location!).searchParams.get('state')!;
  const cookies = [begun.cookies[0]!.split(';')[0]!];
  const browser = cookies[0]!.split('=')[1]!;
  const now = Date.now();
  const signIn = { returnTo: '/', startedAt: now, reauthenticate: true, isInWindow: false };
  const foreign = await sealSignIn(signIn, browser, {
    keyring: keyringOf('the service secret of somebody else'),
    randomBytes: seededBytes('foreign'),
  });
  const stale = await sealSignIn({ ...signIn, startedAt: now - 600_000 }, browser, {
    keyring: keyringOf(SERVICE_SECRET),
    randomBytes: seededBytes('stale'),
  });
  const state = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(foreign.state, stale.state, 's'.repeat(43), 'A'.repeat(4_096), 'A'.repeat(4_097)),
    fc.nat(mine.length - 1).map((length) => mine.slice(0, length)),
    fc
      .tuple(fc.nat(mine.length - 1), fc.constantFrom('', '.', '%', '~', ' '))
      .map(([at, put]) => mine.slice(0, at) + put + mine.slice(at + 1))
      // A dot in place of the dot is this browser's own.
      .filter((made) => made !== mine),
    fc
      .tuple(fc.stringMatching(/^[\w-]{8}$/), fc.stringMatching(/^[\w-]{38,80}$/))
      .map((parts) => parts.join('.')),
  );
  running.requests.length = 0;
  await fc.assert(
    fc.asyncProperty(state, fc.constantFrom('code', 'error'), fc.boolean(), async (made, name, hasCookie) => {
      const query = new URLSearchParams({ state: made, [name]: 'c', iss: running.issuer });
      const answer = await send(handler, {
        path: '/api/auth/callback',
        query: query.toString(),
        cookies: hasCookie ? cookies : [],
      });
      expect(answer.status).toBe(200);
      expect(answer.cookies).toEqual([]);
      expect(redirectOf(answer)).toMatch(/^\/\?error=sign_in_(?:expired|failed)$/);
    }),
    runs(400),
  );
  expect(running.requests).toEqual([]);
  expect(serviceReads).toBe(2);
});

test('whatever the query of the sign-in, the provider is where it goes', async () => {
  const handler = make();
  const asked = fc.array(fc.tuple(fc.oneof(fc.constant('returnTo'), fc.string()), text), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(asked, raw, async (pairs, tail) => {
      const query = `${new URLSearchParams(pairs)}&${tail}`;
      const answer = await send(handler, { path: '/api/auth/sign-in', query });
      expect(answer.status).toBe(302);
      expect(new URL(answer.headers.location!).origin).toBe(running.issuer);
    }),
    runs(100),
  );
});
