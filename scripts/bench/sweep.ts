import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Session } from '../../core/lifecycle.ts';
import { createPool } from '../../functions/pool.ts';
import { endUpdate } from '../../functions/store/dynamodb/expressions.ts';
import { createTable, type Engine, startDynamoDbLocal } from '../../test/support/engines.ts';
import { seed } from '../../test/support/seed.ts';
import { newSession } from '../../test/support/sessions.ts';
import { readStream } from '../../test/support/streams.ts';
import { createDueTable, type DueTable, sweepAt, transitionsIn } from '../../test/support/sweeping.ts';
import { besideFirst, type Measurement, type Row } from './measurement.ts';

const SHARDS = 16;
const WORKERS = 32;
/** Sessions of one sweep. The engine does some 300 conditional updates a second on two cores. */
const COUNT = 400;
/** Contestants take turns, so that whatever else the machine does slows all alike; the best round counts. */
const ROUNDS = 3;
/** Sessions of the one large sweep, which is about ending each of them once: in full under CI, a fifth elsewhere. */
const LARGE = process.env.CI ? 20_000 : 4_000;

/** What a sweep of sessions that are all due costs beside the bare updates, and whether it ends each of them once. */
export const sweepRates: Measurement = {
  name: 'sweep',
  title: 'Sweep of sessions that are all due',
  async run() {
    const engine = await startDynamoDbLocal();
    try {
      return [...(await compare(engine)), await large(engine)];
    } finally {
      await engine.stop();
    }
  },
};

async function compare(engine: Engine): Promise<Row[]> {
  const contestants = [
    { subject: 'curfew', run: () => swept(engine, COUNT, SHARDS, WORKERS) },
    { subject: 'curfew, twice the shards', run: () => swept(engine, COUNT, 2 * SHARDS, WORKERS) },
    { subject: 'curfew, twice the workers', run: () => swept(engine, COUNT, SHARDS, 2 * WORKERS) },
    { subject: 'bare minimum, one UpdateItem each', run: () => bareUpdates(engine, COUNT, WORKERS) },
  ];
  const best = contestants.map(() => 0);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, { run }] of contestants.entries()) best[i] = Math.max(best[i] ?? 0, await run());
  }
  return besideFirst(
    contestants.map(({ subject }, i) => ({
      subject,
      value: Math.round(best[i] ?? 0),
      unit: 'sessions a second',
    })),
  );
}

/** One large sweep; the table's stream shows whether each expired session ended once, and no other session did. */
async function large(engine: Engine): Promise<Row> {
  const table = await createDueTable(engine, LARGE, SHARDS);
  const value = Math.round(await rateOf(table, WORKERS));
  const ended = transitionsIn(await readStream(engine.endpoint, table.streamArn)).sort();
  const expected = table.expired.map(({ sessionId }) => sessionId).sort();
  if (ended.join() !== expected.join()) {
    throw new Error(`sweep: ${ended.length} ends of ${expected.length} expired sessions`);
  }
  return { subject: `curfew, ${LARGE} sessions`, value, unit: 'sessions a second', note: 'each ended once' };
}

async function swept(engine: Engine, count: number, shards: number, workers: number): Promise<number> {
  return rateOf(await createDueTable(engine, count, shards), workers);
}

/** Sweeps a table. @returns sessions a second */
async function rateOf(table: DueTable, workers: number): Promise<number> {
  const { store, now, expired, touched } = table;
  const startedAt = performance.now();
  const report = await sweepAt(store, now, workers);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (report.ended !== expired.length || report.rearmed !== touched.length) {
    throw new Error(
      `sweep: ${expired.length} must end and ${touched.length} live: ${JSON.stringify(report)}`,
    );
  }
  return report.due / seconds;
}

/** The conditional updates that end as many sessions, with nothing around them. @returns updates a second */
async function bareUpdates(engine: Engine, count: number, workers: number): Promise<number> {
  const { tableName } = await createTable(engine);
  const sessions = Array.from({ length: count }, () => newSession());
  await seed(engine, tableName, sessions, SHARDS);
  const pool = createPool(workers);
  const startedAt = performance.now();
  await Promise.all(sessions.map((session) => pool(() => engine.client.send(endOf(session, tableName)))));
  return count / ((performance.now() - startedAt) / 1_000);
}

function endOf(session: Session, TableName: string): UpdateItemCommand {
  const { sessionId, idleExpiresAt: now } = session;
  const update = endUpdate({ sessionId, reason: 'idle', now, seen: session }, 0);
  return new UpdateItemCommand({ TableName, ...update });
}
