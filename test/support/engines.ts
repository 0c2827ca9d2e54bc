import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoStore, type DynamoStoreOptions } from '../../functions/store/dynamodb/store.ts';
import { CREDENTIALS } from '../../local/aws.ts';
import { startDynalite as launchDynalite } from '../../local/engine/dynalite.ts';
import { javaProblem, startDynamoDbLocal as launchDynamoDbLocal } from '../../local/engine/dynamodb-local.ts';
import { createOnce } from '../../local/engine/tables.ts';
import { sharedEndpoint } from './shared-endpoint.ts';
import { tableDefinition } from './table-definition.ts';

export { CREDENTIALS };

/** A DynamoDB on this machine, for one test file: start it in `beforeAll`, stop it in `afterAll`. */
export interface Engine {
  readonly name: 'dynalite' | 'DynamoDB Local';
  readonly endpoint: string;
  readonly oldItemOnRefusal: 'returned' | 'read';
  /** A client of its own for tables, streams and a look behind the store's back. */
  readonly client: DynamoDBClient;
  stop(): Promise<void>;
}

/** dynalite, in this process: it needs nothing but Node. It has neither streams nor the old item of a rejected write. */
export async function startDynalite(): Promise<Engine> {
  return running('dynalite', 'read', await launchDynalite());
}

/**
 * Why DynamoDB Local cannot run here; undefined: it can. Under CI that is a failure and not a skip: it is the
 * engine that gates.
 */
export const noDynamoDbLocal: string | undefined = (() => {
  const reason = javaProblem();
  if (reason && process.env.CI) throw new Error(`DynamoDB Local is required under CI: ${reason}`);
  if (reason) console.warn(`SKIPPED: tests on DynamoDB Local, since ${reason}`);
  return reason;
})();

/** Amazon's DynamoDB Local, in memory: the one of this jest worker, in which other test files have tables, too. */
export async function connectDynamoDbLocal(): Promise<Engine> {
  const endpoint = await sharedEndpoint('dynamodb-local');
  return running('DynamoDB Local', 'returned', { endpoint, close: async () => {} });
}

/** One in a JVM of its own that does not outlive this process, for whoever looks at all its tables. */
export async function startDynamoDbLocal(): Promise<Engine> {
  // Beside browsers and other engines on two cores: a limit to its memory, and time to start.
  return running(
    'DynamoDB Local',
    'returned',
    await launchDynamoDbLocal({ heapMb: 768, patienceMs: 60_000 }),
  );
}

/** The engines that run here, for a suite that holds on each of them. */
export const ENGINES: readonly (readonly [name: Engine['name'], start: () => Promise<Engine>])[] = [
  ['dynalite', startDynalite],
  ...(noDynamoDbLocal ? [] : [['DynamoDB Local', connectDynamoDbLocal] as const]),
];

function running(
  name: Engine['name'],
  oldItemOnRefusal: Engine['oldItemOnRefusal'],
  { endpoint, close }: { readonly endpoint: string; close(): Promise<void> },
): Engine {
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint });
  return {
    name,
    endpoint,
    oldItemOnRefusal,
    client,
    async stop() {
      client.destroy();
      await close();
    },
  };
}

/** A new table on the engine, and the store over it. */
export async function createTable(
  { client, endpoint, oldItemOnRefusal }: Engine,
  options: Partial<DynamoStoreOptions> = {},
): Promise<{
  tableName: string;
  store: ReturnType<typeof createDynamoStore>;
  streamArn: string | undefined;
}> {
  const { tableName = `sessions-${randomUUID()}` } = options;
  const streamArn = await createOnce(client, tableDefinition(tableName), endpoint);
  const store = createDynamoStore({
    client,
    tableName,
    retentionMs: 86_400_000,
    dueShards: 4,
    oldItemOnRefusal,
    ...options,
  });
  return { tableName, store, streamArn };
}
