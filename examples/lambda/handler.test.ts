import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore, signIn } from 'curfew/testing';
import { createOrders, createPage } from './handler.ts';

let now = 1_700_000_000_000;
const store = createMemoryStore();
const { cookie } = await signIn(store, { subject: 'ada', now });
const guard = { store, now: () => now, observer: {} };

/** What a test needs of an HTTP API's event and a Lambda context: `as never`, since the types ask for all of them. */
function event(cookies: string[] = []): never {
  const requestContext = { http: { method: 'GET', path: '/orders' } };
  return {
    version: '2.0',
    rawPath: '/orders',
    rawQueryString: '',
    headers: {},
    cookies,
    requestContext,
  } as never;
}
const context = {} as never;

test('without a session, the guard answers', async () => {
  const { statusCode, body } = await createOrders(guard)(event(), context);
  assert.equal(statusCode, 401);
  assert.equal(JSON.parse(body).code, 'ERR_SESSION_MISSING');
});

test('with a session, the handler knows whose it is', async () => {
  const { body } = await createOrders(guard)(event([cookie]), context);
  assert.equal(body, 'orders of ada');
});

test('after fifteen minutes without activity, the guard rejects, and the page says why', async () => {
  now += 15 * 60_000;
  assert.equal((await createOrders(guard)(event([cookie]), context)).statusCode, 401);
  const { statusCode, body } = await createPage(guard)(event([cookie]), context);
  assert.deepEqual([statusCode, body], [200, '<p>Signed out: idle</p>']);
});
