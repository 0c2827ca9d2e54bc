import { Logger } from '@aws-lambda-powertools/logger';
import type { Environment, StoreEnvironment } from '../environment.ts';
import { type ClientOptions, createDynamoClient } from '../store/dynamodb/client.ts';
import { watchClock } from '../store/dynamodb/clock-skew.ts';
import { createDynamoStore } from '../store/dynamodb/store.ts';
import { createSkewObserver } from './clock-skew.ts';
import { createMetrics } from './metrics.ts';
import type { Observers } from './observe.ts';
import type { RouterOptions } from './router.ts';

/**
 * The observers of a deployed function: JSON lines, and metrics in the embedded format, namespace `Curfew`. Both name the
 * service that the function is of.
 */
export function createObservers({ SESSION_SERVICE }: Pick<StoreEnvironment, 'SESSION_SERVICE'>): Observers {
  return {
    log: new Logger({ serviceName: SESSION_SERVICE }),
    metrics: createMetrics(SESSION_SERVICE),
  };
}

/** The observers of a function that uses the store, and its clock. */
export interface StoreObservers extends Observers {
  /** The clock that the function decides by, epoch ms: it is compared with the store's. */
  readonly now: () => number;
}

/** The store that a deployed function uses. The observers learn how far the function's clock is from the store's. */
export function createStore(
  environment: Omit<StoreEnvironment, 'SESSION_SERVICE'>,
  observers: StoreObservers,
  clientOptions?: ClientOptions,
): ReturnType<typeof createDynamoStore> {
  const client = createDynamoClient(clientOptions);
  watchClock(client, { now: observers.now, onReading: createSkewObserver(observers) });
  return createDynamoStore({
    client,
    tableName: environment.TABLE_NAME,
    retentionMs: environment.RETENTION_MS,
    dueShards: environment.DUE_SHARDS,
    oldItemOnRefusal: environment.OLD_ITEM_ON_REFUSAL,
  });
}

/** How a deployed function knows its site, and who is behind a request. */
export function routerOptions(
  environment: Environment,
): Pick<RouterOptions, 'siteOrigin' | 'originSecrets' | 'proxyHops' | 'logAddresses'> {
  const { SITE_URL, ORIGIN_SECRET, PROXY_HOPS, LOG_ADDRESSES } = environment;
  return {
    siteOrigin: SITE_URL,
    originSecrets: ORIGIN_SECRET,
    // Without the secret a client can come around the proxies, and say in their place where it is.
    proxyHops: ORIGIN_SECRET === undefined ? 0 : PROXY_HOPS,
    logAddresses: LOG_ADDRESSES === 'true',
  };
}
