import { test } from '@jest/globals';
import { createTable, noDynamoDbLocal, startDynamoDbLocal } from '../../support/engines.ts';
import { CONTRACT_OPTIONS, storeContract } from './contract.ts';

if (noDynamoDbLocal) test.skip(`DynamoDB Local: ${noDynamoDbLocal}`, () => {});
else {
  storeContract('on DynamoDB Local', async () => {
    const engine = await startDynamoDbLocal();
    const { store } = await createTable(engine, CONTRACT_OPTIONS);
    return { store, close: engine.stop };
  });
}
