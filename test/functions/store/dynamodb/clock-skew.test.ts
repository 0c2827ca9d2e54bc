import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ClockReading,
  certainSkew,
  watchClock,
} from '../../../../functions/store/dynamodb/clock-skew.ts';
import { type DatedStore, startDatedStore } from '../../../support/dated-store.ts';
import { CREDENTIALS } from '../../../support/engines.ts';

/**
 * The start of a second, as a Date header gives it. The real time: a client whose own clock differs from the replies by
 * 4 minutes tries every failed request again, to correct its signature.
 */
const DATE = Math.floor(Date.now() / 1_000) * 1_000;

describe('of a difference between two clocks, what a reply makes certain', () => {
  test.each([
    ['the request begins in the last millisecond of the second that the date names', 999, 999, 0],
    ['it begins a millisecond after that second', 1_000, 1_000, 1],
    ['it begins two after', 1_001, 1_500, 2],
    ['the reply arrives at the start of that second', 0, 0, 0],
    ['it arrives a millisecond before', -1, -1, -1],
    ['it arrives two before', -500, -2, -2],
    ['the second is within the request', -5_000, 5_000, 0],
    ['the request is within the second', 1, 2, 0],
    ['our clock is 5 minutes ahead, and the request took 40 ms', 300_500, 300_540, 299_501],
    ['it is 5 minutes behind', -299_500, -299_460, -299_460],
    ['our clock was set back meanwhile: either end may be right', 300_000, -1, 0],
  ])('%s', (_, startedAfter, repliedAfter, skewMs) => {
    expect(certainSkew({ date: DATE, startedAt: DATE + startedAfter, repliedAt: DATE + repliedAfter })).toBe(
      skewMs,
    );
  });
});

describe('a client whose clock is watched', () => {
  let store: DatedStore;
  let readings: ClockReading[];
  let now: number;

  beforeAll(async () => {
    store = await startDatedStore();
  });
  afterAll(() => store.close());
  beforeEach(() => {
    readings = [];
    now = DATE + 400;
  });

  async function ask(endpoint = store.endpoint): Promise<unknown> {
    const client = new DynamoDBClient({ ...CREDENTIALS, endpoint, maxAttempts: 3 });
    watchClock(client, { now: () => now, onReading: (reading) => readings.push(reading) });
    const command = new GetItemCommand({ TableName: 'sessions', Key: { pk: { S: 'x' } } });
    try {
      return await client.send(command);
    } catch (error) {
      return error;
    } finally {
      client.destroy();
    }
  }
  const inUtc = (time: number) => new Date(time).toUTCString();

  test('learns that it agrees with the store', async () => {
    store.answer({ date: inUtc(DATE) });
    expect(await ask()).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    expect(readings).toEqual([{ skewMs: 0, at: DATE + 400 }]);
  });

  test('learns that it is ahead, or behind, and when that was by the store', async () => {
    store.answer({ date: inUtc(DATE - 300_000) });
    await ask();
    store.answer({ date: inUtc(DATE + 300_000) });
    await ask();
    expect(readings).toEqual([
      { skewMs: 299_401, at: DATE - 300_000 + 999 },
      { skewMs: -299_600, at: DATE + 300_000 },
    ]);
  });

  test('learns it from a rejected write, too', async () => {
    store.answer({ date: inUtc(DATE - 10_000), status: 400, error: 'ConditionalCheckFailedException' });
    expect(await ask()).toBeInstanceOf(ConditionalCheckFailedException);
    expect(readings).toEqual([{ skewMs: 9_401, at: expect.any(Number) }]);
  });

  test('learns it from every attempt at a request that is throttled', async () => {
    const before = store.requests();
    store.answer({
      date: inUtc(DATE - 10_000),
      status: 400,
      error: 'ProvisionedThroughputExceededException',
    });
    expect(await ask()).toBeInstanceOf(ProvisionedThroughputExceededException);
    expect(store.requests() - before).toBe(3);
    expect(readings.map(({ skewMs }) => skewMs)).toEqual([9_401, 9_401, 9_401]);
  });

  test.each([
    undefined,
    '',
    'yesterday',
    '1',
    '2026-11-25T12:00:00Z',
    'Wed, 25 Foo 2026 12:00:00 GMT',
    'Wed, 25 Nov 2026 12:00:00 +0100',
    'Wed, 25 Nov 2026 25:00:00 GMT',
  ])('learns nothing from a reply whose date is %j, and the reply is as good', async (date) => {
    store.answer({ date });
    expect(await ask()).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    expect(readings).toEqual([]);
  });

  test('learns nothing from an engine on its own machine, which has the same clock', async () => {
    store.answer({ date: inUtc(DATE - 300_000) });
    await ask(store.loopback);
    await ask(store.loopback.replace('127.0.0.1', 'localhost'));
    expect(readings).toEqual([]);
    await ask();
    expect(readings).toHaveLength(1);
  });

  test('learns nothing from a request without a reply', async () => {
    const elsewhere = await startDatedStore();
    await elsewhere.close();
    expect(String(await ask(elsewhere.endpoint))).toContain('ECONNREFUSED');
    expect(readings).toEqual([]);
  });
});
