import { describe, expect, test } from '@jest/globals';
import { definePolicy } from '../../../core/policy.ts';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createAuthHandler } from '../../support/handlers.ts';
import { SITE_URL, seededBytes, send } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const did: string[] = [];
const handler = createAuthHandler({
  ...createRecorder(),
  store: createMemoryStore(),
  keyring: createKeyring(async () => {
    did.push('read the service secret');
    return ['the service secret of the tests, long enough'];
  }),
  provider: {
    async authorizationUrl() {
      did.push('asked the provider');
      return new URL('https://id.example.com/authorize');
    },
    identify: async () => ({ subject: 'ada' }),
    signOutUrl: async () => undefined,
  },
  policy: definePolicy(),
  siteUrl: SITE_URL,
  reauthentication: 'always',
  missingAuthTime: 'trust',
  proxyHops: 0,
  now: () => 1_700_000_000_000,
  randomBytes: seededBytes(),
});
const begin = (headers: Record<string, string>) => send(handler, { path: '/api/auth/sign-in', headers });

const PAGE = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

describe('a request to sign in that says it is no top-level navigation is rejected, before anything is done', () => {
  test.each([
    ['sec-fetch-mode', 'cors'],
    ['sec-fetch-mode', 'no-cors'],
    ['sec-fetch-mode', 'same-origin'],
    ['sec-fetch-mode', 'websocket'],
    ['sec-fetch-mode', ''],
    ['sec-fetch-mode', 'navigate, cors'],
    ['sec-fetch-mode', 'Navigate'],
    ['sec-fetch-dest', 'empty'],
    ['sec-fetch-dest', 'iframe'],
    ['sec-fetch-dest', 'frame'],
    ['sec-fetch-dest', 'image'],
    ['sec-fetch-dest', 'script'],
    ['sec-fetch-dest', ''],
    ['sec-purpose', 'prefetch'],
    ['sec-purpose', 'prefetch;prerender'],
    ['sec-purpose', 'prefetch;anonymous-client-ip'],
    ['sec-purpose', 'prerender'],
    ['sec-purpose', 'Prefetch'],
    ['sec-purpose', 'other, prefetch'],
  ])('%s: %s', async (name, value) => {
    const answer = await begin({ ...PAGE, [name]: value });
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'ERR_REQUEST_INVALID', detail: expect.stringContaining(name) },
      cookies: [],
    });
    expect(did).toEqual([]);
  });
});

describe('a request to sign in is taken', () => {
  test.each<[string, Record<string, string>]>([
    ['of a browser that says that a user navigates', { ...PAGE, 'sec-fetch-user': '?1' }],
    ['of a link on another site', { ...PAGE, 'sec-fetch-site': 'cross-site' }],
    ['of a browser that says nothing on it', {}],
    ['with another purpose', { ...PAGE, 'sec-purpose': 'fetch' }],
  ])('%s', async (_, headers) => {
    expect((await begin(headers)).status).toBe(302);
  });
});
