import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createMemoryStore, signIn } from 'curfew/testing';
import { createApp } from './app.ts';

let now = 1_700_000_000_000;
const store = createMemoryStore();
const { cookie } = await signIn(store, { subject: 'ada', now });
const app = createApp({ store, now: () => now, siteUrl: 'https://app.example.com' });
const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as AddressInfo;
const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
after(() => server.close());

test('what stands in front of the guard needs no session', async () => {
  assert.equal((await ask('/health')).status, 200);
});

test('without a session, the guard answers', async () => {
  const response = await ask('/api/me');
  assert.equal(response.status, 401);
  assert.equal((await response.json()).code, 'ERR_SESSION_MISSING');
});

test('with a session, the handler knows whose it is', async () => {
  const response = await ask('/api/me', { headers: { cookie } });
  assert.deepEqual(await response.json(), { subject: 'ada' });
});

test('only the site itself may change something', async () => {
  const order = (site: string) =>
    ask('/api/orders', { method: 'POST', headers: { cookie, 'sec-fetch-site': site } });
  assert.equal((await order('same-origin')).status, 201);
  assert.equal((await order('cross-site')).status, 403);
});

test('after fifteen minutes without activity, the guard says why the session ended', async () => {
  now += 15 * 60_000;
  const response = await ask('/api/me', { headers: { cookie } });
  assert.equal(response.status, 401);
  assert.equal((await response.json()).reason, 'idle');
});
