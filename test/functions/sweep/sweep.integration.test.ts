import { UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { checkSession } from '../../../functions/sessions/check.ts';
import { createDynamoStore } from '../../../functions/store/dynamodb/store.ts';
import type { Store } from '../../../functions/store/store.ts';
import { connectDynamoDbLocal, createTable, type Engine, noDynamoDbLocal } from '../../support/engines.ts';
import { type FakeEventBridge, startEventBridge } from '../../support/event-bridge.ts';
import { invoke } from '../../support/invocations.ts';
import { SEEDED, seed } from '../../support/seed.ts';
import { MINUTE, newSession, SECOND, T0 } from '../../support/sessions.ts';
import { readStream } from '../../support/streams.ts';
import { announce, createDueTable, endsOn, sum, sweepAt, transitionsIn } from '../../support/sweeping.ts';

// The engine shares the machine with every other test file.
jest.setTimeout(180_000);

(noDynamoDbLocal ? describe.skip : describe)('on a real table with a real stream', () => {
  let engine: Engine;
  let bus: FakeEventBridge;
  beforeAll(async () => {
    engine = await connectDynamoDbLocal();
    bus = await startEventBridge();
  });
  afterAll(async () => {
    await bus?.stop();
    await engine?.stop();
  });

  // The sweep of `npm run bench` has 20,000.
  test('of 320 sessions due in one minute each expired one ends once and is announced once; the touched tenth lives', async () => {
    const { store, streamArn, touched, expired, now } = await createDueTable(engine, 320, 16);
    expect(await sweepAt(store, now)).toMatchObject({
      shards: 16,
      due: 320,
      ended: 288,
      rearmed: 32,
      failures: 0,
      strays: 0,
      complete: true,
    });

    const records = await readStream(engine.endpoint, streamArn);
    expect(transitionsIn(records).sort()).toEqual(expired.map(({ sessionId }) => sessionId).sort());
    const { sessions: living } = await store.readMany(touched.map(({ sessionId }) => sessionId));
    expect(living).toHaveLength(32);
    expect(living.every(({ state }) => state === 'active')).toBe(true);

    const seen = await announce(bus, records);
    expect(
      endsOn(bus)
        .map(({ eventId }) => eventId)
        .sort(),
    ).toEqual(expired.map(({ sessionId }) => `${sessionId}.ended`).sort());
    expect(bus.events.filter(({ type }) => type === 'Session Started')).toHaveLength(320);
    expect(sum(seen.valuesOf('SessionsEnded', { Reason: 'idle' }))).toBe(288);
    expect(seen.valuesOf('ExpiryLateness')).toHaveLength(288);
  });

  test('after an outage of an hour the earliest end first, and the lateness is told', async () => {
    const { tableName, store, streamArn } = await createTable(engine, { dueShards: 2 });
    const sessions = Array.from({ length: 240 }, (_, i) =>
      newSession({ createdAt: T0 + ((i * 37) % 240) * 15 * SECOND }),
    );
    await seed(engine, tableName, sessions, 2);
    const now = T0 + 80 * MINUTE;
    const report = await sweepAt(store, now, 1);
    expect(report).toMatchObject({ ended: 240, backlogMs: 65 * MINUTE, latenessMs: 65 * MINUTE });

    const records = await readStream(engine.endpoint, streamArn!);
    const ended = records.map(({ dynamodb }) => dynamodb!).filter(({ NewImage }) => NewImage?.endedAt);
    for (const shard of ['0', '1']) {
      const deadlines = ended
        .filter(({ OldImage }) => OldImage?.dueShard?.S === shard)
        .map(({ OldImage }) => Number(OldImage!.dueAt!.N));
      expect(deadlines.length).toBeGreaterThan(80);
      expect(deadlines).toEqual([...deadlines].sort((a, b) => a - b));
    }
    const seen = await announce(bus, records);
    const lateness = seen.valuesOf('ExpiryLateness');
    expect(Math.max(...lateness)).toBe(65 * MINUTE);
    expect(lateness.sort()).toEqual(sessions.map(({ idleExpiresAt }) => now - idleExpiresAt).sort());
  });

  test('what TTL takes while still active is announced, with its deadline and the time it went', async () => {
    const { tableName, streamArn } = await createTable(engine);
    const createdAt = Date.now() - 60 * MINUTE;
    const session = newSession({ createdAt, absoluteTimeoutMs: 30 * MINUTE });
    await seed(engine, tableName, [session], 4, 60 * SECOND);
    await engine.client.send(
      new UpdateTimeToLiveCommand({
        TableName: tableName,
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      }),
    );
    // The engine looks every 10 s. Nothing else deletes rows, so the second record is its doing.
    let records: DynamoDBRecord[] = [];
    for (let tries = 0; records.length < 2 && tries < 50; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      records = await readStream(engine.endpoint, streamArn!);
    }
    const seen = await announce(bus, records);
    const [ended] = endsOn(bus);
    expect(ended).toMatchObject({ reason: 'idle', deadlineAt: session.idleExpiresAt });
    // The engine rounds the time of a record down to the minute.
    expect(ended!.endedAt).toBeGreaterThan(createdAt + 59 * MINUTE - 1);
    expect(ended!.latenessMs).toBe(ended!.endedAt - session.idleExpiresAt);
    expect(seen.valuesOf('ExpiryLateness')).toEqual([ended!.latenessMs]);
  });

  test('a request that comes before the sweep ends the session itself; the event says when, and how late', async () => {
    const { tableName, store, streamArn } = await createTable(engine);
    const session = newSession();
    await seed(engine, tableName, [session], 4);
    const now = session.idleExpiresAt + 1_234;
    const credential = { sessionId: session.sessionId, secretHash: SEEDED };
    await expect(checkSession({ store, now }, credential)).rejects.toMatchObject({ reason: 'idle' });
    expect(await sweepAt(store, now + MINUTE)).toMatchObject({ due: 0, ended: 0 });
    await announce(bus, await readStream(engine.endpoint, streamArn!));
    expect(endsOn(bus)).toMatchObject([
      { reason: 'idle', endedAt: now, deadlineAt: session.idleExpiresAt, latenessMs: 1_234 },
    ]);
  });

  test('more shards by configuration: sessions in the old ones and the new ones end', async () => {
    const { tableName, store, streamArn } = await createTable(engine, { dueShards: 2 });
    const old = Array.from({ length: 40 }, () => newSession());
    await seed(engine, tableName, old, 8);
    // The sweep of 2 shards does not know of the 8 that were written to, until it is told once.
    const grown = storeOver(engine, tableName, 8);
    expect(await sweepAt(grown, T0 + 20 * MINUTE)).toMatchObject({ shards: 8, ended: 40 });
    await seed(engine, tableName, [newSession()], 8);
    expect(await sweepAt(store, T0 + 20 * MINUTE)).toMatchObject({ shards: 8, ended: 1 });
    expect(transitionsIn(await readStream(engine.endpoint, streamArn!))).toHaveLength(41);
  });

  test('fewer shards after a roll-back, before any sweep: sessions in all of them end', async () => {
    const { tableName, store } = await createTable(engine, { dueShards: 4 });
    const rolledBack = storeOver(engine, tableName, 16);
    for (let i = 0; i < 40; i += 1) await rolledBack.create(newSession(), SEEDED);
    expect(await sweepAt(store, T0 + 20 * MINUTE)).toMatchObject({ shards: 16, ended: 40, complete: true });
  });

  describe('killed', () => {
    test('at random points, the sweep is run again and ends each session once', async () => {
      const { tableName, streamArn, store } = await createTable(engine, { dueShards: 4 });
      const createdAt = Date.now() - 60 * MINUTE;
      const sessions = Array.from({ length: 400 }, (_, i) => newSession({ createdAt: createdAt + i }));
      await seed(engine, tableName, sessions, 4);
      const variables = {
        TABLE_NAME: tableName,
        RETENTION_MS: '86400000',
        DUE_SHARDS: '4',
        SWEEP_CONCURRENCY: '8',
        AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
      };
      let kills = 0;
      for (let run = 0; run < 30; run += 1) {
        const before = await left(store);
        if (before === 0) break;
        const sweeping = invoke('dist/functions/sweep/index.cjs', {}, variables);
        // Somewhere within its next sixty writes.
        const target = before - 1 - Math.floor(Math.random() * 60);
        while (kills < 6 && (await left(store)) > target) {
          if (await Promise.race([sweeping.done.then(() => true), tick()])) break;
        }
        if (kills < 6) sweeping.kill();
        if ((await sweeping.done).signal === 'SIGKILL') kills += 1;
      }
      expect(kills).toBeGreaterThanOrEqual(3);
      expect(await left(store)).toBe(0);
      const records = await readStream(engine.endpoint, streamArn!);
      expect(transitionsIn(records).sort()).toEqual(sessions.map(({ sessionId }) => sessionId).sort());
      console.log(`killed the sweep ${kills} times`);
    });

    test('between PutEvents and its return, publish announces again under the same ids', async () => {
      const { tableName, store, streamArn } = await createTable(engine);
      const sessions = Array.from({ length: 45 }, () => newSession());
      await seed(engine, tableName, sessions, 4);
      await sweepAt(store, T0 + 20 * MINUTE);
      const Records = await readStream(engine.endpoint, streamArn!);
      const variables = {
        TABLE_NAME: tableName,
        RETENTION_MS: '86400000',
        DUE_SHARDS: '4',
        AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
        BUS_NAME: 'curfew',
        FAILURE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/failures',
        AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
      };
      bus.events.length = 0;
      const first = invoke('dist/functions/publish/index.cjs', { Records }, variables);
      bus.onTaken = first.kill;
      expect((await first.done).signal).toBe('SIGKILL');
      bus.onTaken = () => {};
      // What it had sent may come in after its end.
      const before = bus.events.length;
      expect(before).toBeGreaterThan(0);

      const second = await invoke('dist/functions/publish/index.cjs', { Records }, variables).done;
      expect(second.code).toBe(0);
      expect(JSON.parse(second.output.split('\n').at(-1)!)).toEqual({ batchItemFailures: [] });
      expect(second.output).toContain('"Namespace":"Curfew"');
      expect(bus.events.length).toBeGreaterThanOrEqual(before + 90);
      const ids = new Set(bus.events.map(({ detail }) => detail.eventId));
      expect(ids).toEqual(
        new Set(sessions.flatMap(({ sessionId }) => [`${sessionId}.started`, `${sessionId}.ended`])),
      );
    });
  });

  test('a bus that fails in every way loses nothing', async () => {
    const { tableName, store, streamArn } = await createTable(engine);
    const sessions = Array.from({ length: 120 }, () => newSession());
    await seed(engine, tableName, sessions, 4);
    await sweepAt(store, T0 + 20 * MINUTE);
    const moods = ['error', 'half', 'throttled', 'half', 'hung up', 'well'] as const;
    bus.mood = (request) => (request < 60 ? moods[request % moods.length]! : 'well');
    const seen = await announce(bus, await readStream(engine.endpoint, streamArn!));
    bus.mood = () => 'well';
    const ids = new Set(bus.events.map(({ detail }) => detail.eventId));
    expect(ids.size).toBe(240);
    expect(sum(seen.valuesOf('SessionsEnded'))).toBe(120);
    expect(sum(seen.valuesOf('SessionsStarted'))).toBe(120);
  });

  /** Sessions that are still due. */
  async function left(store: Store): Promise<number> {
    const counts = await Promise.all([0, 1, 2, 3].map(async (shard) => (await store.countDue(shard)).count));
    return sum(counts);
  }
});

/** Another configuration over the same table. */
function storeOver(engine: Engine, tableName: string, dueShards: number) {
  const client = engine.client;
  return createDynamoStore({ client, tableName, retentionMs: 86_400_000, dueShards });
}

const tick = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 20));
