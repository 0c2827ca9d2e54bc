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
  readonly name: string;
  /** Sends a command, and gives it up when the request's time is over. */
  readonly send: DynamoDBClient['send'];
  /** Strongly consistent. */
  get(key: SessionItem): Promise<SessionItem | undefined>;
  query(input: Omit<QueryCommandInput, 'TableName'>): Promise<QueryCommandOutput>;
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
   * `returned`: a rejected conditional write brings the item that it met. `read`: one strongly consistent read follows a
   * rejection, since the engine does not support that (dynalite), or the role may not ask for it (a guarded handler's).
   * @default 'returned'
   */
  readonly oldItemOnRefusal?: 'returned' | 'read' | undefined;
}

/** @param signal of a request: aborts when its time is over */
export function createTableAccess(options: TableOptions, signal?: AbortSignal): Table {
  const { client, tableName: TableName, oldItemOnRefusal = 'returned' } = options;
  // The overloads of `send` don't survive being wrapped; what is passed on is what came.
  const send = ((command: Parameters<typeof client.send>[0]) =>
    client.send(command, signal && { abortSignal: signal })) as DynamoDBClient['send'];

  const get: Table['get'] = async (Key) => {
    const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
    return (await orUnavailable(send(command))).Item;
  };

  const query: Table['query'] = (input) => orUnavailable(send(new QueryCommand({ TableName, ...input })));

  const oldItem: Table['oldItem'] = async (rejection, sessionId) =>
    rejection.oldItem ?? (oldItemOnRefusal === 'read' ? await get(keyOf(sessionId)) : undefined);

  return {
    name: TableName,
    send,
    get,
    query,
    oldItem,

    async write(sessionId, update) {
      const asked = oldItemOnRefusal === 'returned' ? 'ALL_OLD' : 'NONE';
      const command = { TableName, ...update, ReturnValuesOnConditionCheckFailure: asked } as const;
      const result = await tryConditional(send(new UpdateItemCommand(command)));
      // ALL_NEW: an update that was done brings the row. NONE: the caller knows it.
      if ('done' in result) return { item: result.done.Attributes ?? {} };
      const { rejected } = result;
      return { rejectedBy: await oldItem(rejected, sessionId), retried: rejected.retried };
    },
  };
}
