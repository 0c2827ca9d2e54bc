import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DUE_SHARDS_KEY, INDEXES } from '../../../core/contract.ts';
import type { DueEntry, DueIndex } from '../due-index.ts';
import { tryConditional } from './client.ts';
import { rearmUpdate, tightenUpdate, type Update } from './expressions.ts';
import { keyOf, number, numberIn, type SessionItem, sessionIdIn, text } from './item.ts';
import type { Table } from './table.ts';

/** Holds the largest number of shards ever configured. */
const META_KEY = { pk: text(DUE_SHARDS_KEY) };

/** The index `due`: sparse, since only active sessions carry its keys. */
export function createDueIndex(table: Table, configuredShards: number): DueIndex {
  async function shardsEver(): Promise<number> {
    return Number((await table.get(META_KEY))?.shards?.N ?? 0);
  }

  /** False: the row is not as it was seen. */
  async function write(update: Update): Promise<boolean> {
    const command = new UpdateItemCommand({
      TableName: table.name,
      ...update,
      ReturnValues: 'NONE',
      ReturnValuesOnConditionCheckFailure: 'NONE',
    });
    return 'done' in (await tryConditional(table.send(command)));
  }

  return {
    async due({ shard, until, limit, after }) {
      const page = await table.query({
        ...inShard(shard, until),
        Limit: limit,
        ExclusiveStartKey: startKey(shard, after),
      });
      return {
        entries: (page.Items ?? []).map(toDueEntry),
        next: page.LastEvaluatedKey && toDueEntry(page.LastEvaluatedKey),
      };
    },

    async countDue(shard, after) {
      const page = await table.query({
        ...inShard(shard, Number.MAX_SAFE_INTEGER),
        Select: 'COUNT',
        ExclusiveStartKey: startKey(shard, after),
      });
      return { count: page.Count ?? 0, next: page.LastEvaluatedKey && toDueEntry(page.LastEvaluatedKey) };
    },

    rearm: (sessionId, seenDueAt, newDueAt) => write(rearmUpdate(sessionId, seenDueAt, newDueAt)),

    tighten: (change) => write(tightenUpdate(change)),

    async dueShards() {
      const ever = await shardsEver();
      if (ever >= configuredShards) return ever;
      const grow = new UpdateItemCommand({
        TableName: table.name,
        Key: META_KEY,
        UpdateExpression: 'SET shards = :shards',
        ConditionExpression: 'attribute_not_exists(shards) OR shards < :shards',
        ExpressionAttributeValues: { ':shards': number(configuredShards) },
      });
      return 'done' in (await tryConditional(table.send(grow))) ? configuredShards : shardsEver();
    },
  };
}

function inShard(shard: number, until: number) {
  return {
    IndexName: INDEXES.due,
    KeyConditionExpression: 'dueShard = :shard AND dueAt <= :until',
    ExpressionAttributeValues: { ':shard': text(String(shard)), ':until': number(until) },
  };
}

function startKey(shard: number, after: DueEntry | undefined): SessionItem | undefined {
  return (
    after && {
      ...keyOf(after.sessionId),
      dueShard: text(String(shard)),
      dueAt: number(after.dueAt),
    }
  );
}

/** @throws SessionError `ERR_INTERNAL` for an entry without its keys, which the index can't hold */
function toDueEntry(item: SessionItem): DueEntry {
  return { sessionId: sessionIdIn(item), dueAt: numberIn(item, 'dueAt') };
}
