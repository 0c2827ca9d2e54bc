import { Logger } from '@aws-lambda-powertools/logger';
import { SERVICE_NAME } from '../../core/contract.ts';
import type { Environment, StoreEnvironment } from '../environment.ts';
import { type ClientOptions, createDynamoClient } from '../store/dynamodb/client.ts';
import { createDynamoStore } from '../store/dynamodb/store.ts';
import { createMetrics } from './metrics.ts';
import type { Observers } from './observe.ts';
import type { RouterOptions } from './router.ts';

/** The observers of a deployed function: JSON lines, and metrics in the embedded format, namespace `Curfew`. */
export function createObservers(): Observers {
  return {
    log: new Logger({ serviceName: SERVICE_NAME }),
    metrics: createMetrics(),
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

/** How a deployed function knows its site. */
export function routerOptions(environment: Environment): Pick<RouterOptions, 'siteOrigin' | 'edgeSecret'> {
  return { siteOrigin: environment.SITE_URL, edgeSecret: environment.ORIGIN_SECRET };
}
