import { execFileSync } from 'node:child_process';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { freePort } from '../../../dev/machine/loopback.ts';
import { CREDENTIALS } from '../../../local/aws.ts';
import { startDynamoDbLocal } from '../../../local/engine/dynamodb-local.ts';
import { startEngine } from '../../../local/engine/engine.ts';
import { noDynamoDbLocal } from '../../support/engines.ts';
import { tables } from '../../support/local-tables.ts';

const TableName = 'sessions';
const onEngine = noDynamoDbLocal === undefined ? test : test.skip;

test('says on Windows where it runs, and what needs nothing', async () => {
  const { platform } = process;
  Object.defineProperty(process, 'platform', { value: 'win32' });
  try {
    const message = '--engine dynamodb-local runs on Linux and macOS. Start it there, or leave --engine out';
    await expect(startDynamoDbLocal()).rejects.toThrow(message);
  } finally {
    Object.defineProperty(process, 'platform', { value: platform });
  }
});

onEngine('the real stream, read as Lambda gets it; rows deleted by TTL say so', async () => {
  const records: DynamoDBRecord[] = [];
  const engine = await startEngine({ engine: 'dynamodb-local', tables: tables(), now: () => Date.now() });
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint: engine.endpoint });
  try {
    const Item = { pk: { S: 'a' }, ttl: { N: '100' }, secretHash: { B: new Uint8Array([1, 2, 3]) } };
    await client.send(new PutItemCommand({ TableName, Item }));
    // What was written before somebody listens is handed over, too: a runtime that was killed has a backlog.
    engine.subscribe(TableName, (record) => records.push(record));
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: 'a' } },
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': { N: '1' } },
      }),
    );
    expect(await engine.expire(101_000)).toBe(1);
    await engine.settle();
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    expect(records[0]?.dynamodb?.NewImage?.secretHash).toEqual({ B: 'AQID' });
    expect(records[1]?.dynamodb).toMatchObject({ OldImage: { pk: { S: 'a' } }, NewImage: { n: { N: '1' } } });
    const at = records[0]?.dynamodb?.ApproximateCreationDateTime as number;
    // The engine cuts it to whole minutes.
    expect(Math.abs(at * 1_000 - Date.now())).toBeLessThan(90_000);
    expect(records[1]).not.toHaveProperty('userIdentity');
    const Note = { subject: { S: 'a' }, id: { N: '1' } };
    await client.send(new PutItemCommand({ TableName: 'notes', Item: Note }));
    await engine.settle();
    expect(await engine.rows('notes')).toEqual([Note]);
    expect(records).toHaveLength(3);
    expect(() => engine.subscribe('notes', () => {})).toThrow('the table notes has no stream');
    expect(records[2]?.userIdentity).toEqual({ type: 'Service', principalId: 'dynamodb.amazonaws.com' });
  } finally {
    client.destroy();
    await engine.close();
  }
});

test('without Java: what is missing, why, and what to do', async () => {
  const before = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    await expect(startDynamoDbLocal()).rejects.toThrow(
      /Java program.*no java on the PATH.*apt-get install.*dynalite/s,
    );
  } finally {
    process.env.PATH = before;
  }
  expect(() => execFileSync(process.execPath, ['--version'])).not.toThrow();
});

test('an endpoint where nobody answers is named', async () => {
  const port = await freePort();
  const engine = `http://127.0.0.1:${port}`;
  await expect(startEngine({ engine, tables: tables(), now: () => 0 })).rejects.toThrow(
    `the engine at ${engine} does not answer: `,
  );
});
