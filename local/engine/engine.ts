import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  paginateScan,
  type AttributeValue as SdkValue,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import dynalite from 'dynalite';
import type { Resource } from '../template.ts';
import { ChangeFeed, type Item } from './change-feed.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';
import { plain, StreamReader } from './stream-reader.ts';
import { tableFromTemplate } from './table.ts';

export const REGION = 'us-east-1';
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** A running database with the template's table in it. */
export interface Engine {
  readonly endpoint: string;
  /** Whether a refused conditional write brings the old item. */
  readonly oldItemOnRefusal: 'returned' | 'read';
  /** What to say about it, if anything. */
  readonly notice: string | undefined;
  /** Every row, as it stands in JSON. */
  rows(): Promise<Item[]>;
  /** Deletes rows whose TTL has passed, as DynamoDB does some day. @returns how many */
  expire(nowMs: number): Promise<number>;
  /** Resolves when the stream has been read up to now. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** `dynalite`, `dynamodb-local`, or the URL of an endpoint. */
  readonly engine: string;
  readonly tableName: string;
  readonly table: Resource;
  readonly now: () => number;
  readonly onRecord: (record: DynamoDBRecord) => void;
}

/** Starts the engine and makes the template's table in it. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  if (options.engine === 'dynalite') return startDynalite(options);
  if (options.engine !== 'dynamodb-local') return connect(options, options.engine, async () => undefined);
  const { endpoint, close } = await startDynamoDbLocal();
  try {
    return await connect(options, endpoint, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function startDynalite(options: EngineOptions): Promise<Engine> {
  const { create, ttlAttribute } = tableFromTemplate(options.tableName, options.table);
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  const keyAttribute = create.KeySchema![0]!.AttributeName!;
  const feed = new ChangeFeed({
    keyAttribute,
    now: options.now,
    onRecord: options.onRecord,
    read: async (key) => {
      const found = await client.send(
        new GetItemCommand({
          TableName: options.tableName,
          Key: { [keyAttribute]: { S: key } },
          ConsistentRead: true,
        }),
      );
      return found.Item && (plain(found.Item) as Item);
    },
  });
  feed.attach(server);
  await client.send(new CreateTableCommand(create));
  await waitUntilTableExists(
    { client, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 },
    { TableName: options.tableName },
  );
  const table = { client, name: options.tableName, keyAttribute, ttlAttribute };
  return {
    endpoint,
    oldItemOnRefusal: 'read',
    notice:
      'dynalite has no streams, no TTL and returns no old item on a refusal: the runtime derives the change feed and deletes by TTL itself, and the functions read once more',
    rows: () => scan(table),
    expire: (now) => deleteExpired(table, now, (key) => feed.deletedByService(key)),
    settle: () => feed.settled(),
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function connect(
  options: EngineOptions,
  endpoint: string,
  close: () => Promise<void>,
): Promise<Engine> {
  const { create, ttlAttribute, streamViewType } = tableFromTemplate(options.tableName, options.table);
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 2 });
  const keyAttribute = create.KeySchema![0]!.AttributeName!;
  const streamArn = await createOnce(client, {
    ...create,
    ...(streamViewType && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType as 'NEW_AND_OLD_IMAGES' },
    }),
  });
  const byTtl = new Set<string>();
  const reader =
    streamArn === undefined
      ? undefined
      : new StreamReader({
          endpoint,
          streamArn,
          region: REGION,
          credentials: CREDENTIALS,
          onRecord: options.onRecord,
          deletedByService: (key) => byTtl.delete(key),
        });
  reader?.start();
  const table = { client, name: options.tableName, keyAttribute, ttlAttribute };
  return {
    endpoint,
    oldItemOnRefusal: 'returned',
    notice:
      'its own TTL follows the real clock and skips rows outside the index: the runtime deletes by TTL itself',
    rows: () => scan(table),
    expire: (now) => deleteExpired(table, now, (key) => byTtl.add(key)),
    settle: async () => reader?.settled(),
    close: async () => {
      await reader?.close();
      client.destroy();
      await close();
    },
  };
}

/** @returns ARN of the table's stream */
async function createOnce(
  client: DynamoDBClient,
  create: ConstructorParameters<typeof CreateTableCommand>[0],
): Promise<string | undefined> {
  const TableName = create.TableName;
  const existing = await client.send(new DescribeTableCommand({ TableName })).catch((error) => {
    if (error?.name === 'ResourceNotFoundException') return undefined;
    throw new Error(
      `the engine at ${String(client.config.endpoint ? 'the given endpoint' : '')} does not answer: ${error.message}`,
    );
  });
  if (existing) return existing.Table?.LatestStreamArn;
  const made = await client.send(new CreateTableCommand(create));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 }, { TableName });
  return made.TableDescription?.LatestStreamArn;
}

interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
  readonly keyAttribute: string;
  readonly ttlAttribute: string | undefined;
}

async function scan({ client, name }: Table): Promise<Item[]> {
  const rows: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: name, ConsistentRead: true })) {
    rows.push(...(page.Items ?? []).map((item) => plain(item) as Item));
  }
  return rows;
}

async function deleteExpired(
  table: Table,
  nowMs: number,
  beforeDelete: (key: string) => void,
): Promise<number> {
  const { client, name, keyAttribute, ttlAttribute } = table;
  if (ttlAttribute === undefined) return 0;
  const now = Math.floor(nowMs / 1000);
  const expired = (await scan(table)).filter((row) => Number(row[ttlAttribute]?.N ?? Infinity) < now);
  for (const row of expired) {
    const key = row[keyAttribute]!;
    beforeDelete(key.S!);
    await client.send(new DeleteItemCommand({ TableName: name, Key: { [keyAttribute]: key as SdkValue } }));
  }
  return expired.length;
}
