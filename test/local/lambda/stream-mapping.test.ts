import { expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { createFilter } from '../../../local/lambda/filter.ts';
import { StreamMapping, type StreamMappingOptions } from '../../../local/lambda/stream-mapping.ts';
import type { Outcome } from '../../../local/lambda/worker.ts';

const record = (n: number): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: { SequenceNumber: String(n) },
});
const numbers = (records: readonly DynamoDBRecord[]) =>
  records.map(({ dynamodb }) => Number(dynamodb!.SequenceNumber));

function mapping(answer: (batch: number[]) => Outcome, overrides: Partial<StreamMappingOptions> = {}) {
  const batches: number[][] = [];
  const givenUp: number[] = [];
  const made = new StreamMapping({
    batchSize: 4,
    filters: [],
    retryAttempts: 3,
    pause: async () => undefined,
    onGivenUp: (records) => givenUp.push(...numbers(records)),
    invoke: async ({ Records }) => {
      batches.push(numbers(Records));
      return answer(numbers(Records));
    },
    ...overrides,
  });
  return { made, batches, givenUp };
}
const OK: Outcome = { ok: true, result: null };

test('in order, in batches, only what the filter lets through', async () => {
  const { made, batches } = mapping(() => OK, { filters: [createFilter({ eventName: ['INSERT'] })] });
  for (let n = 1; n <= 6; n += 1) made.push(record(n));
  made.push({ ...record(7), eventName: 'MODIFY' });
  await made.drained();
  expect(batches).toEqual([
    [1, 2, 3, 4],
    [5, 6],
  ]);
});

test('a poison record is narrowed down by halves and given up; all the others arrive', async () => {
  const arrived: number[] = [];
  const { made, givenUp } = mapping((batch) => {
    if (batch.includes(3)) return { ok: false, error: 'poison' };
    arrived.push(...batch);
    return OK;
  });
  for (let n = 1; n <= 6; n += 1) made.push(record(n));
  await made.drained();
  expect(givenUp).toEqual([3]);
  expect(arrived.sort()).toEqual([1, 2, 4, 5, 6]);
});

test('a reported item comes again with all that follow it', async () => {
  let first = true;
  const { made, batches } = mapping(() => {
    if (!first) return OK;
    first = false;
    return { ok: true, result: { batchItemFailures: [{ itemIdentifier: '3' }] } };
  });
  for (let n = 1; n <= 4; n += 1) made.push(record(n));
  await made.drained();
  expect(batches).toEqual([
    [1, 2, 3, 4],
    [3, 4],
  ]);
});

test('an identifier that is not of the batch fails the whole batch', async () => {
  const { made, batches, givenUp } = mapping(
    () => ({ ok: true, result: { batchItemFailures: [{ itemIdentifier: 'x' }] } }),
    { retryAttempts: 1 },
  );
  made.push(record(1));
  await made.drained();
  expect(batches).toEqual([[1], [1]]);
  expect(givenUp).toEqual([1]);
});

test.each([[undefined], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }]])(
  'an answer of %j reports no failure',
  async (result) => {
    const { made, batches } = mapping(() => ({ ok: true, result }));
    made.push(record(1));
    await made.drained();
    expect(batches).toEqual([[1]]);
  },
);

test('an identifier that is missing fails the whole batch', async () => {
  const { made, givenUp } = mapping(() => ({ ok: true, result: { batchItemFailures: [{}] } }));
  made.push(record(1));
  made.push(record(2));
  await made.drained();
  expect(givenUp).toEqual([1, 2]);
});
