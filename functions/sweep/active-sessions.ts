import type { DueEntry, DueIndex } from '../store/due-index.ts';

export interface ActiveSessions {
  readonly count: number;
  /** Counted in one shard, and taken for the others: shards are filled evenly. */
  readonly isEstimate: boolean;
}

/**
 * How many sessions are active, by what the index holds: exact while every shard fits one page, which costs a request a
 * shard. Beyond that it counts one shard, another each time: to read the whole index of 10 million sessions each minute
 * would cost 137,000 read units.
 *
 * @param turn which shard to count where not all can be, a whole number that grows
 * @param hasTime false: no further page is read, and what was counted so far is an estimate from below
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function countActive(
  store: DueIndex,
  shards: number,
  turn: number,
  hasTime: () => boolean,
): Promise<ActiveSessions> {
  let count = 0;
  for (let shard = 0; shard < shards; shard += 1) {
    const page = await store.countDue(shard);
    if (page.next) {
      const inOne = await countShard(store, turn % shards, hasTime);
      return { count: inOne * shards, isEstimate: true };
    }
    count += page.count;
  }
  return { count, isEstimate: false };
}

async function countShard(store: DueIndex, shard: number, hasTime: () => boolean): Promise<number> {
  let count = 0;
  let after: DueEntry | undefined;
  do {
    const page = await store.countDue(shard, after);
    count += page.count;
    after = page.next;
  } while (after && hasTime());
  return count;
}
