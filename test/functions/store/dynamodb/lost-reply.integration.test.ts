import { createServer } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Session } from '../../../../core/lifecycle.ts';
import { close, listen } from '../../../../dev/machine/loopback.ts';
import { createDynamoClient } from '../../../../functions/store/dynamodb/client.ts';
import { createDynamoStore, GUARDED_STORE } from '../../../../functions/store/dynamodb/store.ts';
import type { Store } from '../../../../functions/store/store.ts';
import { CREDENTIALS, createTable, ENGINES, type Engine } from '../../../support/engines.ts';
import { type FaultyTable, startFaultyTable } from '../../../support/faulty-table.ts';
import { hashOf, newSession, T0 } from '../../../support/sessions.ts';

const RIGHT = hashOf('right');

describe.each(ENGINES)('a reply that is lost on the way from %s', (_name, start) => {
  let engine: Engine;
  let proxy: FaultyTable;
  let client: DynamoDBClient;
  let store: Store;
  let guarded: Store;
  /** Sees what is stored past the proxy. */
  let direct: Store;

  beforeAll(async () => {
    engine = await start();
    proxy = await startFaultyTable(engine.endpoint);
    client = new DynamoDBClient({ ...CREDENTIALS, endpoint: proxy.endpoint, maxAttempts: 3 });
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
    await proxy?.close();
    await engine?.stop();
  });

  const lost = () => proxy.injected.lost ?? 0;
  const losing = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = lost();
    // The reply to the next request.
    proxy.decide = () => (lost() === before ? 'lost' : undefined);
    const result = await work();
    expect(lost()).toBe(before + 1);
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

  test('of the end of all sessions: it is on record, once', async () => {
    const record = { at: T0, endedBy: { type: 'subject' } };
    await losing(() => store.raiseNotBefore('ada', record));
    expect(await direct.notBefore('ada')).toEqual(record);
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

  test('of a finished sign-in: it is the first, and no other is', async () => {
    const finished = { state: 'of a lost reply', attempt: 'one', startedAt: T0 };
    expect(await losing(() => store.finishSignIn(finished))).toBe(true);
    expect(await store.finishSignIn({ ...finished, attempt: 'two' })).toBe(false);
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
  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  process.env.AWS_ACCESS_KEY_ID = 'local';
  process.env.AWS_SECRET_ACCESS_KEY = 'local';
  const client = createDynamoClient({ endpoint, region: 'us-east-1', requestTimeoutMs: 40 });
  const store = createDynamoStore({ client, tableName: 'table', retentionMs: 1, dueShards: 1 });
  await expect(store.read('a')).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    cause: { name: 'TimeoutError', $metadata: { attempts: 3 } },
  });
  client.destroy();
  await close(server);
});
