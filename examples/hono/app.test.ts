import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore, signIn } from 'curfew/testing';
import { createApp } from './app.ts';

const store = createMemoryStore();
const { cookie } = await signIn(store, { subject: 'ada' });
const app = createApp({ store });

test('only what is behind the guard needs a session', async () => {
  assert.equal((await app.request('/health')).status, 200);
  const response = await app.request('/api/me');
  assert.equal(response.status, 401);
  assert.equal((await response.json()).code, 'ERR_SESSION_MISSING');
});

test('with a session, the handler knows whose it is', async () => {
  const response = await app.request('/api/me', { headers: { cookie } });
  assert.deepEqual(await response.json(), { subject: 'ada' });
});
