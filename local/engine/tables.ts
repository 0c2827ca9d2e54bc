import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateScan,
  ResourceNotFoundException,
  type AttributeValue as SdkValue,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { LocalTable } from '../template/tables.ts';
import { EngineError } from './error.ts';
import { type Item, keyOf, toImage } from './item.ts';

/**
 * Makes a table, unless it is there from an earlier run.
 *
 * @returns ARN of the table's stream
 * @throws EngineError when the engine does not answer
 */
export async function createOnce(
  client: DynamoDBClient,
  create: CreateTableCommandInput,
  endpoint: string,
): Promise<string | undefined> {
  const { TableName } = create;
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table?.LatestStreamArn;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) {
      throw new EngineError(`the engine at ${endpoint} does not answer: ${error}`);
    }
  }
  const { TableDescription } = await client.send(new CreateTableCommand(create));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 }, { TableName });
  return TableDescription?.LatestStreamArn;
}

/** @returns the item with that key, as it is now */
export async function getItem(
  client: DynamoDBClient,
  TableName: string,
  key: Item,
): Promise<Item | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: sdkKey(key), ConsistentRead: true }),
  );
  return Item && toImage(Item);
}

/** @returns every row of a table */
export async function scan(client: DynamoDBClient, TableName: string): Promise<Item[]> {
  const rows: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    rows.push(...Items.map(toImage));
  }
  return rows;
}

/**
 * Deletes the rows whose TTL has passed, as DynamoDB does some day.
 *
 * @param nowMs epoch ms
 * @param beforeDelete is told the key of each
 * @returns how many
 */
export async function deleteExpired(
  client: DynamoDBClient,
  { name, keyAttributes, ttlAttribute }: LocalTable,
  nowMs: number,
  beforeDelete: (key: Item) => void,
): Promise<number> {
  if (ttlAttribute === undefined) return 0;
  const now = Math.floor(nowMs / 1000);
  const expired = (await scan(client, name)).filter((row) => Number(row[ttlAttribute]?.N ?? Infinity) < now);
  for (const row of expired) {
    const key = keyOf(row, keyAttributes);
    beforeDelete(key);
    await client.send(new DeleteItemCommand({ TableName: name, Key: sdkKey(key) }));
  }
  return expired.length;
}

/** A key for the SDK. Keys are texts and numbers here, which both sides spell alike. */
const sdkKey = (key: Item) => key as Record<string, SdkValue>;
