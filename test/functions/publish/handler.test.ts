import { EventBridgeClient, PutEventsCommand, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { SessionError } from '../../../core/errors.ts';
import { end, type Session } from '../../../core/lifecycle.ts';
import { createEventBus } from '../../../functions/publish/bus.ts';
import { createPublishHandler } from '../../../functions/publish/handler.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createFailureQueueDouble, type FailureQueueDouble } from '../../support/failure-queue.ts';
import { createRecorder, type Recorder } from '../../support/observers.ts';
import { hashOf, newSession, T0 } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';

const bus = mockClient(EventBridgeClient);
let seen: Recorder;
let waits: number[];
/** Every eventId that is on the bus, as often as it was put. */
let onTheBus: string[];
let queue: FailureQueueDouble;
let store: ReturnType<typeof createMemoryStore>;
/** When the batch is handled. */
const NOW = T0 + 5_000;

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
      service: 'staging',
      wait: async (ms) => waits.push(ms),
    }),
    failureQueue: queue,
    store,
    now: () => NOW,
  })({ Records });
}

/** An error as the SDK makes it of a reply. */
const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('a message'), { name, $metadata: { httpStatusCode } });
const starts = (count: number) => Array.from({ length: count }, () => streamRecord({ after: newSession() }));
const idOf = (record: DynamoDBRecord) => record.dynamodb!.SequenceNumber;
const eventIdOf = (record: DynamoDBRecord) =>
  `${record.dynamodb!.NewImage!.pk!.S!.slice('session#'.length)}.started`;

beforeEach(() => {
  bus.reset();
  seen = createRecorder();
  waits = [];
  onTheBus = [];
  queue = createFailureQueueDouble();
  store = createMemoryStore();
});

describe('a batch', () => {
  test('is put on the bus, ten at a time', async () => {
    accepting();
    const records = starts(23);
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(bus.calls().map(({ firstArg }) => firstArg.input.Entries.length)).toEqual([10, 10, 3]);
    expect(onTheBus).toEqual(records.map(eventIdOf));
  });

  test('becomes entries that say who, what and when, and in which service', async () => {
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
    expect(JSON.parse(entry!.Detail!)).toMatchObject({ reason: 'idle', latenessMs: 5, service: 'staging' });
    expect(entry!.Detail).not.toMatch(/secret|email|name|address/i);
  });

  test('goes on past a record whose key is no text, which is no session', async () => {
    accepting();
    const [odd, next] = starts(2) as [DynamoDBRecord, DynamoDBRecord];
    Object.assign(odd.dynamodb!.NewImage!, { pk: { S: ['session#'] } });
    expect(await publish([odd, next])).toEqual({ batchItemFailures: [] });
    expect(onTheBus).toEqual([eventIdOf(next)]);
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

test('each end that is on the bus is in the log once, with who ended it and no name of the user', async () => {
  const session = newSession();
  const endedBy = { type: 'admin', id: 'ops' };
  const records = [
    ...starts(1),
    streamRecord({ before: session, after: end(session, 'revoked', T0 + 1, endedBy) }),
  ];
  const { sessionId } = session;
  accepting((eventId) => eventId === `${sessionId}.ended`);
  await publish(records);
  expect(seen.lines.filter(({ level }) => level === 'info')).toEqual([]);
  accepting();
  await publish(records);
  expect(seen.lines.filter(({ level }) => level === 'info')).toEqual([
    {
      level: 'info',
      message: 'session ended',
      data: { sessionId, subject: 'ada', reason: 'revoked', endedBy, endedAt: T0 + 1 },
    },
  ]);
  expect(seen.said()).not.toMatch(/Lovelace|example\.com/);
});

describe('a session that had begun before all of its user’s sessions were ended', () => {
  const endedBy = { type: 'admin', id: 'ops' };
  const begun = async (subject = 'ada') => {
    const session = newSession({ subject });
    await store.create(session, hashOf('right'));
    return session;
  };
  const read = async ({ sessionId }: Session) => (await store.read(sessionId))!.session;

  test.each([-1, 0, 1])(
    '%i ms from that is ended, once its beginning is in the stream, if it is not later',
    async (offset) => {
      accepting();
      const session = await begun();
      await store.raiseNotBefore('ada', { at: T0 - offset, endedBy });
      expect(await publish([streamRecord({ after: session })])).toEqual({ batchItemFailures: [] });
      expect(onTheBus).toEqual([`${session.sessionId}.started`]);
      expect(await read(session)).toMatchObject(
        offset > 0 ? { state: 'active' } : { endReason: 'revoked', endedAt: NOW, endedBy },
      );
    },
  );

  test('and of nobody else, and by one look for each that began', async () => {
    accepting();
    const [ended, another, live] = [await begun(), await begun(), await begun('grace')];
    await store.end({ sessionId: ended.sessionId, reason: 'signed-out', now: T0 + 1 });
    await store.raiseNotBefore('ada', { at: T0, endedBy });
    const looks: string[] = [];
    const { notBefore } = store;
    store.notBefore = async (subject) => {
      looks.push(subject);
      return notBefore(subject);
    };
    const touched = { ...live, lastActivityAt: T0 + 1 };
    await publish([
      ...[ended, another, live].map((after) => streamRecord({ after })),
      streamRecord({ before: live, after: touched }),
      streamRecord({ before: ended, after: await read(ended) }),
    ]);
    expect(looks).toEqual(['ada', 'ada', 'grace']);
    expect(await read(ended)).toMatchObject({ endReason: 'signed-out' });
    expect(await read(another)).toMatchObject({ endReason: 'revoked' });
    expect(await read(live)).toMatchObject({ state: 'active' });
  });

  test.each([
    ['looked for', 'notBefore'],
    ['ended', 'end'],
  ] as const)('that can’t be %s is delivered again', async (_what, method) => {
    accepting();
    const session = await begun();
    await store.raiseNotBefore('ada', { at: T0, endedBy });
    const records = [...starts(1), streamRecord({ after: session }), ...starts(1)];
    await store.raiseNotBefore('grace', { at: T0, endedBy });
    const working = store[method];
    Object.assign(store, {
      [method]: async () => {
        throw new SessionError('ERR_STORE_UNAVAILABLE');
      },
    });
    const { batchItemFailures } = await publish(records);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toContain(idOf(records[1]!));
    expect(queue.notes).toEqual([]);
    Object.assign(store, { [method]: working });
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(await read(session)).toMatchObject({ endReason: 'revoked' });
  });

  test('is set aside where its user’s row makes no sense, and holds up nothing', async () => {
    accepting();
    store.notBefore = async () => {
      throw new SessionError('ERR_INTERNAL', { detail: 'no usable notBefore' });
    };
    const record = streamRecord({ after: await begun() });
    expect(await publish([record])).toEqual({ batchItemFailures: [] });
    expect(queue.notes).toMatchObject([{ sequenceNumber: idOf(record), reason: 'no usable notBefore' }]);
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
    ['a 500', answered('InternalFailure', 500)],
    ['a throttle', answered('ThrottlingException', 400)],
    ['a refused permission', answered('AccessDeniedException', 400)],
    ['a bus that is gone', answered('ResourceNotFoundException', 400)],
    ['no connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ])('of the whole bus, %s, reports all that was to be announced', async (_name, error) => {
    bus.on(PutEventsCommand).rejects(error);
    const session = newSession();
    const touched = streamRecord({ before: session, after: { ...session, lastActivityAt: T0 + 1 } });
    const records = starts(12);
    const { batchItemFailures } = await publish([touched, ...records]);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(records.map(idOf));
    expect(seen.flushes).toEqual([]);
    expect(queue.notes).toEqual([]);
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

  test('a batch that is delivered twice is put twice, under the same ids', async () => {
    accepting();
    const records = starts(7);
    await publish(records);
    await publish(records);
    expect(onTheBus).toHaveLength(14);
    expect(onTheBus.slice(7)).toEqual(onTheBus.slice(0, 7));
  });
});

describe('a record that makes no sense', () => {
  type Images = Record<string, { S?: string; N?: string }>;
  const session = newSession();
  const ended = { ...end(session, 'idle', session.idleExpiresAt + 5) };
  const started = () => streamRecord({ after: newSession() });
  const endedRecord = () => streamRecord({ before: session, after: ended });
  const imageOf = (record: DynamoDBRecord) => record.dynamodb!.NewImage as Images;
  /** 1 ms after the last date that there is. */
  const NO_DATE = '8640000000000001';

  test.each<[string, () => DynamoDBRecord, (image: Images) => void, string]>([
    ['without an attribute', started, (image) => delete image.subject, 'has no usable subject'],
    ['in an unknown state', endedRecord, (image) => (image.state = { S: 'paused' }), 'has no usable state'],
    ['with an end that is no number', endedRecord, (image) => (image.endedAt = { N: 'soon' }), 'endedAt'],
    [
      'with an end that is no date',
      endedRecord,
      (image) => (image.endedAt = { N: NO_DATE }),
      'endedAt that is no',
    ],
    [
      'with a beginning that is no date',
      started,
      (image) => (image.createdAt = { N: NO_DATE }),
      'createdAt that is no',
    ],
    [
      'with an activity that is no date',
      endedRecord,
      (image) => (image.lastActivityAt = { N: NO_DATE }),
      'lastActivityAt that is no',
    ],
  ])('%s is set aside, and all others are announced and counted', async (_name, make, damage, reason) => {
    accepting();
    const records = starts(12);
    const senseless = make();
    damage(imageOf(senseless));
    records.splice(2, 0, senseless);
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(onTheBus).toEqual(records.filter((record) => record !== senseless).map(eventIdOf));
    expect(seen.valuesOf('SessionsStarted')).toEqual([12]);
    const { eventName, dynamodb } = senseless;
    expect(queue.notes).toEqual([
      {
        key: dynamodb!.Keys!.pk!.S,
        sequenceNumber: idOf(senseless),
        change: eventName,
        reason: expect.stringContaining(reason),
      },
    ]);
    expect(seen.lines).toMatchObject([
      { level: 'error', message: 'record set aside', data: { sequenceNumber: idOf(senseless) } },
    ]);
  });

  test('since its row never had an owner is told with others of the kind in one note a batch, however many there are', async () => {
    accepting();
    const records = starts(60);
    const strays = records.filter((_, i) => i % 2 === 1);
    for (const stray of strays) delete imageOf(stray).subject;
    const damaged = endedRecord();
    delete imageOf(damaged).subject;
    records.push(damaged);
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(onTheBus).toHaveLength(30);
    expect(queue.notes).toMatchObject([
      { sequenceNumber: idOf(strays[0]!), others: 29, reason: expect.stringContaining('subject') },
      { sequenceNumber: idOf(damaged) },
    ]);
    expect(queue.notes[1]).not.toHaveProperty('others');
    expect(seen.lines.map(({ data }) => data.others)).toEqual([29, undefined]);
  });

  test('tells the queue no value of its row', async () => {
    accepting();
    const record = started();
    for (const name of ['subject', 'policy', 'createdAt']) imageOf(record)[name] = { N: 'ada-confidential' };
    imageOf(record).email = { S: 'ada-confidential' };
    await publish([record]);
    expect(queue.notes).toHaveLength(1);
    expect(JSON.stringify(queue.notes)).not.toContain('confidential');
    expect(seen.said()).not.toContain('confidential');
  });

  test('is delivered again where the queue can’t be reached, and what is behind it is counted then', async () => {
    accepting();
    queue = createFailureQueueDouble(() => false);
    const records = starts(5);
    delete imageOf(records[2]!).subject;
    expect(await publish(records)).toEqual({ batchItemFailures: [{ itemIdentifier: idOf(records[2]!) }] });
    expect(onTheBus).toHaveLength(4);
    expect(seen.valuesOf('SessionsStarted')).toEqual([2]);

    queue = createFailureQueueDouble();
    expect(await publish(records.slice(2))).toEqual({ batchItemFailures: [] });
    expect(queue.notes).toHaveLength(1);
    expect(seen.valuesOf('SessionsStarted')).toEqual([2, 2]);
  });

  test('behind one that the bus rejects is not told about before it is its turn', async () => {
    const records = starts(5);
    const [first] = records;
    delete imageOf(records[3]!).subject;
    accepting((eventId) => eventId === eventIdOf(first!));
    expect(await publish(records)).toEqual({ batchItemFailures: [{ itemIdentifier: idOf(first!) }] });
    expect(queue.notes).toEqual([]);
    accepting();
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(queue.notes).toMatchObject([{ sequenceNumber: idOf(records[3]!) }]);
  });

  test('with an end reason of a newer release makes sense', async () => {
    accepting();
    const record = endedRecord();
    imageOf(record).endReason = { S: 'device-lost' };
    expect(await publish([record])).toEqual({ batchItemFailures: [] });
    expect(onTheBus).toEqual([`${session.sessionId}.ended`]);
    expect(queue.notes).toEqual([]);
  });
});

describe('a request that EventBridge rejects as a whole', () => {
  /** EventBridge, to which one entry is a reason to reject all. */
  function rejecting(eventId: string, name: string): void {
    bus.on(PutEventsCommand).callsFake(({ Entries }: PutEventsCommand['input']) => {
      const ids = Entries!.map(({ Detail }) => JSON.parse(Detail!).eventId as string);
      if (ids.includes(eventId)) throw answered(name, 400);
      onTheBus.push(...ids);
      return { FailedEntryCount: 0, Entries: ids.map((id) => ({ EventId: id })) };
    });
  }

  test('is put an entry at a time: the bad one is set aside, the others are announced and counted once', async () => {
    const records = starts(14);
    rejecting(eventIdOf(records[4]!), 'ValidationException');
    expect(await publish(records)).toEqual({ batchItemFailures: [] });
    expect(onTheBus.sort()).toEqual(
      records
        .filter((_, i) => i !== 4)
        .map(eventIdOf)
        .sort(),
    );
    expect(
      bus
        .calls()
        .map(({ firstArg }) => firstArg.input.Entries.length)
        .sort((a, b) => b - a),
    ).toEqual([10, 4, ...Array.from({ length: 10 }, () => 1)]);
    expect(waits).toEqual([]);
    expect(seen.valuesOf('SessionsStarted')).toEqual([13]);
    expect(queue.notes).toMatchObject([
      {
        sequenceNumber: idOf(records[4]!),
        reason: 'EventBridge does not take the event: ValidationException',
      },
    ]);
  });

  test('for a reason that is not known to lie in the entry is put singly too, and that one is reported', async () => {
    const records = starts(5);
    rejecting(eventIdOf(records[1]!), 'NotAuthorizedForDetailTypeException');
    expect(await publish(records)).toEqual({ batchItemFailures: [{ itemIdentifier: idOf(records[1]!) }] });
    expect(onTheBus).toHaveLength(4);
    expect(queue.notes).toEqual([]);
    expect(seen.valuesOf('SessionsStarted')).toEqual([1]);
  });

  test.each(['InvalidArgument', 'MalformedDetail'])(
    'or an entry of it, with %s, is set aside without another attempt',
    async (ErrorCode) => {
      bus.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ EventId: 'a' }, { ErrorCode }] });
      const records = starts(2);
      expect(await publish(records)).toEqual({ batchItemFailures: [] });
      expect(bus.calls()).toHaveLength(1);
      expect(queue.notes).toMatchObject([{ sequenceNumber: idOf(records[1]!) }]);
      expect(seen.valuesOf('SessionsStarted')).toEqual([1]);
    },
  );

  test('while it throttles is not put singly', async () => {
    bus.on(PutEventsCommand).rejects(answered('ThrottlingException', 400));
    await publish(starts(10));
    expect(bus.calls()).toHaveLength(1);
  });
});
