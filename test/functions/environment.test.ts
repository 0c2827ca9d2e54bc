import { describe, expect, test } from '@jest/globals';
import { definePolicy } from '../../core/policy.ts';
import {
  readEnvironment,
  readPublishEnvironment,
  readSweepEnvironment,
} from '../../functions/environment.ts';

const store = { TABLE_NAME: 'sessions', RETENTION_MS: '86400000', DUE_SHARDS: '16' };
const full = { ...store, SITE_URL: 'https://app.example.com', POLICY: JSON.stringify(definePolicy()) };

describe('what functions are told', () => {
  test('numbers are numbers, the policy is a policy, and the rest has defaults', () => {
    expect(readEnvironment(full)).toMatchObject({
      TABLE_NAME: 'sessions',
      RETENTION_MS: 86_400_000,
      DUE_SHARDS: 16,
      OLD_ITEM_ON_REFUSAL: 'returned',
      SITE_URL: 'https://app.example.com',
      POLICY: definePolicy(),
      REAUTHENTICATION: 'always',
      MISSING_AUTH_TIME: 'refuse',
    });
  });

  test('the sweep needs the store alone', () => {
    expect(readSweepEnvironment(store)).toEqual({
      TABLE_NAME: 'sessions',
      RETENTION_MS: 86_400_000,
      DUE_SHARDS: 16,
      OLD_ITEM_ON_REFUSAL: 'returned',
      SESSION_SERVICE: 'curfew',
      SWEEP_EVERY_MS: 60_000,
      SWEEP_CONCURRENCY: 32,
    });
    expect(readSweepEnvironment({ ...store, SWEEP_EVERY_MS: '10000' }).SWEEP_EVERY_MS).toBe(10_000);
  });

  test('publish needs the store, the bus and the failure queue', () => {
    const variables = { BUS_NAME: 'curfew', FAILURE_QUEUE_URL: 'https://sqs.example/1/failures' };
    expect(readPublishEnvironment({ ...store, ...variables })).toMatchObject({
      TABLE_NAME: 'sessions',
      ...variables,
    });
  });

  test.each([
    ['POLICY', () => readEnvironment({ ...full, POLICY: undefined })],
    ['POLICY', () => readEnvironment({ ...full, POLICY: '{' })],
    ['POLICY', () => readEnvironment({ ...full, POLICY: 'null' })],
    ['idleTimeoutMs', () => readEnvironment(withPolicy({ idleTimeoutMs: '900000' }))],
    ['absoluteTimeoutMs', () => readEnvironment(withPolicy({ absoluteTimeoutMs: 1.5 }))],
    ['browserClose', () => readEnvironment(withPolicy({ browserClose: 'tab' }))],
    ['TABLE_NAME', () => readSweepEnvironment({ ...store, TABLE_NAME: undefined })],
    ['DUE_SHARDS', () => readSweepEnvironment({ ...store, DUE_SHARDS: 'many' })],
    ['SWEEP_EVERY_MS', () => readSweepEnvironment({ ...store, SWEEP_EVERY_MS: '999' })],
    ['SWEEP_CONCURRENCY', () => readSweepEnvironment({ ...store, SWEEP_CONCURRENCY: '0' })],
    ['BUS_NAME', () => readPublishEnvironment(store)],
    ['FAILURE_QUEUE_URL', () => readPublishEnvironment({ ...store, BUS_NAME: 'curfew' })],
    ['SITE_URL', () => readEnvironment({ ...full, SITE_URL: undefined })],
    ['REAUTHENTICATION', () => readEnvironment({ ...full, REAUTHENTICATION: 'never' })],
  ])('%s missing or malformed is named', (variable, read) => expect(read).toThrow(variable));
});

function withPolicy(fields: object) {
  return { ...full, POLICY: JSON.stringify({ ...definePolicy(), ...fields }) };
}

describe('a policy of another release', () => {
  const bound = definePolicy({ browserClose: 'run', unboundIdleTimeoutMs: 600_000 });

  test('may have fields that this one does not know, which are dropped', () => {
    expect(readEnvironment(withPolicy({ stepUp: { afterMs: 1 }, locale: 'nn' })).POLICY).toEqual(
      definePolicy(),
    );
  });

  test('may have a field by its earlier name', () => {
    const { unboundIdleTimeoutMs, ...rest } = bound;
    const earlier = { ...rest, unmarkedIdleTimeoutMs: unboundIdleTimeoutMs };
    expect(readEnvironment({ ...full, POLICY: JSON.stringify(earlier) }).POLICY).toEqual(bound);
  });

  test('may say nothing of the notice of the absolute limit, which is the usual one then', () => {
    const { absoluteWarnBeforeMs, ...rest } = definePolicy({ absoluteTimeoutMs: 9_000_001 });
    expect(absoluteWarnBeforeMs).toBe(600_000);
    const read = (policy: object) => readEnvironment({ ...full, POLICY: JSON.stringify(policy) }).POLICY;
    expect(read(rest)).toEqual({ ...rest, absoluteWarnBeforeMs });
    expect(read({ ...rest, absoluteTimeoutMs: 50_000 }).absoluteWarnBeforeMs).toBe(5_000);
    expect(read({ ...rest, absoluteWarnBeforeMs: 0 }).absoluteWarnBeforeMs).toBe(0);
  });

  test('counts by the present name where it has both', () => {
    const both = { ...bound, unmarkedIdleTimeoutMs: 1 };
    expect(readEnvironment({ ...full, POLICY: JSON.stringify(both) }).POLICY).toEqual(bound);
  });
});
