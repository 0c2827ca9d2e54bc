import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore, signIn } from 'curfew/testing';
import { createApp } from './app.ts';

const store = createMemoryStore();
const { cookie } = await signIn(store, { subject: 'ada' });
const app = createApp({ store });

test('only routes of the guarded context need a session', async () => {
  assert.equal((await app.inject('/health')).statusCode, 200);
  const response = await app.inject('/api/me');
  assert.equal(response.statusCode, 401);
  assert.equal(response.json().code, 'ERR_SESSION_MISSING');
});

test('with a session, the handler knows whose it is', async () => {
  const response = await app.inject({ url: '/api/me', headers: { cookie } });
  assert.deepEqual(response.json(), { subject: 'ada' });
});
