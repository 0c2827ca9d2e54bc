import { DeleteItemCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { DynamoDBRecord } from 'aws-lambda';
import { deadline, evaluate } from '../../core/lifecycle.ts';
import { definePolicy, type PolicyInput } from '../../core/policy.ts';
import { SignInError } from '../../functions/auth/provider.ts';
import type { GuardOptions } from '../../functions/guard/options.ts';
import { createPool } from '../../functions/pool.ts';
import { createEventBus } from '../../functions/publish/bus.ts';
import { createPublishHandler } from '../../functions/publish/handler.ts';
import { type SessionItem, sessionIdOf, toSession } from '../../functions/store/dynamodb/item.ts';
import {
  createDynamoStore,
  type DynamoStoreOptions,
  GUARDED_STORE,
} from '../../functions/store/dynamodb/store.ts';
import { sha256 } from '../../functions/store/hash.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { ServiceDeletions } from '../../local/engine/service-deletions.ts';
import { StreamReader } from '../../local/engine/stream-reader.ts';
import { scan } from '../../local/engine/tables.ts';
import { createKinds, type Kinds } from '../roles/evaluate.ts';
import { watchRequests } from '../roles/watch.ts';
import { CREDENTIALS, createTable, type Engine } from '../support/engines.ts';
import { type FakeEventBridge, type Mood, startEventBridge } from '../support/event-bridge.ts';
import { createFailureQueueDouble } from '../support/failure-queue.ts';
import { FAULTS, type Fault, type FaultyTable, startFaultyTable } from '../support/faulty-table.ts';
import { FRONTS, type Front } from '../support/fronts.ts';
import { createApiRouter } from '../support/handlers.ts';
import { SITE_URL } from '../support/http.ts';
import { KEYRING } from '../support/keyring.ts';
import { createRecorder } from '../support/observers.ts';
import { T0 } from '../support/sessions.ts';
import { doneOf } from '../support/streams.ts';
import type { CompleteSweep, Observation, RowVersion } from './observations.ts';
import type { Random } from './random.ts';

const RETENTION_MS = 3_600_000;
/** One server still has the configuration that was rolled back; the sweeps have the present one. */
const ROLLED_BACK_SHARDS = 16;
const DUE_SHARDS = 4;
/** Partitions of the stream: the order is kept within one, and between two there is none. */
const STREAM_SHARDS = 3;
/** At once: this machine is not a region. */
const RETRIES = new ConfiguredRetryStrategy(3, () => 1);

export interface WorldOptions {
  readonly random: Random;
  readonly policy: PolicyInput;
  readonly maxSessions: number | undefined;
  /** Each function's clock is off by up to half of this, either way, ms. */
  readonly skewMs: number;
  /** Share of the requests to the table that something happens to, 0 … 1. */
  readonly faultRate: number;
}

/** What stays from one history to the next. */
export interface Ground {
  readonly engine: Engine;
  readonly table: FaultyTable;
  readonly bus: FakeEventBridge;
  /** What the functions have asked of the table. */
  readonly asked: Kinds;
  close(): Promise<void>;
}

export async function createGround(engine: Engine): Promise<Ground> {
  const table = await startFaultyTable(engine.endpoint);
  const bus = await startEventBridge();
  return {
    engine,
    table,
    bus,
    asked: createKinds(),
    async close() {
      await table.close();
      await bus.stop();
    },
  };
}

/** One machine of the service, with a clock of its own. */
export interface Server {
  readonly skewMs: number;
  readonly front: Front;
  readonly guard: GuardOptions;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/**
 * The service as it is deployed, down to the handlers: two servers of the API and the guard, two sweeps, the publisher. A
 * table of its own on a real engine, behind a proxy that fails; a bus that fails; time that only moves when it is told to.
 */
export async function createWorld(ground: Ground, options: WorldOptions) {
  const { engine, table, bus } = ground;
  const { random, skewMs, faultRate } = options;
  const { tableName, streamArn } = await createTable(engine, { dueShards: DUE_SHARDS });
  if (streamArn === undefined) throw new Error(`${engine.name} has no streams`);
  let now = T0;
  let isFaulty = true;
  table.decide = () => (isFaulty && random.chance(faultRate) ? random.weighted<Fault>(FAULTS) : undefined);
  bus.mood = () =>
    isFaulty && random.chance(faultRate * 2)
      ? random.pick<Mood>(['half', 'throttled', 'error', 'hung up'])
      : 'well';
  bus.events.length = 0;

  const clients: { destroy(): void }[] = [];
  const observers = createRecorder();
  const skew = () => (skewMs === 0 ? 0 : random.int(-skewMs / 2, skewMs / 2));

  /** @param role of the function that has this store */
  function createStore(role: string, dueShards: number, differing: Partial<DynamoStoreOptions> = {}) {
    const client = new DynamoDBClient({
      ...CREDENTIALS,
      endpoint: table.endpoint,
      retryStrategy: RETRIES,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
    });
    clients.push(client);
    watchRequests(client, role, ground.asked);
    return createDynamoStore({
      client,
      tableName,
      retentionMs: RETENTION_MS,
      dueShards,
      oldItemOnRefusal: engine.oldItemOnRefusal,
      ...differing,
    });
  }

  async function createServer(front: (typeof FRONTS)[string], dueShards: number): Promise<Server> {
    const store = createStore('session', dueShards);
    const skewOfServer = skew();
    const clock = () => now + skewOfServer;
    const router = createApiRouter({
      ...observers,
      store,
      authStore: createStore('auth', dueShards),
      provider: {
        authorizationUrl: async ({ state }) => new URL(`https://id.example.com/authorize?state=${state}`),
        async identify({ query }) {
          const subject = query.get('code');
          if (!subject) throw new SignInError('access_denied');
          return { subject, authenticatedAt: now };
        },
        signOutUrl: async () => undefined,
      },
      policy: definePolicy({ ...options.policy, allowShortAbsoluteTimeout: true, allowShortWarning: true }),
      browserClose: options.policy.browserClose,
      siteUrl: SITE_URL,
      reauthentication: 'after-end',
      missingAuthTime: 'trust',
      clearSiteData: false,
      openapi: {},
      maxSessions: options.maxSessions,
      now: clock,
      randomBytes: random.bytes,
      keyring: KEYRING,
    });
    return {
      skewMs: skewOfServer,
      front: await front(router),
      guard: { store: createStore('guarded', dueShards, GUARDED_STORE), now: clock, siteUrl: SITE_URL },
    };
  }

  const servers = [
    await createServer(FRONTS.Lambda!, DUE_SHARDS),
    await createServer(FRONTS.fetch!, ROLLED_BACK_SHARDS),
  ];
  const sweepers = [1, 2].map(() => ({ store: createStore('sweep', DUE_SHARDS), skewMs: skew() }));
  const sweeps: CompleteSweep[] = [];
  const observations: Observation[] = [];
  const versions = new Map<string, RowVersion[]>();
  const stream: DynamoDBRecord[][] = Array.from({ length: STREAM_SHARDS }, () => []);
  const position = stream.map(() => 0);
  /** Lambda hands on the records of a shard one batch after the other. */
  const oneByOne = stream.map(() => createPool(1));
  const deletions = new ServiceDeletions();
  const failureQueue = createFailureQueueDouble();
  const reader = new StreamReader({ endpoint: engine.endpoint, streamArn, onRecord: take });
  const busClient = new EventBridgeClient({
    region: 'us-east-1',
    credentials: CREDENTIALS.credentials,
    endpoint: bus.endpoint,
    retryStrategy: RETRIES,
  });
  clients.push(busClient);
  const publisherSkew = skew();
  const publish = createPublishHandler({
    ...observers,
    bus: createEventBus({ client: busClient, busName: 'curfew', service: 'test', wait: async () => {} }),
    failureQueue,
    store: createStore('publish', DUE_SHARDS, GUARDED_STORE),
    now: () => now + publisherSkew,
  });
  let order = 0;

  /** Keeps a change of the table, as Lambda would see it at the world's time. */
  function take(record: DynamoDBRecord): void {
    const pk = record.dynamodb!.Keys!.pk!.S!;
    const taken: DynamoDBRecord = {
      ...deletions.mark(tableName, record),
      dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: Math.floor(now / 1_000) },
    };
    stream[sha256(pk)[0]! % STREAM_SHARDS]!.push(taken);
    const image = record.dynamodb!.NewImage as SessionItem | undefined;
    const sessionId = sessionIdOf({ pk: { S: pk } });
    if (sessionId === undefined) return;
    const known = versions.get(sessionId) ?? [];
    versions.set(sessionId, known);
    known.push({
      session: image && toSession(image),
      dueAt: image?.dueAt && Number(image.dueAt.N),
      readAt: now,
      record: taken,
    });
  }

  /** A sweep; alone: nothing else is going on, so that what it leaves can be looked at. */
  async function runSweep(sweeper: number, alone: boolean): Promise<void> {
    const { store, skewMs: off } = sweepers[sweeper]!;
    const clock = () => now + off;
    const report = await sweep({
      store,
      now: clock,
      concurrency: 8,
      pageSize: 5,
      hasTime: () => true,
      onFailure: () => undefined,
    }).catch(() => undefined);
    if (!alone || !report?.complete || report.failures > 0) return;
    await reader.settled();
    const left = [...versions]
      .filter(([, rows]) => {
        const { session } = rows.at(-1)!;
        return session && evaluate(session, clock()).state === 'expired';
      })
      .map(([sessionId]) => sessionId);
    sweeps.push({ now: clock(), left });
  }

  /** Hands a batch of one shard to the publisher; killed: its answer is never seen, so the batch comes again. */
  async function deliver(shard: number, killed: boolean, limit = random.int(1, 10)): Promise<void> {
    const batch = stream[shard]!.slice(position[shard]!, position[shard]! + limit);
    if (batch.length === 0) return;
    const answer = await publish({ Records: batch });
    if (!killed) position[shard]! += doneOf(batch, answer);
  }

  /** Removes what TTL may remove, as the service does: some time after its time, by a condition. */
  async function expireRows(share: number): Promise<void> {
    const seconds = Math.floor(now / 1_000);
    for (const { pk, ttl } of await scan(engine.client, tableName)) {
      if (!pk || Number(ttl?.N ?? Number.POSITIVE_INFINITY) > seconds || !random.chance(share)) continue;
      deletions.add(tableName, { pk });
      const command = new DeleteItemCommand({
        TableName: tableName,
        Key: { pk: { S: pk.S! } },
        ConditionExpression: '#ttl <= :now',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':now': { N: String(seconds) } },
      });
      // Gone already.
      await engine.client.send(command).catch(() => undefined);
    }
  }

  return {
    servers,
    observations,
    versions,
    sweeps,
    setAside: failureQueue.notes,
    announcements: bus.events,
    faults: table.injected,
    now: () => now,
    /** When the active sessions end if nothing happens, epoch ms. */
    deadlines: () =>
      [...versions.values()].flatMap((rows) => {
        const { session } = rows.at(-1)!;
        return session?.state === 'active' ? deadline(session).at : [];
      }),
    nextInOrder: () => {
      order += 1;
      return order;
    },
    /** Time passes. A request is not late by more than a minute. */
    async pass(ms: number) {
      if (ms > 60_000) await table.deliverLate();
      now += ms;
    },
    deliverLate: () => table.deliverLate(),
    readStream: () => reader.settled(),
    sweep: runSweep,
    async deliver(killed: boolean) {
      const shard = random.int(0, STREAM_SHARDS - 1);
      await oneByOne[shard]!(() => deliver(shard, killed));
    },
    expireRows,
    /** Nothing fails from now on. */
    async heal() {
      isFaulty = false;
      await table.deliverLate();
    },
    /** Announces everything that the stream has. */
    async deliverAll() {
      await reader.settled();
      for (const [shard, records] of stream.entries()) {
        while (position[shard]! < records.length) await deliver(shard, false, 100);
      }
    },
    async close() {
      await reader.close();
      for (const server of servers) await server.front.close();
      for (const client of clients) client.destroy();
      // A million operations are some sixteen thousand tables.
      await engine.client.send(new DeleteTableCommand({ TableName: tableName }));
    },
  };
}
