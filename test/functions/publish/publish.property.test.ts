import type { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { END_REASONS } from '../../../core/contract.ts';
import { end } from '../../../core/lifecycle.ts';
import { createEventBus } from '../../../functions/publish/bus.ts';
import { createPublishHandler } from '../../../functions/publish/handler.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { createFailureQueueDouble } from '../../support/failure-queue.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { createRecorder } from '../../support/observers.ts';
import { newSession, T0 } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';
import { deliver } from '../../support/streams.ts';

type Images = Record<string, { S?: string; N?: string }>;
type Kind = 'announced' | 'silent' | 'senseless' | 'without an owner' | 'not taken by the bus';

/** What a record is, and the id of the event that it would be. */
interface Made {
  readonly kind: Kind;
  readonly record: DynamoDBRecord;
  readonly eventId: string;
}

const loseOwner = (image: Images) => delete image.subject;
const damage: readonly ((image: Images) => void)[] = [
  loseOwner,
  (image) => (image.policy = { N: '1' }),
  (image) => (image.createdAt = { N: '8640000000000001' }),
  (image) => (image.createdAt = { N: 'yesterday' }),
  (image) => (image.idleExpiresAt = { S: '1' }),
];
const started = fc.constant(null).map((): Made => {
  const session = newSession();
  const record = streamRecord({ after: session });
  return { kind: 'announced', record, eventId: `${session.sessionId}.started` };
});
const ended = fc.constantFrom(...END_REASONS, 'device-lost').map((reason): Made => {
  const session = newSession();
  const after = { ...end(session, 'idle', T0 + 1), endReason: reason };
  const record = streamRecord({ before: session, after });
  return { kind: 'announced', record, eventId: `${session.sessionId}.ended` };
});
const touched = fc.constant(null).map((): Made => {
  const session = newSession();
  const record = streamRecord({ before: session, after: { ...session, lastActivityAt: T0 + 1 } });
  return { kind: 'silent', record, eventId: '' };
});
const senseless = fc.tuple(fc.oneof(started, ended), fc.constantFrom(...damage)).map(([made, harm]): Made => {
  harm(made.record.dynamodb!.NewImage as Images);
  // A row that had an owner before is no stray.
  const isStray = harm === loseOwner && !made.record.dynamodb!.OldImage;
  return { ...made, kind: isStray ? 'without an owner' : 'senseless' };
});
const notTaken = started.map((made): Made => ({ ...made, kind: 'not taken by the bus' }));
const batch = fc.array(fc.oneof({ weight: 3, arbitrary: started }, ended, touched, senseless, notTaken), {
  maxLength: 40,
});

/** How a request fares at EventBridge. `some`: every third entry is rejected. */
type Fault = 'none' | 'some' | 'throttled' | 'error';

const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('a message'), { name, $metadata: { httpStatusCode } });

/** EventBridge, which rejects a request as a whole because of one entry, and is out of order as it is told. */
function eventBridge(faults: readonly Fault[], rejected: ReadonlySet<string>) {
  const onTheBus: string[] = [];
  let request = 0;
  const client = {
    async send({ input }: PutEventsCommand) {
      const fault = faults[request] ?? 'none';
      request += 1;
      if (fault === 'error') throw answered('InternalFailure', 500);
      if (fault === 'throttled') throw answered('ThrottlingException', 400);
      const ids = input.Entries!.map(({ Detail }) => JSON.parse(Detail!).eventId as string);
      if (ids.some((id) => rejected.has(id))) throw answered('ValidationException', 400);
      const Entries = ids.map((EventId, i) =>
        fault === 'some' && i % 3 === 0 ? { ErrorCode: 'InternalFailure' } : { EventId },
      );
      onTheBus.push(...Entries.flatMap(({ EventId }) => EventId ?? []));
      return { FailedEntryCount: Entries.filter(({ EventId }) => !EventId).length, Entries };
    },
  };
  return { client: client as unknown as EventBridgeClient, onTheBus };
}

function world(made: readonly Made[], faults: readonly Fault[] = [], queueFaults: readonly boolean[] = []) {
  const of = (...kinds: Kind[]) => made.filter(({ kind }) => kinds.includes(kind));
  const { client, onTheBus } = eventBridge(
    faults,
    new Set(of('not taken by the bus').map(({ eventId }) => eventId)),
  );
  const seen = createRecorder();
  let sent = 0;
  const queue = createFailureQueueDouble(() => {
    sent += 1;
    return !queueFaults[sent - 1];
  });
  const sequenceNumbersOf = (...kinds: Kind[]) =>
    of(...kinds).map(({ record }) => record.dynamodb!.SequenceNumber!);
  const strays = sequenceNumbersOf('without an owner');
  const bus = createEventBus({ client, busName: 'curfew', service: 'test', wait: async () => {} });
  return {
    handler: createPublishHandler({
      ...seen,
      bus,
      failureQueue: queue,
      store: createMemoryStore(),
      now: () => T0,
    }),
    records: made.map(({ record }) => record),
    onTheBus,
    announced: of('announced').map(({ eventId }) => eventId),
    setAside: sequenceNumbersOf('senseless', 'not taken by the bus'),
    noted: () =>
      queue.notes.map(({ sequenceNumber }) => sequenceNumber).filter((number) => !strays.includes(number)),
    strays,
    /** One note a batch for all of them. */
    strayNotes: () =>
      queue.notes
        .filter(({ sequenceNumber }) => strays.includes(sequenceNumber))
        .map(({ sequenceNumber, others = 0 }) => ({ sequenceNumber, others })),
    counted: () =>
      ['SessionsStarted', 'SessionsEnded'].flatMap((name) => seen.valuesOf(name)).reduce((a, b) => a + b, 0),
  };
}

test('whatever a batch holds, one delivery announces all that makes sense, sets the rest aside, and blocks nothing', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (made) => {
      const { handler, records, onTheBus, announced, noted, setAside, counted, ...rest } = world(made);
      expect(await handler({ Records: records })).toEqual({ batchItemFailures: [] });
      expect(onTheBus.toSorted()).toEqual(announced.toSorted());
      expect(noted()).toEqual(setAside);
      const [sequenceNumber, ...others] = rest.strays;
      expect(rest.strayNotes()).toEqual(
        sequenceNumber === undefined ? [] : [{ sequenceNumber, others: others.length }],
      );
      expect(counted()).toBe(announced.length);
    }),
    runs(100),
  );
});

test('while bus and queue fail and recover, nothing is lost, nothing senseless is announced, and each event is counted once', async () => {
  const faults = fc.array(fc.constantFrom<Fault>('none', 'some', 'throttled', 'error'), { maxLength: 30 });
  const queueFaults = fc.array(fc.boolean(), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(batch, faults, queueFaults, fc.nat(19), async (made, bus, queue, size) => {
      const { handler, records, onTheBus, announced, noted, setAside, counted, ...rest } = world(
        made,
        bus,
        queue,
      );
      await deliver(records, handler, size + 1);
      expect(new Set(onTheBus)).toEqual(new Set(announced));
      expect(new Set(noted())).toEqual(new Set(setAside));
      const told = rest.strayNotes().reduce((sum, { others }) => sum + 1 + others, 0);
      expect(told).toBeGreaterThanOrEqual(rest.strays.length);
      expect(counted()).toBe(announced.length);
    }),
    runs(100),
  );
});
