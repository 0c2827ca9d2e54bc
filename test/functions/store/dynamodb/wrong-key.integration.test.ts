import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDynamoStore } from '../../../../functions/store/dynamodb/store.ts';
import { type Engine, startDynalite } from '../../../support/engines.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await startDynalite();
});
afterAll(() => engine?.stop());

test('a table with another key is a store that is out of reach, and the cause says why', async () => {
  const tableName = 'of-something-else';
  await engine.client.send(
    new CreateTableCommand({
      TableName: tableName,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const store = createDynamoStore({ client: engine.client, tableName, retentionMs: 1_000, dueShards: 1 });
  await expect(store.read('a')).rejects.toMatchObject({
    code: 'ERR_STORE_UNAVAILABLE',
    cause: {
      name: 'ValidationException',
      message: 'The provided key element does not match the schema',
    },
  });
});
