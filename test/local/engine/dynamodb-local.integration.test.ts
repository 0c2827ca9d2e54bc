import { execFileSync } from 'node:child_process';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { startDynamoDbLocal } from '../../../local/engine/dynamodb-local.ts';
import { type Engine, startEngine } from '../../../local/engine/engine.ts';
import { noDynamoDbLocal } from '../../support/engines.ts';

const TableName = 'curfew';
const onEngine = noDynamoDbLocal === undefined ? test : test.skip;

onEngine('the real stream, read as Lambda gets it; rows deleted by TTL say so', async () => {
  const records: DynamoDBRecord[] = [];
  const engine: Engine = await startEngine({
    engine: 'dynamodb-local',
    tableName: TableName,
    table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    },
    now: () => Date.now(),
    onRecord: (record) => records.push(record),
  });
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const Item = { pk: { S: 'a' }, ttl: { N: '100' }, secretHash: { B: new Uint8Array([1, 2, 3]) } };
    await client.send(new PutItemCommand({ TableName, Item }));
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
    expect(Math.abs(at * 1_000 - Date.now())).toBeLessThan(60_000);
    expect(records[1]).not.toHaveProperty('userIdentity');
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
