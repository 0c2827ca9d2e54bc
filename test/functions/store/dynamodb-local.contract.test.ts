import { test } from '@jest/globals';
import { connectDynamoDbLocal, createTable, noDynamoDbLocal } from '../../support/engines.ts';
import { CONTRACT_OPTIONS, storeContract } from './contract.ts';

if (noDynamoDbLocal) test.skip(`DynamoDB Local: ${noDynamoDbLocal}`, () => {});
else {
  storeContract('on DynamoDB Local', async () => {
    const engine = await connectDynamoDbLocal();
    const { store } = await createTable(engine, CONTRACT_OPTIONS);
    return { store, close: engine.stop };
  });
}
