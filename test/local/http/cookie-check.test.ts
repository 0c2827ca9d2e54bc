import { expect, test } from '@jest/globals';
import { createCookieCheck } from '../../../local/http/cookie-check.ts';
import type { HttpReply, HttpRequest } from '../../../local/http/message.ts';

const ISSUER = 'http://127.0.0.1:9000';
const KEPT = { cookie: 'a=1; __Host-signin=x' };
const BROWSER = { 'Sec-Fetch-Mode': 'navigate' };
const PROVIDER = `${ISSUER}/auth?client_id=a&state=b`;

const asked = (url: string, headers: Record<string, string> = {}): HttpRequest => ({
  method: 'GET',
  url,
  rawHeaders: Object.entries(headers).flat(),
  body: Buffer.alloc(0),
  sourceIp: '127.0.0.1',
});
const redirectTo = (location: string): HttpReply => ({
  status: 302,
  headers: [
    ['Location', location],
    ['set-cookie', '__Host-signin=x'],
  ],
  body: Buffer.alloc(0),
});
const locationOf = ({ headers }: HttpReply) =>
  headers.find(([name]) => name.toLowerCase() === 'location')?.[1];

const check = createCookieCheck('http://localhost:8080', ISSUER);
const begin = (headers: Record<string, string>, location = PROVIDER, path = '/api/auth/sign-in?returnTo=/') =>
  check.detour(asked(path, headers), redirectTo(location));

test('a browser without the cookie comes by on its way to the provider, and with it goes on', async () => {
  const reply = begin(BROWSER);
  expect(reply.headers).toContainEqual(['set-cookie', '__Host-signin=x']);
  const by = locationOf(reply)!;
  expect(by).toMatch(/^\/__local\/cookies\?to=/);
  const next = await check.answer(asked(by, KEPT));
  expect([next.status, locationOf(next)]).toEqual([302, PROVIDER]);
});

test('a browser that comes by without the cookie is told what to do', async () => {
  const { status, body } = await check.answer(asked(locationOf(begin(BROWSER))!, { cookie: 'signin=x' }));
  expect(status).toBe(400);
  expect(body.toString()).toContain('This browser keeps no cookies of this site');
  expect(body.toString()).toContain('npm start -- --https');
});

test('by https only blocked cookies are left as a reason', async () => {
  const { body } = await createCookieCheck('https://localhost:8080', ISSUER).answer(
    asked('/__local/cookies?to=%2Fauth'),
  );
  expect(body.toString()).toContain('allow them for this site');
  expect(body.toString()).not.toContain('--https');
});

test.each([
  ['a browser that has the cookie', { ...BROWSER, ...KEPT }, PROVIDER, undefined],
  ['a program, which sends no Fetch Metadata', {}, PROVIDER, undefined],
  ['a failed sign-in, which leads back to the site', BROWSER, '/?error=provider_unavailable', undefined],
  ['another redirect to the provider', BROWSER, PROVIDER, '/api/session/sign-out'],
])('no detour: %s', (_, headers, location, path) => {
  expect(locationOf(begin(headers as Record<string, string>, location, path))).toBe(location);
});

test.each(['https://example.com/', '//example.com/', '\\\\example.com', 'http://127.0.0.1:9001/', ''])(
  'it sends nobody but to the provider: %j',
  async (to) => {
    const reply = await check.answer(asked(`/__local/cookies?${new URLSearchParams({ to })}`, KEPT));
    const location = locationOf(reply);
    expect(location === undefined || new URL(location).origin === ISSUER).toBe(true);
  },
);
