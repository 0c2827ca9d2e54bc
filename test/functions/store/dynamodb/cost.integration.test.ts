import { type ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tighten } from '../../../../core/lifecycle.ts';
import { bindSession, checkRun } from '../../../../functions/sessions/binding.ts';
import { cancelCloseGrace, startCloseGrace } from '../../../../functions/sessions/close-grace.ts';
import { endIfRevoked } from '../../../../functions/sessions/not-before.ts';
import { createDynamoStore } from '../../../../functions/store/dynamodb/store.ts';
import {
  CREDENTIALS,
  connectDynamoDbLocal,
  createTable,
  type Engine,
  noDynamoDbLocal,
} from '../../../support/engines.ts';
import { hashOf, MINUTE, newSession, SECOND, T0 } from '../../../support/sessions.ts';

/** A request as the engine accounted for it. Zero where it says nothing. */
interface Cost {
  readonly command: string;
  readonly table: number;
  readonly indexes: number;
}

/** A strongly consistent read of a row of up to 4 kB. */
const READ: Cost = { command: 'GetItemCommand', table: 1, indexes: 0 };
const WRITE: Cost = { command: 'UpdateItemCommand', table: 1, indexes: 0 };
const RIGHT = hashOf('right');
const WRONG = hashOf('wrong');

(noDynamoDbLocal ? describe.skip : describe)('what requests cost, with both indexes present', () => {
  let engine: Engine;
  let client: DynamoDBClient;
  let store: ReturnType<typeof createDynamoStore>;
  let costs: Cost[] = [];

  beforeAll(async () => {
    engine = await connectDynamoDbLocal();
    client = new DynamoDBClient({ ...CREDENTIALS, endpoint: engine.endpoint });
    // Asks of every request what it consumed, and keeps count of requests, refused ones too.
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const cost = { command: context.commandName!, table: 0, indexes: 0 };
        costs.push(cost);
        const result = await next({
          ...args,
          input: { ...(args.input as object), ReturnConsumedCapacity: 'INDEXES' },
        } as typeof args);
        const consumed = (result.output as { ConsumedCapacity?: ConsumedCapacity }).ConsumedCapacity;
        cost.table = consumed?.Table?.CapacityUnits ?? 0;
        cost.indexes = sum(consumed?.GlobalSecondaryIndexes);
        return result;
      },
      { step: 'initialize' },
    );
    const { tableName } = await createTable(engine);
    store = createDynamoStore({ client, tableName, retentionMs: 86_400_000, dueShards: 4 });
  });
  afterAll(async () => {
    client?.destroy();
    await engine?.stop();
  });

  async function costOf(work: () => Promise<unknown>): Promise<Cost[]> {
    costs = [];
    await work();
    return costs;
  }
  async function stored(input: Parameters<typeof newSession>[0] = {}) {
    const session = newSession({ device: { userAgent: 'A browser'.repeat(10), address: '::1' }, ...input });
    await store.create(session, RIGHT);
    return session;
  }
  const touch = (sessionId: string, now: number, activityAt = now, secretHash = RIGHT) =>
    store.touch({ sessionId, secretHash, now, activityAt, activeUntil: activityAt });

  test('a touch is one write and no index write', async () => {
    const { sessionId } = await stored();
    const cost = await costOf(() => touch(sessionId, T0 + MINUTE));
    expect(cost).toEqual([{ command: 'UpdateItemCommand', table: 1, indexes: 0 }]);
  });

  describe('a page of a site of many pages, loaded and left, under browserClose last-page', () => {
    const credential = (sessionId: string) => ({ sessionId, secretHash: RIGHT });
    const run = { runHash: hashOf('run'), endsIfOther: true, afterSet: false };

    test('its check is one read; binding a session costs two writes more, once', async () => {
      const { sessionId } = await stored({ browserClose: 'last-page' });
      const at = { store, now: T0 };
      expect(await costOf(() => bindSession(at, credential(sessionId), run.runHash))).toEqual([READ, WRITE]);
      expect(await costOf(() => checkRun(at, credential(sessionId), run))).toEqual([READ, WRITE]);
      expect(await costOf(() => checkRun(at, credential(sessionId), run))).toEqual([READ]);
    });

    test('leaving it costs a read, a write and a move in the index; coming to the next a read and a write', async () => {
      const { sessionId } = await stored({ browserClose: 'last-page' });
      const at = (now: number) => ({ store, now });
      const close = () => startCloseGrace(at(T0), credential(sessionId), { graceMs: 30 * SECOND });
      expect(await costOf(close)).toEqual([{ ...WRITE, indexes: 2 }]);
      const open = () => cancelCloseGrace(at(T0 + SECOND), credential(sessionId));
      expect(await costOf(open)).toEqual([READ, WRITE]);
      expect(await costOf(open)).toEqual([READ]);
    });
  });

  test('a touch that lifts a close lease is no more', async () => {
    const { sessionId } = await stored();
    await store.startCloseGrace({ sessionId, secretHash: RIGHT, now: T0, graceMs: 30 * SECOND });
    const cost = await costOf(() => touch(sessionId, T0 + SECOND));
    expect(cost).toEqual([{ command: 'UpdateItemCommand', table: 1, indexes: 0 }]);
  });

  test('an older, a late and an unknown touch are one request each, and explained without a read', async () => {
    const { sessionId, idleExpiresAt } = await stored();
    const outcomes: string[] = [];
    const cost = await costOf(async () => {
      outcomes.push((await touch(sessionId, T0 + MINUTE, T0 - 1)).outcome);
      outcomes.push((await touch(sessionId, idleExpiresAt)).outcome);
      outcomes.push((await touch(sessionId, T0 + MINUTE, T0 + MINUTE, WRONG)).outcome);
      outcomes.push((await touch('nobody', T0 + MINUTE)).outcome);
    });
    expect(outcomes).toEqual(['unchanged', 'expired', 'unknown', 'unknown']);
    expect(cost.map(({ command }) => command)).toEqual(Array(4).fill('UpdateItemCommand'));
  });

  test('a check is one read of one unit', async () => {
    const { sessionId } = await stored();
    const cost = await costOf(() => store.read(sessionId));
    expect(cost).toEqual([{ command: 'GetItemCommand', table: 1, indexes: 0 }]);
  });

  test('a finished sign-in is 1 write', async () => {
    const cost = await costOf(() => store.finishSignIn({ state: 's', attempt: 'a', startedAt: T0 }));
    expect(cost).toEqual([{ command: 'PutItemCommand', table: 1, indexes: 0 }]);
  });

  test('ending everywhere is one write more, and what looks at it one read', async () => {
    const endedBy = { type: 'subject' };
    const raise = () => store.raiseNotBefore('ada', { at: T0, endedBy });
    expect(await costOf(raise)).toEqual([WRITE]);
    expect(await costOf(() => store.notBefore('ada'))).toEqual([READ]);
    const live = { sessionId: newSession().sessionId, subject: 'ada' };
    expect(await costOf(() => endIfRevoked({ store, now: T0 + 2 }, live, T0 + 1))).toEqual([READ]);
  });

  test('narrower limits cost as much as a re-arm', async () => {
    const seen = newSession();
    await store.create(seen, RIGHT);
    const tightened = tighten(seen, { idleTimeoutMs: MINUTE })!;
    expect(await costOf(() => store.tighten({ seen, seenDueAt: seen.idleExpiresAt, tightened }))).toEqual([
      { command: 'UpdateItemCommand', table: 1, indexes: 2 },
    ]);
  });

  test('a session begins with 3 writes, is re-armed with 3 and ends with 2', async () => {
    const session = newSession();
    const { sessionId, idleExpiresAt } = session;
    const create = await costOf(() => store.create(session, RIGHT));
    const rearm = await costOf(() => store.rearm(sessionId, idleExpiresAt, idleExpiresAt + MINUTE));
    const end = await costOf(() => store.end({ sessionId, reason: 'revoked', now: T0 + 1 }));
    expect([create, rearm, end]).toEqual([
      [{ command: 'PutItemCommand', table: 1, indexes: 2 }],
      [{ command: 'UpdateItemCommand', table: 1, indexes: 2 }],
      [{ command: 'UpdateItemCommand', table: 1, indexes: 1 }],
    ]);
  });
});

function sum(indexes: ConsumedCapacity['GlobalSecondaryIndexes'] = {}): number {
  return Object.values(indexes).reduce((total, { CapacityUnits = 0 }) => total + CapacityUnits, 0);
}
