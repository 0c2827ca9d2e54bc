import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createSkewObserver } from '../../../functions/http/clock-skew.ts';
import { createObservers, createStore } from '../../../functions/http/compose.ts';
import { type DatedStore, startDatedStore } from '../../support/dated-store.ts';
import { createRecorder, type Recorder } from '../../support/observers.ts';
import { MINUTE, T0 } from '../../support/sessions.ts';

describe('of the readings of a clock', () => {
  let seen: Recorder;
  let observe: ReturnType<typeof createSkewObserver>;
  beforeEach(() => {
    seen = createRecorder();
    observe = createSkewObserver(seen);
  });
  const values = () => seen.valuesOf('ClockSkew');
  const logged = () => seen.lines.map(({ level, message, data }) => [level, message, data.skewMs]);

  test('the first is a metric at once, at the time of the store and under no dimension of its own', () => {
    observe({ skewMs: 0, at: T0 + 5 });
    expect(seen.flushes).toEqual([{ values: { ClockSkew: [0] }, dimensions: {}, at: T0 + 5 }]);
    expect(logged()).toEqual([]);
  });

  test('the largest since then is one with the first of the next minute, whichever clock was ahead', () => {
    observe({ skewMs: 0, at: T0 });
    observe({ skewMs: 300, at: T0 + 10 });
    observe({ skewMs: -700, at: T0 + 20 });
    observe({ skewMs: 100, at: T0 + MINUTE - 1 });
    expect(values()).toEqual([0]);
    observe({ skewMs: 0, at: T0 + MINUTE });
    expect(values()).toEqual([0, 700]);
    observe({ skewMs: 0, at: T0 + 2 * MINUTE });
    expect(values()).toEqual([0, 700, 0]);
    expect(logged()).toEqual([]);
  });

  test('a sweep once a minute has a value in each', () => {
    for (const minute of [0, 1, 2, 3]) observe({ skewMs: 0, at: T0 + minute * MINUTE + 7 - minute });
    expect(values()).toHaveLength(4);
  });

  test.each([1_000, -1_000])('%d ms are within the limit', (skewMs) => {
    observe({ skewMs: 0, at: T0 });
    observe({ skewMs, at: T0 + 1 });
    observe({ skewMs, at: T0 + MINUTE });
    expect(values()).toEqual([0, 1_000]);
    expect(logged()).toEqual([]);
  });

  test.each([1_001, -1_001])('%d ms are beyond: a metric and a line at once, and once a minute', (skewMs) => {
    observe({ skewMs: 0, at: T0 });
    for (const after of [1, 2, 59_999]) observe({ skewMs, at: T0 + after });
    expect(values()).toEqual([0, 1_001]);
    expect(logged()).toEqual([['error', 'clock skew', skewMs]]);
    for (const after of [0, 1, 30_000]) observe({ skewMs, at: T0 + MINUTE + after });
    expect(values()).toEqual([0, 1_001, 1_001]);
    expect(logged()).toHaveLength(2);
  });

  test('a clock that is set right is no longer beyond', () => {
    observe({ skewMs: 5_000, at: T0 });
    observe({ skewMs: 0, at: T0 + MINUTE });
    observe({ skewMs: 0, at: T0 + 2 * MINUTE });
    expect(values()).toEqual([5_000, 0, 0]);
    expect(logged()).toHaveLength(1);
  });

  test('what CloudWatch reads is a value with the time and the dimension that the alarm asks for', () => {
    // CloudWatch takes values of the last 14 days, and Powertools warns of others.
    const at = Date.now();
    const write = process.stdout.write;
    const printed: string[] = [];
    process.stdout.write = ((text: string) => printed.push(text) > 0) as typeof write;
    try {
      createSkewObserver({ ...seen, metrics: createObservers({ SESSION_SERVICE: 'staging' }).metrics })({
        skewMs: -299_001,
        at,
      });
    } finally {
      process.stdout.write = write;
    }
    const lines = printed.filter((text) => text.includes('_aws'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      service: 'staging',
      ClockSkew: 299_001,
      _aws: {
        Timestamp: at,
        CloudWatchMetrics: [
          {
            Namespace: 'Curfew',
            Dimensions: [['service']],
            Metrics: [{ Name: 'ClockSkew', Unit: 'Milliseconds' }],
          },
        ],
      },
    });
  });
});

describe('the store of a deployed function', () => {
  const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const kept = NAMES.map((name) => [name, process.env[name]] as const);
  const SECOND_OF_NOW = Math.floor(Date.now() / 1_000) * 1_000;
  let server: DatedStore;

  beforeAll(async () => {
    for (const name of NAMES) process.env[name] = 'local';
    server = await startDatedStore();
  });
  afterAll(async () => {
    await server.close();
    for (const [name, value] of kept) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  let seen: Recorder;
  beforeEach(() => {
    seen = createRecorder();
  });
  afterEach(() => server.answer({}));

  async function read(endpoint: string, date: number | undefined): Promise<void> {
    server.answer({ date: date === undefined ? undefined : new Date(date).toUTCString() });
    const environment = {
      TABLE_NAME: 'sessions',
      RETENTION_MS: 1_000,
      DUE_SHARDS: 1,
      OLD_ITEM_ON_REFUSAL: 'returned',
    } as const;
    const observers = { ...seen, now: () => SECOND_OF_NOW + 400 };
    const store = createStore(environment, observers, { endpoint, region: 'us-east-1' });
    expect(await store.read('a')).toBeUndefined();
  }

  test('that is 5 minutes behind us: so far are we ahead', async () => {
    await read(server.endpoint, SECOND_OF_NOW - 5 * MINUTE);
    expect(seen.valuesOf('ClockSkew')).toEqual([299_401]);
    expect(seen.lines).toEqual([{ level: 'error', message: 'clock skew', data: { skewMs: 299_401 } }]);
  });

  test('that is 5 minutes ahead of us: so far are we behind', async () => {
    await read(server.endpoint, SECOND_OF_NOW + 5 * MINUTE);
    expect(seen.valuesOf('ClockSkew')).toEqual([299_600]);
    expect(seen.lines).toEqual([{ level: 'error', message: 'clock skew', data: { skewMs: -299_600 } }]);
  });

  test('that agrees with us', async () => {
    await read(server.endpoint, SECOND_OF_NOW);
    expect(seen.valuesOf('ClockSkew')).toEqual([0]);
    expect(seen.lines).toEqual([]);
  });

  test('that does not say what time it is', async () => {
    await read(server.endpoint, undefined);
    expect(seen.flushes).toEqual([]);
  });

  test('that runs on this machine, where a clock may be moved on purpose', async () => {
    await read(server.loopback, SECOND_OF_NOW - 5 * MINUTE);
    expect(seen.flushes).toEqual([]);
    expect(seen.lines).toEqual([]);
  });
});
