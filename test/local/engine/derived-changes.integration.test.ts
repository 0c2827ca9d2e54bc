import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { CREDENTIALS } from '../../../local/aws.ts';
import { type Engine, startEngine } from '../../../local/engine/engine.ts';
import { tables } from '../../support/local-tables.ts';

const TableName = 'sessions';
const records: DynamoDBRecord[] = [];
let engine: Engine;
let client: DynamoDBClient;

beforeAll(async () => {
  engine = await startEngine({ engine: 'dynalite', tables: tables(), now: () => 5_000 });
  engine.subscribe('sessions', (record) => records.push(record));
  client = new DynamoDBClient({ ...CREDENTIALS, endpoint: engine.endpoint });
});
const forget = async () => {
  await engine.settle();
  records.splice(0);
};
beforeEach(forget);
afterAll(async () => {
  client.destroy();
  await engine.close();
});

const item = (pk: string, n = 0) => ({
  pk: { S: pk },
  n: { N: String(n) },
  b: { B: new Uint8Array([1, 2, 3]) },
});
const put = (pk: string, n = 0) => client.send(new PutItemCommand({ TableName, Item: item(pk, n) }));
const add = (pk: string) =>
  client.send(
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: pk } },
      UpdateExpression: 'SET n = n + :one',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
const seen = () =>
  records.map(({ eventName, dynamodb }) => [eventName, dynamodb?.OldImage?.n?.N, dynamodb?.NewImage?.n?.N]);

test('insert, change and removal, with both images, as the stream has them', async () => {
  await put('a');
  await add('a');
  await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
  await engine.settle();
  expect(seen()).toEqual([
    ['INSERT', undefined, '0'],
    ['MODIFY', '0', '1'],
    ['REMOVE', '1', undefined],
  ]);
  const [first] = records;
  expect(first?.dynamodb?.NewImage?.b).toEqual({ B: 'AQID' });
  expect(first?.dynamodb?.Keys).toEqual({ pk: { S: 'a' } });
  expect(first?.dynamodb?.ApproximateCreationDateTime).toBe(5);
  expect(first).not.toHaveProperty('userIdentity');
  const order = records.map(({ dynamodb }) => dynamodb!.SequenceNumber!);
  expect(order).toEqual([...order].sort());
});

test('a rejected write and one that changes nothing make no record', async () => {
  await put('b', 7);
  await forget();
  await put('b', 7);
  await expect(add('missing')).rejects.toThrow();
  await engine.settle();
  expect(records).toEqual([]);
});

test('fifty writes to one item at once are fifty records, each from the one before', async () => {
  await put('c');
  await forget();
  await Promise.all(Array.from({ length: 50 }, () => add('c')));
  await engine.settle();
  expect(seen()).toEqual(Array.from({ length: 50 }, (_, n) => ['MODIFY', String(n), String(n + 1)]));
});

test('a batch is a record for each of its items', async () => {
  const RequestItems = {
    [TableName]: ['d', 'e', 'f'].map((pk) => ({ PutRequest: { Item: item(pk) } })),
  };
  await client.send(new BatchWriteItemCommand({ RequestItems }));
  await engine.settle();
  expect(records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S).sort()).toEqual(['d', 'e', 'f']);
});

test('rows whose TTL has passed go, as the work of the service', async () => {
  const ttl = (pk: string, seconds: number) =>
    client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ttl: { N: String(seconds) } } }));
  await ttl('past', 99);
  await ttl('now', 100);
  await forget();
  expect(await engine.expire(100_000)).toBe(1);
  await engine.settle();
  expect(records).toEqual([
    expect.objectContaining({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    }),
  ]);
  expect((await engine.rows(TableName)).map((row) => row.pk?.S)).toContain('now');
});

test('a table without a stream, with a key of two parts: its rows are its own, and TTL takes them', async () => {
  const note = (subject: string, ttl: number) => ({
    subject: { S: subject },
    id: { N: '1' },
    ttl: { N: String(ttl) },
  });
  for (const Item of [note('a', 99), note('b', 200)]) {
    await client.send(new PutItemCommand({ TableName: 'notes', Item }));
  }
  expect(await engine.expire(100_000)).toBe(1);
  await engine.settle();
  expect(await engine.rows('notes')).toEqual([note('b', 200)]);
  expect(records).toEqual([]);
});
