import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { memoryStore } from 'curfew/server';
import { createApp } from './app.ts';

let now = 1_700_000_000_000;
const siteUrl = 'http://localhost:3000';
const server = createApp({ siteUrl, store: memoryStore(), now: () => now, secret: 's'.repeat(32) }).listen(
  0,
  '127.0.0.1',
);
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as AddressInfo;
const ask = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init });
after(() => server.close());

const login = (password: string, site = 'same-origin', cookie = '') =>
  ask('/login', {
    method: 'POST',
    headers: { 'sec-fetch-site': site, cookie },
    body: new URLSearchParams({ name: 'ada', password }),
  });
const cookiesOf = ({ headers }: Response) =>
  headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ');

test('a wrong password begins no session', async () => {
  const response = await login('battery staple');
  assert.equal(response.headers.get('location'), '/login#wrong');
  assert.equal(cookiesOf(response), '');
});

test('a request without a form begins none either', async () => {
  const response = await ask('/login', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
  assert.equal(response.headers.get('location'), '/login#wrong');
});

test('the right one begins a session, which the guard knows', async () => {
  const cookie = cookiesOf(await login('correct horse'));
  assert.match(cookie, /^__Host-session=[^;]+; __Host-last=/);
  const response = await ask('/orders', { headers: { cookie } });
  assert.deepEqual(await response.json(), { orderedBy: 'ada' });
});

test('another site can sign nobody in', async () => {
  assert.equal((await login('correct horse', 'cross-site')).status, 403);
});

test('a second sign-in ends the session that this browser had', async () => {
  const first = cookiesOf(await login('correct horse'));
  await login('correct horse', 'same-origin', first);
  const response = await ask('/api/session', { headers: { cookie: first } });
  assert.equal((await response.json()).reason, 'superseded');
});

test('after fifteen minutes without activity, the guard says why the session ended', async () => {
  const cookie = cookiesOf(await login('correct horse'));
  now += 15 * 60_000;
  const response = await ask('/orders', { headers: { cookie } });
  assert.equal(response.status, 401);
  assert.equal((await response.json()).reason, 'idle');
});
