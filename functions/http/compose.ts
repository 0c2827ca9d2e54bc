import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { StoreEnvironment } from '../environment.ts';
import { type ClientOptions, createDynamoClient } from '../store/dynamodb/client.ts';
import { createDynamoStore } from '../store/dynamodb/store.ts';
import type { Observers } from './observe.ts';

/** The observers of a deployed function: JSON lines, and metrics in the embedded format, namespace `Curfew`. */
export function createObservers(): Observers {
  return {
    log: new Logger({ serviceName: 'curfew' }),
    metrics: new Metrics({ namespace: 'Curfew', serviceName: 'curfew' }),
  };
}

/** The store that a deployed function uses. */
export function createStore(
  environment: StoreEnvironment,
  clientOptions?: ClientOptions,
): ReturnType<typeof createDynamoStore> {
  return createDynamoStore({
    client: createDynamoClient(clientOptions),
    tableName: environment.TABLE_NAME,
    retentionMs: environment.RETENTION_MS,
    dueShards: environment.DUE_SHARDS,
    oldItemOnRefusal: environment.OLD_ITEM_ON_REFUSAL,
  });
}
