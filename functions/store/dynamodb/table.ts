import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { orUnavailable, type Rejection, tryConditional } from './client.ts';
import type { Update } from './expressions.ts';
import { keyOf, type SessionItem } from './item.ts';

/** The operations on the one table that the parts of the store are made of. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
  /** Strongly consistent. */
  get(key: SessionItem): Promise<SessionItem | undefined>;
  query(input: Omit<QueryCommandInput, 'TableName'>): Promise<QueryCommandOutput>;
  /** Every page of a query. */
  pages(input: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<QueryCommandOutput>;
  /** One conditional write to a session's row. */
  write(sessionId: string, update: Update): Promise<Written>;
  /** The row that a rejected write met. */
  oldItem(rejection: Rejection, sessionId: string): Promise<SessionItem | undefined>;
}

/** The outcome of a conditional write: the row as it is now, or the row that rejected it. */
export type Written =
  | { readonly item: SessionItem }
  | { readonly rejectedBy: SessionItem | undefined; readonly retried: boolean };

export interface TableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /**
   * `returned`: a rejected conditional write brings the item that it met. `read`: the engine does not support that
   * (dynalite), so one strongly consistent read follows a rejection. @default 'returned'
   */
  readonly oldItemOnRefusal?: 'returned' | 'read' | undefined;
}

export function createTableAccess(options: TableOptions): Table {
  const { client, tableName: TableName, oldItemOnRefusal = 'returned' } = options;

  const get: Table['get'] = async (Key) => {
    const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
    return (await orUnavailable(client.send(command))).Item;
  };

  const query: Table['query'] = (input) =>
    orUnavailable(client.send(new QueryCommand({ TableName, ...input })));

  const oldItem: Table['oldItem'] = async (rejection, sessionId) =>
    rejection.oldItem ?? (oldItemOnRefusal === 'read' ? await get(keyOf(sessionId)) : undefined);

  return {
    client,
    name: TableName,
    get,
    query,
    oldItem,

    async *pages(input) {
      let ExclusiveStartKey: SessionItem | undefined;
      do {
        const page = await query({ ...input, ExclusiveStartKey });
        yield page;
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
    },

    async write(sessionId, update) {
      const result = await tryConditional(client.send(new UpdateItemCommand({ TableName, ...update })));
      // ALL_NEW: an update that was done always brings the row.
      if ('done' in result) return { item: result.done.Attributes ?? {} };
      const { rejected } = result;
      return { rejectedBy: await oldItem(rejected, sessionId), retried: rejected.retried };
    },
  };
}
