import { randomBytes } from 'node:crypto';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { definePolicy } from '../../core/policy.ts';
import { checkSession } from '../../functions/sessions/check.ts';
import { type Credential, parseCredential } from '../../functions/sessions/credential.ts';
import { startSession } from '../../functions/sessions/start.ts';
import { touchCoalesced, touchSession } from '../../functions/sessions/touch.ts';
import { createDynamoStore } from '../../functions/store/dynamodb/store.ts';
import {
  CREDENTIALS,
  createTable,
  type Engine,
  noDynamoDbLocal,
  startDynalite,
  startDynamoDbLocal,
} from '../../test/support/engines.ts';
import type { Measurement, Row } from './measurement.ts';
import { installPeers, requirePeer } from './peers.ts';

/** Requests under way at once, as in a busy function with as many instances. */
const CONCURRENCY = 16;
const REQUESTS = 400;
/** Contestants take turns, so that whatever else the machine does hits all alike. */
const ROUNDS = 5;
const WARM_UP = 100;
/** Sessions that the requests are spread over: requests of one session at the same moment would refuse each other. */
const SESSIONS = 64;

/** One authenticated request's work against the database, as each does it. */
interface Contestant {
  readonly name: string;
  readonly request: () => Promise<unknown>;
  readonly counted: Counted;
}

export const requests: Measurement = {
  name: 'requests',
  title: 'One authenticated request, its work against the database',
  async run() {
    installPeers();
    const engine = noDynamoDbLocal ? await startDynalite() : await startDynamoDbLocal();
    try {
      return await compete(engine);
    } finally {
      await engine.stop();
    }
  },
};

async function compete(engine: Engine): Promise<Row[]> {
  const contestants = await enlist(engine);
  for (const { request } of contestants) await rate(request, WARM_UP);
  for (const { counted } of contestants) counted.reset();
  const entrants = contestants.map((contestant) => {
    const rates: number[] = [];
    return { ...contestant, rates };
  });
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const { request, rates } of entrants) rates.push(await rate(request, REQUESTS));
  }
  return entrants.map(({ name, counted, rates }, _, [first]) => {
    const ratios = rates.map((value, round) => value / (first?.rates[round] ?? value)).sort((a, b) => a - b);
    const { calls, reads, writes } = counted.perRequest(ROUNDS * REQUESTS);
    return {
      subject: name,
      value: Math.round(median(rates) * 1_000),
      unit: 'requests a second',
      ratio: median(ratios),
      note: `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}; ${calls} calls, ${reads} read and ${writes} write units each, on ${engine.name}`,
    };
  });
}

/** The middle one of an odd number of values. */
function median(values: readonly number[]): number {
  // ROUNDS is above zero.
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function rate(request: () => Promise<unknown>, count: number): Promise<number> {
  let left = count;
  const began = performance.now();
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await request();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return count / (performance.now() - began);
}

async function enlist(engine: Engine): Promise<Contestant[]> {
  return [await bareMinimum(engine), ...(await ours(engine)), await connectDynamodb(engine)];
}

/** The least that any of them could do: the SDK and one conditional UpdateItem. */
async function bareMinimum(engine: Engine): Promise<Contestant> {
  const counted = new Counted(engine);
  const { tableName: TableName } = await createTable(engine);
  const next = inTurn(Array.from({ length: SESSIONS }, (_, i) => ({ pk: { S: `bare-${i}` } })));
  const request = () =>
    counted.client.send(
      new UpdateItemCommand({
        TableName,
        Key: next(),
        UpdateExpression: 'SET a = :a',
        ConditionExpression: 'attribute_not_exists(a) OR a <= :a',
        ExpressionAttributeValues: { ':a': { N: '1' } },
        ReturnValues: 'ALL_NEW',
      }),
    );
  return { name: 'bare minimum, one UpdateItem', request, counted };
}

async function ours(engine: Engine): Promise<Contestant[]> {
  const { tableName } = await createTable(engine);
  const contestant = async (name: string, makeRequest: (subject: Subject) => () => Promise<unknown>) => {
    const counted = new Counted(engine);
    const store = createDynamoStore({
      client: counted.client,
      tableName,
      retentionMs: 86_400_000,
      dueShards: 4,
      oldItemOnRefusal: engine.oldItemOnRefusal,
    });
    const credentials: Credential[] = [];
    for (let i = 0; i < SESSIONS; i += 1) {
      const who = { subject: `bench-${i}`, policy: definePolicy(), randomBytes };
      const { cookieValue } = await startSession({ store, now: Date.now() }, who);
      // Just issued, so it parses.
      credentials.push(parseCredential(cookieValue)!);
    }
    const next = inTurn(credentials);
    return { name, counted, request: makeRequest({ store, next }) };
  };
  return [
    await contestant(
      'curfew, pulse',
      ({ store, next }) =>
        () =>
          touchSession({ store, now: Date.now() }, next(), 0),
    ),
    await contestant('curfew, guarded, active', ({ store, next }) => async () => {
      const context = { store, now: Date.now() };
      const credential = next();
      await touchCoalesced(context, credential, await checkSession(context, credential), 0);
    }),
    await contestant(
      'curfew, guarded, passive',
      ({ store, next }) =>
        () =>
          checkSession({ store, now: Date.now() }, next()),
    ),
  ];
}

interface Subject {
  readonly store: ReturnType<typeof createDynamoStore>;
  readonly next: () => Credential;
}

/** As express-session drives it with `rolling: true`: it reads the session, and touches it at the end. */
async function connectDynamodb(engine: Engine): Promise<Contestant> {
  // The peers come without types; what is used of them is written here.
  const session = requirePeer('express-session') as object;
  const Store =
    // See above.
    (requirePeer('connect-dynamodb') as (session: object) => new (options: object) => ExpressStore)(session);
  const counted = new Counted(engine);
  const store = new Store({ client: counted.client, table: `express-${process.pid}` });
  await store.initialize();
  const value = { cookie: { maxAge: 900_000 }, subject: 'bench' };
  const call = <T>(act: (done: (error: unknown, result: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => act((error, result) => (error ? reject(error) : resolve(result))));
  const ids = Array.from({ length: SESSIONS }, (_, i) => `bench-${i}`);
  for (const id of ids) await call((done) => store.set(id, value, done));
  const next = inTurn(ids);
  const request = async () => {
    const id = next();
    await call((done) => store.get(id, done));
    await call((done) => store.touch(id, value, done));
  };
  return { name: 'express-session + connect-dynamodb', request, counted };
}

interface ExpressStore {
  initialize(): Promise<void>;
  get(id: string, done: (error: unknown, session: unknown) => void): void;
  set(id: string, session: object, done: (error: unknown, result: unknown) => void): void;
  touch(id: string, session: object, done: (error: unknown, result: unknown) => void): void;
}

/** A client that counts what it sends, and what that costs. */
class Counted {
  readonly client: DynamoDBClient;
  private calls = 0;
  private reads = 0;
  private writes = 0;

  constructor({ endpoint }: Engine) {
    this.client = new DynamoDBClient({ ...CREDENTIALS, endpoint });
    this.client.middlewareStack.add(
      (next) => async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: 'INDEXES' });
        this.calls += 1;
        const result = await next(args);
        // The middleware is typed for every command; what was asked for above is in each answer.
        const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits?: number } };
        if ('UpdateExpression' in args.input || 'Item' in args.input)
          this.writes += ConsumedCapacity?.CapacityUnits ?? 0;
        else this.reads += ConsumedCapacity?.CapacityUnits ?? 0;
        return result;
      },
      { step: 'initialize' },
    );
  }

  reset(): void {
    this.calls = this.reads = this.writes = 0;
  }

  perRequest(count: number) {
    const each = (total: number) => Number((total / count).toFixed(2));
    return { calls: each(this.calls), reads: each(this.reads), writes: each(this.writes) };
  }
}

/** One after the other, over and over. */
function inTurn<T>(values: readonly T[]): () => T {
  let turn = 0;
  return () => {
    turn += 1;
    // The remainder is an index of a list that is not empty.
    return values[turn % values.length]!;
  };
}
