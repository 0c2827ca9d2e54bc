import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore, signIn } from 'curfew/testing';
import { type Connection, createConnect, createEnd, type Sockets } from './sockets.ts';

const now = 1_700_000_000_000;
const siteUrl = 'https://app.example.com';
const store = createMemoryStore();
const { cookie, sessionId } = await signIn(store, { subject: 'ada', now });

/** As the table does, in memory. @param opening connections whose `$connect` has not returned */
function createSockets(opening = new Set<string>()): Sockets & { readonly closed: string[] } {
  const open = new Map<string, Connection[]>();
  const ended = new Set<string>();
  const closed: string[] = [];
  return {
    closed,
    async add(session, connectionId) {
      if (ended.has(session)) return false;
      open.set(session, [...(open.get(session) ?? []), { connectionId, addedAt: now }]);
      return true;
    },
    async end(session) {
      ended.add(session);
      return open.get(session) ?? [];
    },
    async close(connectionId) {
      if (opening.has(connectionId) || closed.includes(connectionId)) return false;
      closed.push(connectionId);
      return true;
    },
  };
}

/** A handshake as API Gateway hands it over: `as never`, since the types ask for all of it. */
function handshake(connectionId: string, headers: Record<string, string>): never {
  return { headers, requestContext: { routeKey: '$connect', eventType: 'CONNECT', connectionId } } as never;
}
const context = {} as never;
const ended = (id: string) => ({ detail: { sessionId: id } }) as never;

async function connect(sockets: Sockets, connectionId: string, headers: Record<string, string>) {
  const handler = createConnect(sockets, { store, now: () => now, siteUrl, observer: {} });
  const { statusCode } = await handler(handshake(connectionId, headers), context);
  return statusCode;
}

test('a socket is opened with a session, from the site alone', async () => {
  const sockets = createSockets();
  assert.equal(await connect(sockets, 'a', { Cookie: cookie, Origin: siteUrl }), 200);
  assert.equal(await connect(sockets, 'b', { Origin: siteUrl }), 401);
  assert.equal(await connect(sockets, 'c', { Cookie: cookie, Origin: 'https://evil.example' }), 403);
  assert.deepEqual(await sockets.end(sessionId), [{ connectionId: 'a', addedAt: now }]);
});

test('the sockets of a session are closed when it ends, and those of others are not', async () => {
  const sockets = createSockets();
  for (const id of ['a', 'b']) await connect(sockets, id, { Cookie: cookie, Origin: siteUrl });
  await createEnd(sockets)(ended('another'));
  assert.deepEqual(sockets.closed, []);
  await createEnd(sockets)(ended(sessionId));
  assert.deepEqual(sockets.closed, ['a', 'b']);
});

test('a handshake that began before the end and comes after it opens no socket', async () => {
  const sockets = createSockets();
  await createEnd(sockets)(ended(sessionId));
  assert.equal(await connect(sockets, 'a', { Cookie: cookie, Origin: siteUrl }), 403);
});

test('a socket that is being opened when the session ends is closed at the next attempt', async () => {
  const opening = new Set(['b']);
  const sockets = createSockets(opening);
  for (const id of ['a', 'b']) await connect(sockets, id, { Cookie: cookie, Origin: siteUrl });
  await assert.rejects(createEnd(sockets, () => now + 29_999)(ended(sessionId)));
  assert.deepEqual(sockets.closed, ['a']);
  opening.clear();
  await createEnd(sockets, () => now + 60_000)(ended(sessionId));
  assert.deepEqual(sockets.closed, ['a', 'b']);
});

test('a socket that its browser has closed is no error', async () => {
  const sockets = createSockets(new Set(['a']));
  await connect(sockets, 'a', { Cookie: cookie, Origin: siteUrl });
  await createEnd(sockets, () => now + 30_000)(ended(sessionId));
  assert.deepEqual(sockets.closed, []);
});
