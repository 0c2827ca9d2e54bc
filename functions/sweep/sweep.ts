import { isSessionError } from '../../core/errors.ts';
import { deadline, evaluate, type Session } from '../../core/lifecycle.ts';
import { endIfExpired } from '../sessions/end.ts';
import type { DueEntry, DueIndex } from '../store/due-index.ts';
import type { SessionStore } from '../store/session-store.ts';
import { createPool, type Pool } from './pool.ts';

export interface SweepOptions {
  readonly store: SessionStore & DueIndex;
  /** Epoch ms. */
  readonly now: () => number;
  /** Requests under way at once, and the bound of shards read at once. 1 or more. */
  readonly concurrency: number;
  /** Sessions a page, 1 … 100: one BatchGetItem reads them. @default 100 */
  readonly pageSize?: number | undefined;
  /** False: time is nearly up, begin no further page. What is left is due the next time. */
  readonly hasTime: () => boolean;
  readonly onFailure: (failure: SweepFailure) => void;
}

export interface SweepFailure {
  readonly shard: number;
  /** Undefined: the shard could not be read on. */
  readonly sessionId?: string | undefined;
  readonly cause: unknown;
}

/** What one sweep over all shards came to. */
export interface SweepReport {
  readonly shards: number;
  /** Sessions that were due. */
  readonly due: number;
  /** Ended by this sweep. */
  readonly ended: number;
  /** Found live, and made due at their present deadline. */
  readonly rearmed: number;
  /** How long the longest due session had waited when the sweep began, ms; 0 when none was. */
  readonly backlogMs: number;
  /** The largest endedAt − deadline of what it ended, ms. */
  readonly latenessMs: number;
  /** Sessions that could neither be ended nor moved on. They stay due. */
  readonly failures: number;
  /** Shards that could not be read on. */
  readonly unreadShards: number;
  /** Every shard was read to its end. */
  readonly complete: boolean;
}

interface Tally {
  due: number;
  ended: number;
  rearmed: number;
  oldestDueAt: number;
  latenessMs: number;
  failures: number;
  unreadShards: number;
  complete: boolean;
}

/**
 * Ends the sessions whose deadline has passed, and makes those that lived on due at their next one: shard by
 * shard, earliest first, page by page. It keeps no note of how far it came: whatever it leaves, by running out
 * of time, by failing or by being killed, is still due, and the earliest come first again.
 *
 * Sessions are read before they are written, since a condition that fails would cost as much as a write.
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { store, now, concurrency } = options;
  const startedAt = now();
  const shards = await store.dueShards();
  const tally: Tally = {
    due: 0,
    ended: 0,
    rearmed: 0,
    oldestDueAt: startedAt,
    latenessMs: 0,
    failures: 0,
    unreadShards: 0,
    complete: true,
  };
  const writes = createPool(concurrency);
  const shardsAtOnce = createPool(concurrency);
  await Promise.all(
    Array.from({ length: shards }, (_, shard) =>
      shardsAtOnce(() => sweepShard(options, writes, shard, startedAt, tally)),
    ),
  );
  const { oldestDueAt, ...report } = tally;
  return { ...report, shards, backlogMs: startedAt - oldestDueAt };
}

async function sweepShard(
  options: SweepOptions,
  writes: Pool,
  shard: number,
  until: number,
  tally: Tally,
): Promise<void> {
  const { store, hasTime, onFailure, pageSize = 100 } = options;
  let after: DueEntry | undefined;
  try {
    do {
      if (!hasTime()) {
        tally.complete = false;
        return;
      }
      const page = await store.due({ shard, until, limit: pageSize, after });
      await sweepPage(options, writes, shard, page.entries, tally);
      after = page.next;
    } while (after);
  } catch (cause) {
    tally.complete = false;
    tally.unreadShards += 1;
    onFailure({ shard, cause });
  }
}

async function sweepPage(
  options: SweepOptions,
  writes: Pool,
  shard: number,
  entries: readonly DueEntry[],
  tally: Tally,
): Promise<void> {
  const [first] = entries;
  if (!first) return;
  tally.due += entries.length;
  tally.oldestDueAt = Math.min(tally.oldestDueAt, first.dueAt);
  const fail = (sessionId: string, cause: unknown) => {
    tally.failures += 1;
    options.onFailure({ shard, sessionId, cause });
  };
  const sessions = await readEach(options.store, entries, fail);
  await Promise.all(
    entries.map(({ sessionId, dueAt }) => {
      const session = sessions.get(sessionId);
      // None: TTL took it, and the index, which lags, will follow.
      return session && writes(() => settle(options, session, dueAt, tally)).catch((e) => fail(sessionId, e));
    }),
  );
}

/** The due sessions by id. A row that can't be understood must not keep those behind it from ending. */
async function readEach(
  store: SessionStore,
  entries: readonly DueEntry[],
  fail: (sessionId: string, cause: unknown) => void,
): Promise<Map<string, Session>> {
  const ids = entries.map(({ sessionId }) => sessionId);
  const found = await store.readMany(ids).catch((cause) => {
    if (!isSessionError(cause) || cause.code !== 'ERR_INTERNAL') throw cause;
    return readSingly(store, ids, fail);
  });
  return new Map(found.map((session) => [session.sessionId, session]));
}

async function readSingly(
  store: SessionStore,
  ids: readonly string[],
  fail: (sessionId: string, cause: unknown) => void,
): Promise<Session[]> {
  const found: Session[] = [];
  for (const sessionId of ids) {
    found.push(
      ...(await store.readMany([sessionId]).catch((cause) => {
        fail(sessionId, cause);
        return [];
      })),
    );
  }
  return found;
}

/** Ends it if it is over, makes it due later if it lives. Ended already: the index, which lags, will follow. */
async function settle(
  { store, now: clock }: SweepOptions,
  session: Session,
  dueAt: number,
  tally: Tally,
): Promise<void> {
  const now = clock();
  const judged = evaluate(session, now);
  if (judged.state === 'live') {
    if (await store.rearm(session.sessionId, dueAt, deadline(session).at)) tally.rearmed += 1;
  } else if (judged.state === 'expired') {
    // One that a touch overtook between read and write stays due, and is looked at again the next time.
    const { endedHere } = await endIfExpired({ store, now }, session);
    if (!endedHere) return;
    tally.ended += 1;
    tally.latenessMs = Math.max(tally.latenessMs, now - judged.deadlineAt);
  }
}
