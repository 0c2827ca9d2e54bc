import { EventBridgeClient, PutEventsCommand, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { end } from '../../../core/lifecycle.ts';
import { createEventBus } from '../../../functions/publish/bus.ts';
import { createPublishHandler } from '../../../functions/publish/handler.ts';
import { StreamMapping } from '../../../local/lambda/stream-mapping.ts';
import { createRecorder, type Recorder } from '../../support/observers.ts';
import { newSession, T0 } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';

const bus = mockClient(EventBridgeClient);
let seen: Recorder;
let waits: number[];
/** Every eventId that is on the bus, as often as it was put. */
let onTheBus: string[];

/** EventBridge, which rejects the entries that are to fail. */
function accepting(refuse: (eventId: string, call: number) => boolean = () => false): void {
  let call = 0;
  bus.on(PutEventsCommand).callsFake(({ Entries }: PutEventsCommand['input']) => {
    call += 1;
    const results = Entries!.map(({ Detail }): PutEventsResultEntry => {
      const { eventId } = JSON.parse(Detail!);
      if (refuse(eventId, call)) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
      onTheBus.push(eventId);
      return { EventId: 'an-id' };
    });
    return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length, Entries: results };
  });
}

function publish(Records: DynamoDBRecord[]) {
  return createPublishHandler({
    ...seen,
    bus: createEventBus({
      client: new EventBridgeClient({ region: 'us-east-1' }),
      busName: 'curfew',
      wait: async (ms) => waits.push(ms),
    }),
  })({ Records });
}

const starts = (count: number) => Array.from({ length: count }, () => streamRecord({ after: newSession() }));
const idOf = (record: DynamoDBRecord) => record.dynamodb!.SequenceNumber;
const eventIdOf = (record: DynamoDBRecord) =>
  `${record.dynamodb!.NewImage!.pk!.S!.slice('session#'.length)}.started`;

beforeEach(() => {
  bus.reset();
  seen = createRecorder();
  waits = [];
  onTheBus = [];
});

describe('a batch', () => {
  test('is put on the bus, ten at a time', async () => {
    accepting();
    const records = starts(23);
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(bus.calls().map(({ firstArg }) => firstArg.input.Entries.length)).toEqual([10, 10, 3]);
    expect(onTheBus).toEqual(records.map(eventIdOf));
  });

  test('becomes entries that say who, what and when', async () => {
    accepting();
    const session = newSession();
    await publish([
      streamRecord({ before: session, after: end(session, 'idle', session.idleExpiresAt + 5) }),
    ]);
    const [entry] = (bus.call(0).args[0].input as PutEventsCommand['input']).Entries!;
    expect(entry).toMatchObject({
      Source: 'curfew',
      DetailType: 'Session Ended',
      EventBusName: 'curfew',
      Time: new Date(session.idleExpiresAt + 5),
    });
    expect(JSON.parse(entry!.Detail!)).toMatchObject({ reason: 'idle', latenessMs: 5 });
    expect(entry!.Detail).not.toMatch(/secret|email|name|address/i);
  });

  test('with nothing to announce makes no request', async () => {
    const session = newSession();
    const records = [streamRecord({ before: session, after: { ...session, lastActivityAt: T0 + 1 } })];
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(bus.calls()).toHaveLength(0);
    expect(seen.flushes).toEqual([]);
  });

  test('is counted once: started, ended by reason, lateness where a deadline ended it', async () => {
    accepting();
    const [a, b, c] = [newSession(), newSession(), newSession()];
    await publish([
      ...starts(2),
      streamRecord({ before: a, after: end(a!, 'idle', a!.idleExpiresAt + 5) }),
      streamRecord({ before: b, after: end(b!, 'idle', b!.idleExpiresAt + 9) }),
      streamRecord({ before: c, after: end(c!, 'signed-out', T0 + 1) }),
    ]);
    expect(seen.flushes).toEqual([
      { dimensions: { Reason: 'idle' }, values: { SessionsEnded: [2] } },
      { dimensions: { Reason: 'signed-out' }, values: { SessionsEnded: [1] } },
      { dimensions: {}, values: { ExpiryLateness: [5, 9], SessionsStarted: [2] } },
    ]);
  });
});

describe('a failure', () => {
  test('of some entries puts those again, and no others', async () => {
    const records = starts(10);
    const unlucky = new Set([eventIdOf(records[3]!), eventIdOf(records[7]!)]);
    accepting((eventId, call) => call === 1 && unlucky.has(eventId));
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(waits).toEqual([100]);
    expect(onTheBus.sort()).toEqual(records.map(eventIdOf).sort());
  });

  test('of half the entries that lasts is reported for those records, and no others', async () => {
    const records = starts(20);
    const unlucky = new Set(records.filter((_, i) => i % 2).map(eventIdOf));
    accepting((eventId) => unlucky.has(eventId));
    const { batchItemFailures } = await publish(records);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
      records.filter((_, i) => i % 2).map(idOf),
    );
    expect(bus.calls()).toHaveLength(6);
    expect(seen.lines.filter(({ level }) => level === 'error')).toHaveLength(10);
    // Redelivery starts at the second record, so only the first is counted now.
    expect(seen.valuesOf('SessionsStarted')).toEqual([1]);

    accepting();
    expect(await publish(records.slice(1))).toEqual({ batchItemFailures: [] });
    expect(new Set(onTheBus)).toEqual(new Set(records.map(eventIdOf)));
    expect(seen.valuesOf('SessionsStarted')).toEqual([1, 19]);
  });

  test.each([
    ['a 500', Object.assign(new Error('InternalFailure'), { $metadata: { httpStatusCode: 500 } })],
    ['a throttle', Object.assign(new Error('ThrottlingException'), { $metadata: { httpStatusCode: 400 } })],
    ['no connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ])('of the whole bus, %s, reports all that was to be announced', async (_name, error) => {
    bus.on(PutEventsCommand).rejects(error);
    const session = newSession();
    const touched = streamRecord({ before: session, after: { ...session, lastActivityAt: T0 + 1 } });
    const records = starts(12);
    const { batchItemFailures } = await publish([touched, ...records]);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(records.map(idOf));
    expect(seen.flushes).toEqual([]);
  });

  test('of a reply that lacks an entry is that entry’s failure', async () => {
    bus
      .on(PutEventsCommand)
      .resolvesOnce({ FailedEntryCount: 1, Entries: [{ EventId: 'a' }] })
      .resolves({ FailedEntryCount: 1 });
    const records = starts(2);
    const { batchItemFailures } = await publish(records);
    expect(batchItemFailures).toEqual([{ itemIdentifier: idOf(records[1]!) }]);
  });

  test('to understand one record is reported for that record only', async () => {
    accepting();
    const records = starts(5);
    delete records[2]!.dynamodb!.NewImage!.subject;
    const { batchItemFailures } = await publish(records);
    expect(batchItemFailures).toEqual([{ itemIdentifier: idOf(records[2]!) }]);
    expect(onTheBus).toEqual([0, 1, 3, 4].map((i) => eventIdOf(records[i]!)));
    expect(seen.lines).toMatchObject([
      { level: 'error', data: { itemIdentifier: idOf(records[2]!), failure: { code: 'ERR_INTERNAL' } } },
    ]);
  });

  test('of one record that lasts: it is given up, and all others are announced, those behind it included', async () => {
    accepting();
    const records = starts(12);
    delete records[2]!.dynamodb!.NewImage!.subject;
    const givenUp: DynamoDBRecord[] = [];
    const mapping = new StreamMapping({
      batchSize: 5,
      filters: [],
      retryAttempts: 3,
      invoke: async ({ Records }) => ({ ok: true, result: await publish(Records) }),
      onGivenUp: (failed) => givenUp.push(...failed),
      pause: async () => {},
    });
    for (const record of records) mapping.push(record);
    await mapping.drained();
    expect(givenUp[0]).toBe(records[2]);
    expect(new Set(onTheBus)).toEqual(new Set(records.filter((_, i) => i !== 2).map(eventIdOf)));
  });

  test('a batch that is delivered twice is put twice, under the same ids', async () => {
    accepting();
    const records = starts(7);
    await publish(records);
    await publish(records);
    expect(onTheBus).toHaveLength(14);
    expect(onTheBus.slice(7)).toEqual(onTheBus.slice(0, 7));
  });
});
