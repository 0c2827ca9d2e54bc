import { setTimeout as wait } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Session } from '../../core/lifecycle.ts';
import { answered, conditional, unavailable } from './client.ts';
import { keyOf, n, type SessionItem, s, sessionIdOf, toSession } from './item.ts';
import type { DueEntry, SessionStore, StoreOptions } from './store.ts';
import { DUE_INDEX, SUBJECT_INDEX } from './table.ts';

/** DynamoDB's own limit for one BatchGetItem. */
const BATCH_SIZE = 100;
/** What a batch leaves undone is asked for again after 50, 100, 200 … ms, 3.1 s in all. */
const BATCH_ATTEMPTS = 6;
const META_KEY = { pk: s('meta#due') };

type Queries = Pick<SessionStore, 'listBySubject' | 'readMany' | 'due' | 'countDue' | 'dueShards'>;

/** The parts of the store that look for sessions by something other than their id. */
export function createQueries(client: DynamoDBClient, TableName: string, options: StoreOptions): Queries {
  const query = (input: Omit<QueryCommandInput, 'TableName'>): Promise<QueryCommandOutput> =>
    answered(client.send(new QueryCommand({ TableName, ...input })));

  async function* pages(input: Omit<QueryCommandInput, 'TableName'>) {
    let ExclusiveStartKey: SessionItem | undefined;
    do {
      const page = await query({ ...input, ExclusiveStartKey });
      yield page;
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }

  async function readMany(sessionIds: readonly string[]): Promise<Session[]> {
    const distinct = [...new Set(sessionIds)];
    const found: Session[] = [];
    for (let from = 0; from < distinct.length; from += BATCH_SIZE) {
      const items = await readBatch(client, TableName, distinct.slice(from, from + BATCH_SIZE).map(keyOf));
      found.push(...items.map(toSession));
    }
    return found;
  }

  async function shardsEver(): Promise<number> {
    const command = new GetItemCommand({ TableName, Key: META_KEY, ConsistentRead: true });
    return Number((await answered(client.send(command))).Item?.shards?.N ?? 0);
  }

  return {
    readMany,

    async listBySubject(subject) {
      const ids: string[] = [];
      const input = {
        IndexName: SUBJECT_INDEX,
        KeyConditionExpression: '#subject = :subject',
        ExpressionAttributeNames: { '#subject': 'subject' },
        ExpressionAttributeValues: { ':subject': s(subject) },
      };
      for await (const { Items = [] } of pages(input)) ids.push(...Items.map((item) => sessionIdOf(item)!));
      const sessions = await readMany(ids);
      return sessions.sort((a, b) => b.createdAt - a.createdAt);
    },

    async due({ shard, until, limit, after }) {
      const page = await query({
        ...inShard(shard, until),
        Limit: limit,
        ExclusiveStartKey: after && {
          ...keyOf(after.sessionId),
          dueShard: s(String(shard)),
          dueAt: n(after.dueAt),
        },
      });
      return {
        entries: page.Items!.map(toDueEntry),
        next: page.LastEvaluatedKey && toDueEntry(page.LastEvaluatedKey),
      };
    },

    async countDue(shard) {
      let count = 0;
      const input = { ...inShard(shard, Number.MAX_SAFE_INTEGER), Select: 'COUNT' as const };
      for await (const { Count = 0 } of pages(input)) count += Count;
      return count;
    },

    async dueShards() {
      const ever = await shardsEver();
      if (ever >= options.dueShards) return ever;
      const grow = new UpdateItemCommand({
        TableName,
        Key: META_KEY,
        UpdateExpression: 'SET shards = :shards',
        ConditionExpression: 'attribute_not_exists(shards) OR shards < :shards',
        ExpressionAttributeValues: { ':shards': n(options.dueShards) },
      });
      return 'done' in (await conditional(client.send(grow))) ? options.dueShards : shardsEver();
    },
  };
}

function inShard(shard: number, until: number) {
  return {
    IndexName: DUE_INDEX,
    KeyConditionExpression: 'dueShard = :shard AND dueAt <= :until',
    ExpressionAttributeValues: { ':shard': s(String(shard)), ':until': n(until) },
  };
}

function toDueEntry(item: SessionItem): DueEntry {
  return { sessionId: sessionIdOf(item)!, dueAt: Number(item.dueAt!.N) };
}

/** Strongly consistent; DynamoDB may leave some undone when it is short of capacity. */
async function readBatch(
  client: DynamoDBClient,
  tableName: string,
  keys: Record<string, AttributeValue>[],
): Promise<SessionItem[]> {
  const found: SessionItem[] = [];
  let Keys = keys;
  for (let attempt = 0; attempt < BATCH_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await wait(25 * 2 ** attempt);
    const RequestItems = { [tableName]: { Keys, ConsistentRead: true } };
    const batch = await answered(client.send(new BatchGetItemCommand({ RequestItems })));
    found.push(...(batch.Responses?.[tableName] ?? []));
    Keys = batch.UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (Keys.length === 0) return found;
  }
  throw unavailable(new Error(`${Keys.length} keys of a batch were left unread ${BATCH_ATTEMPTS} times`));
}
