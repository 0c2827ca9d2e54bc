import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { withDefaults } from '../../../functions/guard/defaults.ts';
import { createCheck } from '../../../functions/guard/fetch.ts';
import { createMemoryStore } from '../../../functions/store/memory.ts';
import { SITE_URL } from '../../support/http.ts';

const NAMES = ['TABLE_NAME', 'SITE_URL', 'RETENTION_MS', 'DUE_SHARDS', 'ORIGIN_SECRET'] as const;
const kept = new Map(NAMES.map((name) => [name, process.env[name]]));
const dynamo = mockClient(DynamoDBClient);

beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetItemCommand).resolves({});
  for (const name of NAMES) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of kept) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const cookie = `__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`;

/** The table that a guard reads, and what it answers. */
async function ask(check: ReturnType<typeof createCheck>, method = 'GET', origin = SITE_URL) {
  const { response } = await check(new Request(`${SITE_URL}/x`, { method, headers: { cookie, origin } }));
  const tables = dynamo.commandCalls(GetItemCommand).map(({ args }) => args[0].input.TableName);
  return { status: response?.status, tables };
}

describe('a guard of which nothing is said', () => {
  test('takes the table and the site from the environment', async () => {
    Object.assign(process.env, { TABLE_NAME: 'sessions', SITE_URL, RETENTION_MS: '60000', DUE_SHARDS: '4' });
    const check = createCheck();
    expect(await ask(check)).toEqual({ status: 401, tables: ['sessions'] });
    expect(await ask(check, 'POST')).toMatchObject({ status: 401 });
    expect(await ask(check, 'POST', 'https://other.example')).toMatchObject({ status: 403 });
  });

  test.each([
    ['arn:aws:dynamodb:eu-west-1:111122223333:table/sessions', 'eu-west-1'],
    ['arn:aws-cn:dynamodb:cn-north-1:111122223333:table/sessions', 'cn-north-1'],
    ['sessions', 'us-east-1'],
  ])('asks the region that the table’s ARN names, and by a name its own: %s', async (tableName, region) => {
    const own = process.env.AWS_REGION;
    process.env.AWS_REGION = 'us-east-1';
    process.env.TABLE_NAME = tableName;
    expect((await ask(createCheck())).tables).toEqual([tableName]);
    const { thisValue } = dynamo.call(0);
    expect(await (thisValue as DynamoDBClient).config.region()).toBe(region);
    if (own === undefined) delete process.env.AWS_REGION;
    else process.env.AWS_REGION = own;
  });

  test('says what is missing when it is made, not at the first request', () => {
    expect(() => createCheck()).toThrow('TABLE_NAME');
  });

  test.each([
    ['RETENTION_MS', 'a day'],
    ['DUE_SHARDS', 'x'],
    ['SITE_URL', 'app.example.com'],
    ['ORIGIN_SECRET', 'short'],
  ])('names %s where it is malformed', (name, value) => {
    Object.assign(process.env, { TABLE_NAME: 'sessions', [name]: value });
    expect(() => createCheck()).toThrow(name);
  });
});

describe('origin secrets', () => {
  const [older, newer] = ['o'.repeat(32), 'n'.repeat(32)];

  test('are those of the environment, one or two, unless the options say which, or that there are none', () => {
    Object.assign(process.env, { TABLE_NAME: 'sessions', ORIGIN_SECRET: older });
    expect(withDefaults({}).originSecrets).toEqual([older]);
    process.env.ORIGIN_SECRET = `${older} ${newer}`;
    expect(withDefaults({}).originSecrets).toEqual([older, newer]);
    expect(withDefaults({ originSecrets: [newer] }).originSecrets).toEqual([newer]);
    expect(withDefaults({ originSecrets: [] }).originSecrets).toEqual([]);
  });
});

describe('an option that could be compared with nothing is refused when the guard is made, by name', () => {
  const store = createMemoryStore();

  test.each(['app.example.com', '', '/', 'javascript:0', 'localhost:8080', 'https://'])(
    'siteUrl %j',
    (siteUrl) => {
      expect(() => createCheck({ store, siteUrl })).toThrow(/siteUrl/);
      expect(() => createCheck({ tableName: 'own', siteUrl })).toThrow(/siteUrl/);
    },
  );

  test.each([[['']], [['short']], [['o'.repeat(32), '']], [['o '.repeat(32)]]])(
    'originSecrets %j',
    (originSecrets) => {
      const making = () => createCheck({ store, originSecrets });
      expect(making).toThrow(/originSecrets/);
      expect(making).not.toThrow(/o{32}/);
    },
  );
});

test.each([
  [{ originSecret: 'o'.repeat(32) }, 'the option originSecret is not known'],
  [{ basePath: '/api/' }, "the option basePath must be a path like /api, not '/api/'"],
  [{ originSecrets: '' }, 'the option originSecrets must have 32 or more characters'],
  [{ retentionMs: Number.NaN }, 'the option retentionMs must be a whole number, 0 or more'],
  [{ now: 7 }, 'the option now must be a function'],
  [{ store: undefined, tableName: '' }, 'the option tableName, or TABLE_NAME, must name the table'],
])('what a caller without types gives is refused when the guard is made: %j', (options, message) => {
  expect(() => withDefaults({ store: createMemoryStore(), ...(options as object) })).toThrow(message);
});

test('options come before the environment, and need none of it', async () => {
  expect(await ask(createCheck({ tableName: 'own' }))).toEqual({ status: 401, tables: ['own'] });
  Object.assign(process.env, { TABLE_NAME: 'sessions', SITE_URL: 'https://other.example' });
  dynamo.resetHistory();
  const check = createCheck({ tableName: 'own', siteUrl: SITE_URL });
  expect(await ask(check, 'POST')).toEqual({ status: 401, tables: ['own'] });
  expect(withDefaults({ siteUrl: SITE_URL }).siteUrl).toBe(SITE_URL);
});

test.each([
  [undefined, undefined, 86_400_000],
  ['60000', undefined, 60_000],
  ['60000', 120_000, 120_000],
])('retention %s in the environment, %s in the options: %i ms', async (inEnvironment, retentionMs, used) => {
  if (inEnvironment !== undefined) process.env.RETENTION_MS = inEnvironment;
  const { store } = withDefaults({ tableName: 'own', retentionMs });
  dynamo.on(UpdateItemCommand).rejects(new Error('seen'));
  await expect(store.end({ sessionId: 'a'.repeat(22), reason: 'revoked', now: 0 })).rejects.toThrow();
  const [call] = dynamo.commandCalls(UpdateItemCommand);
  expect(JSON.stringify(call!.args[0].input.ExpressionAttributeValues)).toContain(`"${used / 1_000}"`);
});

test('a store takes the place of the table: the environment is not read', () => {
  process.env.RETENTION_MS = 'a day';
  const store = createMemoryStore();
  expect(withDefaults({ store, onEnded: 'attach' })).toMatchObject({ store, onEnded: 'attach' });
});

test('the clock is the own one, or the real one', () => {
  const store = createMemoryStore();
  expect(withDefaults({ store, now: () => 7 }).now()).toBe(7);
  const before = Date.now();
  expect(withDefaults({ store }).now()).toBeGreaterThanOrEqual(before);
});
