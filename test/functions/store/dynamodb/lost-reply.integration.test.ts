import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Session } from '../../../../core/lifecycle.ts';
import { createDynamoClient } from '../../../../functions/store/dynamodb/client.ts';
import { createDynamoStore, GUARDED_STORE } from '../../../../functions/store/dynamodb/store.ts';
import type { Store } from '../../../../functions/store/store.ts';
import {
  CREDENTIALS,
  createTable,
  type Engine,
  noDynamoDbLocal,
  startDynalite,
  startDynamoDbLocal,
} from '../../../support/engines.ts';
import { hashOf, newSession, T0 } from '../../../support/sessions.ts';

const RIGHT = hashOf('right');

/** Hands requests on, and answers one after the engine has done what it asked with a torn connection. */
function createLosingProxy(engine: Engine): { server: Server; loseNext: () => void; lost: () => number } {
  let lose = false;
  let lost = 0;
  const server = createServer((incoming, response) => {
    const outgoing = forward(
      engine.endpoint,
      { method: incoming.method, headers: incoming.headers },
      async (answer) => {
        const body = Buffer.concat(await answer.toArray());
        if (lose) {
          lose = false;
          lost += 1;
          incoming.socket.destroy();
          return;
        }
        response.writeHead(answer.statusCode!, answer.headers).end(body);
      },
    );
    incoming.pipe(outgoing);
  });
  return {
    server,
    lost: () => lost,
    loseNext() {
      lose = true;
    },
  };
}

describe.each([
  ['dynalite', startDynalite, false],
  ['DynamoDB Local', startDynamoDbLocal, noDynamoDbLocal !== undefined],
] as const)('a reply that is lost on the way from %s', (_name, start, missing) => {
  let engine: Engine;
  let proxy: ReturnType<typeof createLosingProxy>;
  let client: DynamoDBClient;
  let store: Store;
  let guarded: Store;
  /** Sees what is stored past the proxy. */
  let direct: Store;

  if (missing) {
    test.skip('needs Java', () => {});
    return;
  }
  beforeAll(async () => {
    engine = await start();
    proxy = createLosingProxy(engine);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(proxy.server.address() as AddressInfo).port}`;
    client = new DynamoDBClient({ ...CREDENTIALS, endpoint, maxAttempts: 3 });
    const table = await createTable(engine);
    direct = table.store;
    store = createDynamoStore({
      client,
      tableName: table.tableName,
      retentionMs: 1_000,
      dueShards: 4,
      oldItemOnRefusal: engine.oldItemOnRefusal,
    });
    guarded = createDynamoStore({
      client,
      tableName: table.tableName,
      retentionMs: 1_000,
      dueShards: 4,
      ...GUARDED_STORE,
    });
  });
  afterAll(async () => {
    client?.destroy();
    proxy?.server.closeAllConnections();
    await new Promise((resolve) => proxy.server.close(resolve));
    await engine?.stop();
  });

  const losing = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = proxy.lost();
    proxy.loseNext();
    const result = await work();
    expect(proxy.lost()).toBe(before + 1);
    return result;
  };

  test('of a create: it was done, and says so', async () => {
    const session = newSession();
    await losing(() => store.create(session, RIGHT));
    expect((await direct.read(session.sessionId))?.session).toEqual(session);
  });

  test('of an end: it was this one that ended it', async () => {
    const session = newSession();
    await direct.create(session, RIGHT);
    const request = { sessionId: session.sessionId, reason: 'signed-out', now: T0 + 1 } as const;
    expect((await losing(() => store.end(request))).outcome).toBe('ended');
    expect((await store.end(request)).outcome).toBe('already-ended');
  });

  test('of a pulse: it is known, and extends no further', async () => {
    const session = newSession();
    await direct.create(session, RIGHT);
    const at = T0 + 5;
    const pulse = {
      sessionId: session.sessionId,
      secretHash: RIGHT,
      now: at,
      activityAt: at,
      activeUntil: at,
    };
    const result = await losing(() => store.touch(pulse));
    expect(result).toMatchObject({
      outcome: 'touched',
      session: { idleExpiresAt: at + session.idleTimeoutMs },
    });
  });

  test('of a guarded touch: the session is as it was made', async () => {
    const session = newSession();
    await direct.create(session, RIGHT);
    const at = T0 + 5;
    const guarded = {
      sessionId: session.sessionId,
      secretHash: RIGHT,
      now: at,
      activityAt: at,
      activeUntil: at + session.touchIntervalMs,
    };
    const result = await losing(() => store.touch(guarded));
    expect(result).toMatchObject({
      outcome: 'unchanged',
      session: { activeUntil: at + session.touchIntervalMs },
    });
  });

  test('of a guarded touch of a session that was seen, and of its end: one read says how it is', async () => {
    const session = newSession();
    await direct.create(session, RIGHT);
    const { sessionId } = session;
    const at = T0 + 5;
    const activeUntil = at + session.touchIntervalMs;
    const owned = { sessionId, secretHash: RIGHT, now: at, seen: session };
    const touched = await losing(() => guarded.touch({ ...owned, activityAt: at, activeUntil }));
    expect(touched).toMatchObject({ outcome: 'unchanged', session: { activeUntil } });
    const { session: seen } = touched as { session: Session };
    const end = { sessionId, reason: 'idle', now: seen.idleExpiresAt, seen } as const;
    expect(await losing(() => guarded.end(end))).toMatchObject({
      outcome: 'ended',
      session: { endedAt: seen.idleExpiresAt },
    });
    expect((await guarded.end(end)).outcome).toBe('already-ended');
  });

  test('of a re-arming: the session is due when it was to be', async () => {
    const session = newSession();
    await direct.create(session, RIGHT);
    const { sessionId, idleExpiresAt } = session;
    // It can't know that it was itself who did it; nothing depends on that but a count.
    expect(await losing(() => store.rearm(sessionId, idleExpiresAt, idleExpiresAt + 9))).toBe(false);
    expect(await direct.rearm(sessionId, idleExpiresAt + 9, idleExpiresAt + 10)).toBe(true);
  });
});

test('a table that takes the request and never answers is unavailable, in a time that is set', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_ACCESS_KEY_ID = 'local';
  process.env.AWS_SECRET_ACCESS_KEY = 'local';
  const client = createDynamoClient({ endpoint, region: 'us-east-1', requestTimeoutMs: 40 });
  const store = createDynamoStore({ client, tableName: 'table', retentionMs: 1, dueShards: 1 });
  await expect(store.read('a')).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    cause: { name: 'TimeoutError', $metadata: { attempts: 3 } },
  });
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
