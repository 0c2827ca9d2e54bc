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
      SWEEP_EVERY_MS: 60_000,
      SWEEP_CONCURRENCY: 32,
    });
    expect(readSweepEnvironment({ ...store, SWEEP_EVERY_MS: '10000' }).SWEEP_EVERY_MS).toBe(10_000);
  });

  test('publish needs the bus alone', () => {
    expect(readPublishEnvironment({ BUS_NAME: 'curfew' })).toEqual({ BUS_NAME: 'curfew' });
  });

  test.each([
    ['TABLE_NAME', () => readSweepEnvironment({ ...store, TABLE_NAME: undefined })],
    ['DUE_SHARDS', () => readSweepEnvironment({ ...store, DUE_SHARDS: 'many' })],
    ['SWEEP_EVERY_MS', () => readSweepEnvironment({ ...store, SWEEP_EVERY_MS: '999' })],
    ['SWEEP_CONCURRENCY', () => readSweepEnvironment({ ...store, SWEEP_CONCURRENCY: '0' })],
    ['BUS_NAME', () => readPublishEnvironment({})],
    ['SITE_URL', () => readEnvironment({ ...full, SITE_URL: undefined })],
    ['REAUTHENTICATION', () => readEnvironment({ ...full, REAUTHENTICATION: 'never' })],
  ])('%s missing or malformed is named', (variable, read) => expect(read).toThrow(variable));
});
