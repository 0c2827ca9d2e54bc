import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CREDENTIALS } from '../aws.ts';
import type { LocalTable } from '../template/tables.ts';
import type { Changes, OnRecord } from './changes.ts';
import { DerivedChanges } from './derived-changes.ts';
import { type Dynalite, startDynalite } from './dynalite.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';
import type { Item } from './item.ts';
import { ServiceDeletions } from './service-deletions.ts';
import { StreamReaders } from './stream-reader.ts';
import { createOnce, deleteExpired, getItem, scan } from './tables.ts';

export interface EngineOptions {
  /** `dynalite`, `dynamodb-local`, or the URL of an endpoint. */
  readonly engine: string;
  readonly tables: readonly LocalTable[];
  /** Epoch ms. */
  readonly now: () => number;
}

/** A running database with the template's tables in it. */
export interface Engine {
  readonly endpoint: string;
  /** Whether a rejected conditional write brings the old item. */
  readonly oldItemOnRefusal: 'returned' | 'read';
  /** What the runtime does in its place. */
  readonly notice: string;
  /** Hands over every change to a table, oldest first, from the first there is. */
  subscribe(tableName: string, onRecord: OnRecord): void;
  /** Every row of a table. */
  rows(tableName: string): Promise<Item[]>;
  /** Deletes rows whose TTL has passed, as DynamoDB does some day. @returns how many */
  expire(nowMs: number): Promise<number>;
  /** Resolves when the streams have been read up to now. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** A database that listens, without tables. */
interface Server extends Partial<Dynalite> {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Starts the engine and makes the template's tables in it.
 *
 * @throws EngineError saying what is missing and what to do
 */
export async function startEngine({ engine, tables, now }: EngineOptions): Promise<Engine> {
  const server = await startServer(engine);
  const { endpoint } = server;
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint, maxAttempts: 2 });
  try {
    const changes = await openChanges(server, client, tables, now);
    return {
      endpoint,
      ...traits(server),
      ...operations(client, tables, changes),
      settle: () => changes.settled(),
      close: async () => {
        await changes.close();
        client.destroy();
        await server.close();
      },
    };
  } catch (error) {
    client.destroy();
    await server.close();
    throw error;
  }
}

async function startServer(engine: string): Promise<Server> {
  if (engine === 'dynalite') return startDynalite();
  if (engine === 'dynamodb-local') return startDynamoDbLocal();
  return { endpoint: engine, close: async () => undefined };
}

/** What functions must know of an engine, and what the user should. */
function traits({ server }: Server): Pick<Engine, 'oldItemOnRefusal' | 'notice'> {
  return server
    ? {
        oldItemOnRefusal: 'read',
        notice:
          'no streams, no TTL, no old item of a rejected write: the runtime derives the streams and deletes by TTL itself, and the functions read once more',
      }
    : {
        oldItemOnRefusal: 'returned',
        notice:
          'its own TTL follows the real clock and skips rows outside the index: the runtime deletes by TTL itself',
      };
}

/** Makes the tables. @returns their streams */
async function openChanges(
  { endpoint, server }: Server,
  client: DynamoDBClient,
  tables: readonly LocalTable[],
  now: () => number,
): Promise<Changes> {
  const streamArns = new Map<string, string>();
  for (const { name, create } of tables) {
    const streamArn = await createOnce(client, create, endpoint);
    if (streamArn !== undefined) streamArns.set(name, streamArn);
  }
  if (!server) return new StreamReaders(endpoint, streamArns);
  const changes = new DerivedChanges({ read: (tableName, key) => getItem(client, tableName, key), now });
  changes.attach(server);
  return changes;
}

function operations(
  client: DynamoDBClient,
  tables: readonly LocalTable[],
  changes: Changes,
): Pick<Engine, 'subscribe' | 'rows' | 'expire'> {
  const deletions = new ServiceDeletions();
  return {
    subscribe: (tableName, onRecord) => {
      const table = tables.find(({ name }) => name === tableName);
      if (!table) throw new Error(`there is no table ${tableName}`);
      changes.subscribe(table, (record) => onRecord(deletions.mark(tableName, record)));
    },
    rows: (tableName) => scan(client, tableName),
    expire: async (nowMs) => {
      let count = 0;
      for (const table of tables) {
        count += await deleteExpired(client, table, nowMs, (key) => deletions.add(table.name, key));
      }
      return count;
    },
  };
}
