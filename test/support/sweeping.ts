import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Session } from '../../core/lifecycle.ts';
import { createPool } from '../../functions/pool.ts';
import { createEventBus } from '../../functions/publish/bus.ts';
import { createPublishHandler } from '../../functions/publish/handler.ts';
import { createMemoryStore } from '../../functions/store/memory.ts';
import type { Store } from '../../functions/store/store.ts';
import { type SweepReport, sweep } from '../../functions/sweep/sweep.ts';
import { createTable, type Engine } from './engines.ts';
import type { FakeEventBridge } from './event-bridge.ts';
import { createFailureQueueDouble } from './failure-queue.ts';
import { createRecorder, type Recorder } from './observers.ts';
import { SEEDED, seed } from './seed.ts';
import { MINUTE, newSession, T0 } from './sessions.ts';
import { deliver } from './streams.ts';

/** A sweep at a time of the test's choosing; whatever fails in it fails the test. */
export function sweepAt(store: Store, now: number, concurrency = 32): Promise<SweepReport> {
  const onFailure = ({ cause }: { cause: unknown }) => {
    throw cause;
  };
  return sweep({ store, now: () => now, concurrency, hasTime: () => true, onFailure });
}

/** A table whose sessions are all due: `touched`, a tenth of them, live on, and `expired` must end. */
export interface DueTable {
  readonly store: Store;
  readonly streamArn: string;
  readonly touched: readonly Session[];
  readonly expired: readonly Session[];
  /** When all of them are due, epoch ms. */
  readonly now: number;
}

/** Fills a new table with sessions that fall due within one minute, a tenth of which are touched later. */
export async function createDueTable(engine: Engine, count: number, dueShards: number): Promise<DueTable> {
  const { tableName, store, streamArn } = await createTable(engine, { dueShards });
  if (streamArn === undefined) throw new Error(`${engine.name} has no streams`);
  const sessions = Array.from({ length: count }, (_, i) =>
    newSession({ createdAt: T0 + ((i * 7_919) % 60_000) }),
  );
  await seed(engine, tableName, sessions, dueShards);
  const touched = sessions.filter((_, i) => i % 10 === 0);
  const pool = createPool(8);
  const at = T0 + 5 * MINUTE;
  const touches = touched.map(({ sessionId }) =>
    pool(() => store.touch({ sessionId, secretHash: SEEDED, now: at, activityAt: at, activeUntil: at })),
  );
  await Promise.all(touches);
  const expired = sessions.filter((_, i) => i % 10 !== 0);
  return { store, streamArn, touched, expired, now: T0 + 17 * MINUTE };
}

/**
 * Announces a stream as `publish` does, through the real client. What came on the bus is in `bus.events`.
 *
 * @param store where it looks for revoked sessions, by default one without any
 */
export async function announce(
  bus: FakeEventBridge,
  records: readonly DynamoDBRecord[],
  store: Store = createMemoryStore(),
  now = T0,
): Promise<Recorder> {
  const seen = createRecorder();
  const client = new EventBridgeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: bus.endpoint,
  });
  const handler = createPublishHandler({
    ...seen,
    bus: createEventBus({ client, busName: 'curfew', service: 'test', wait: async () => {} }),
    failureQueue: createFailureQueueDouble(),
    store,
    now: () => now,
  });
  bus.events.length = 0;
  await deliver(records, handler);
  client.destroy();
  return seen;
}

/** The details of the ends that came on the bus. */
export function endsOn(bus: FakeEventBridge) {
  return bus.events.filter(({ type }) => type === 'Session Ended').map(({ detail }) => detail);
}

/** The sessions that a stream shows going from active to ended, as often as it does. */
export function transitionsIn(records: readonly DynamoDBRecord[]): string[] {
  return records
    .map(({ dynamodb }) => dynamodb!)
    .filter(({ OldImage, NewImage }) => OldImage?.state?.S === 'active' && NewImage?.state?.S === 'ended')
    .map(({ NewImage }) => NewImage!.pk!.S!.slice('session#'.length));
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
