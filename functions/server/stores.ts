import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { USUAL_RETENTION_MS } from '../../core/contract.ts';
import { assertWhole } from '../guard/assert.ts';
import { createDynamoClient } from '../store/dynamodb/client.ts';
import { createDynamoStore } from '../store/dynamodb/store.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { Store } from '../store/store.ts';

/** Options of {@link dynamoStore}. */
export interface DynamoStoreOptions {
  /** The session table, as `SessionService` makes it. */
  readonly tableName: string;
  /** @default a client that gives up within 2.4 s, so that an outage is a 503 and not a timeout */
  readonly client?: DynamoDBClient | undefined;
  /** How long an ended session can still say why it ended, ms. @default 86 400 000 (a day) */
  readonly retentionMs?: number | undefined;
  /** Shards of the index `due` that new sessions are spread over, a positive integer. @default 1 */
  readonly dueShards?: number | undefined;
}

/**
 * Sessions in the DynamoDB table of a `SessionService`: its sweep, publisher and dashboard work beside the server.
 *
 * @throws Error naming the option that is missing or wrong
 */
export function dynamoStore({
  tableName,
  client = createDynamoClient(),
  retentionMs = USUAL_RETENTION_MS,
  dueShards = 1,
}: DynamoStoreOptions): Store {
  if (!tableName) throw new Error('the option tableName must name the session table');
  assertWhole('retentionMs', retentionMs, 0);
  assertWhole('dueShards', dueShards, 1);
  return createDynamoStore({ client, tableName, retentionMs, dueShards });
}

/**
 * Sessions in the memory of this process, for one process alone: everybody is signed out when it stops. Sweeps remove
 * what is older than `retentionMs`.
 *
 * @throws Error naming the option that is wrong
 */
export function memoryStore(options: { readonly retentionMs?: number | undefined } = {}): Store {
  assertWhole('retentionMs', options.retentionMs ?? USUAL_RETENTION_MS, 0);
  return createMemoryStore(options);
}
