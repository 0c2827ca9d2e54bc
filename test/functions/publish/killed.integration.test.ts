import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { StreamMapping } from '../../../local/lambda/stream-mapping.ts';
import { MessageQueues } from '../../../local/message-queues.ts';
import { createTable, type Engine, startDynalite } from '../../support/engines.ts';
import { type FakeEventBridge, startEventBridge } from '../../support/event-bridge.ts';
import { answerIn, type Invocation, invoke } from '../../support/invocations.ts';
import { newSession } from '../../support/sessions.ts';
import { streamRecord } from '../../support/stream-records.ts';

// Each invocation is a process of its own.
jest.setTimeout(120_000);

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/000000000000/failures';
/** Nobody listens on this port. */
const NOWHERE = 'http://127.0.0.1:9';

const PUBLISH = 'dist/functions/publish/index.cjs';

let engine: Engine;
let bus: FakeEventBridge;
let queues: MessageQueues;
let messages: string[];
let variables: Record<string, string>;
beforeAll(async () => {
  bus = await startEventBridge();
  queues = new MessageQueues({ queues: [QUEUE], onMessage: (body) => messages.push(body) });
  engine = await startDynalite();
  const { tableName } = await createTable(engine);
  variables = {
    TABLE_NAME: tableName,
    RETENTION_MS: '86400000',
    DUE_SHARDS: '4',
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    BUS_NAME: 'curfew',
    FAILURE_QUEUE_URL: QUEUE,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    AWS_ENDPOINT_URL_SQS: await queues.listen(),
  };
});
afterAll(async () => {
  await queues?.close();
  await bus?.stop();
  await engine?.stop();
});
beforeEach(() => {
  messages = [];
  bus.events.length = 0;
  bus.mood = () => 'well';
  bus.onTaken = () => {};
});

const starts = (count: number) => Array.from({ length: count }, () => streamRecord({ after: newSession() }));
const eventIdOf = ({ dynamodb }: DynamoDBRecord) =>
  `${dynamodb!.NewImage!.pk!.S!.slice('session#'.length)}.started`;
const onTheBus = () => bus.events.map(({ detail }) => detail.eventId);

/** One part of a shard: what Lambda hands to one invocation after the other. */
function part(records: readonly DynamoDBRecord[]) {
  const invocations: Invocation[] = [];
  const mapping = new StreamMapping({
    batchSize: 100,
    filters: [],
    retryAttempts: 10,
    pause: async () => {},
    onGivenUp: () => {
      throw new Error('given up');
    },
    async invoke(event) {
      const invocation = invoke(PUBLISH, event, variables);
      invocations.push(invocation);
      const { code, output } = await invocation.done;
      return code === 0 ? { ok: true, result: answerIn(output) } : { ok: false, error: 'killed' };
    },
  });
  for (const record of records) mapping.push(record);
  return { invocations, drained: () => mapping.drained() };
}

test('a record that kills the process delays itself and what is behind it in its part of the shard, and nothing else', async () => {
  const records = starts(8);
  const ids = records.map(eventIdOf);
  const killer = ids[3]!;
  const others = starts(3);
  const killing = part(records);
  /** What was on the bus, of this part, each time that the process was killed. */
  const atKill: string[][] = [];
  bus.mood = (_request, eventIds) => {
    if (!eventIds.includes(killer) || atKill.length === 6) return 'well';
    atKill.push(onTheBus().filter((id) => ids.includes(id)));
    killing.invocations.at(-1)!.kill();
    return 'hung up';
  };
  const healthy = part(others);
  await Promise.all([killing.drained(), healthy.drained()]);

  // Halved until it is alone: 8, 4, 2 and 1 records; then again and again.
  expect(atKill.map((announced) => announced.length)).toEqual([0, 0, 2, 3, 3, 3]);
  // Those before it were announced in spite of it; those behind it waited until it came through.
  expect(atKill.at(-1)).toEqual(ids.slice(0, 3));
  // In the end, all are on the bus, none of them twice.
  expect(onTheBus().filter((id) => ids.includes(id))).toEqual(ids);
  // The other part of the shard needed one invocation, and was not held up.
  expect(healthy.invocations).toHaveLength(1);
  expect(onTheBus().filter((id) => !ids.includes(id))).toEqual(others.map(eventIdOf));
  expect(onTheBus().indexOf(eventIdOf(others[2]!))).toBeLessThan(onTheBus().indexOf(killer));
});

test('a process that is killed once, after its events were taken, announces each of them once more, under the same id', async () => {
  const records = starts(8);
  const ids = records.map(eventIdOf);
  const { invocations, drained } = part(records);
  bus.onTaken = () => {
    if (invocations.length === 1) invocations[0]!.kill();
  };
  await drained();
  expect(onTheBus().toSorted()).toEqual([...ids, ...ids].toSorted());
});

test('a record that makes no sense is in the queue, by the real client, and its neighbours are on the bus', async () => {
  const records = starts(3);
  delete records[1]!.dynamodb!.NewImage!.subject;
  const { code, output } = await invoke(PUBLISH, { Records: records }, variables).done;
  expect(code).toBe(0);
  expect(answerIn(output)).toEqual({ batchItemFailures: [] });
  expect(messages.map((body) => JSON.parse(body))).toEqual([
    {
      key: records[1]!.dynamodb!.Keys!.pk!.S,
      sequenceNumber: records[1]!.dynamodb!.SequenceNumber,
      change: 'INSERT',
      reason: 'a row of the session table has no usable subject',
    },
  ]);
  expect(onTheBus()).toEqual([records[0]!, records[2]!].map(eventIdOf));
});

test('a queue out of reach is told by the record that it could not be told about', async () => {
  const records = starts(2);
  delete records[1]!.dynamodb!.NewImage!.subject;
  const environment = { ...variables, AWS_ENDPOINT_URL_SQS: NOWHERE };
  const { output } = await invoke(PUBLISH, { Records: records }, environment).done;
  expect(answerIn(output)).toEqual({
    batchItemFailures: [{ itemIdentifier: records[1]!.dynamodb!.SequenceNumber }],
  });
});
