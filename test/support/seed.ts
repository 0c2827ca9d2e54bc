import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Session } from '../../core/lifecycle.ts';
import { createPool } from '../../functions/pool.ts';
import { toItem } from '../../functions/store/dynamodb/item.ts';
import type { Engine } from './engines.ts';
import { hashOf } from './sessions.ts';

/** The hash that every seeded session's secret has. */
export const SEEDED = hashOf('seeded');

/** Writes many sessions at once, 25 a request. */
export async function seed(
  engine: Engine,
  tableName: string,
  sessions: readonly Session[],
  dueShards: number,
  retentionMs = 86_400_000,
): Promise<void> {
  const pool = createPool(8);
  const requests = [];
  for (let from = 0; from < sessions.length; from += 25) {
    const rows = sessions.slice(from, from + 25).map((session) => ({
      PutRequest: {
        Item: toItem({ session, secretHash: SEEDED }, { retentionMs, dueShards }),
      },
    }));
    requests.push(
      pool(() => engine.client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: rows } }))),
    );
  }
  await Promise.all(requests);
}
