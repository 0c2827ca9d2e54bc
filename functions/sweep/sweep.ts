import { deadline, evaluate, type Session } from '../../core/lifecycle.ts';
import { createPool } from '../pool.ts';
import { endExpired } from '../sessions/end.ts';
import type { DueEntry, DueIndex } from '../store/due-index.ts';
import type { SessionStore } from '../store/session-store.ts';

export interface SweepOptions {
  readonly store: SessionStore & DueIndex;
  /** Epoch ms. */
  readonly now: () => number;
  /** Sessions written at once, and shards read at once. 1 or more. */
  readonly concurrency: number;
  /** Sessions per page, 1 … 100: one BatchGetItem reads them. @default 100 */
  readonly pageSize?: number | undefined;
  /** False: time is nearly up, so no further page is begun. What is left is due the next time. */
  readonly hasTime: () => boolean;
  readonly onFailure: (failure: SweepFailure) => void;
}

export interface SweepFailure {
  /** Undefined: not even the number of shards could be read. */
  readonly shard?: number | undefined;
  /** Undefined: the rest of the shard could not be read. */
  readonly sessionId?: string | undefined;
  readonly cause: unknown;
}

/** The result of one sweep over all shards. */
export interface SweepReport {
  /** 0: their number could not be read, so nothing was swept. There is at least one. */
  readonly shards: number;
  /** Sessions that were due. */
  readonly due: number;
  /** Ended by this sweep. */
  readonly ended: number;
  /** Found live, and made due at their present deadline. */
  readonly rearmed: number;
  /** How long the longest due session had waited when the sweep began, ms; 0 when none was due. Of readable rows. */
  readonly backlogMs: number;
  /** The largest endedAt − deadline of the sessions that it ended, ms. */
  readonly latenessMs: number;
  /** Sessions that could neither be ended nor re-armed. They stay due. */
  readonly failures: number;
  /**
   * Entries of the index that no session stands behind: TTL has removed the row, and the index lags, or the row has no
   * owner and is no session. The latter stay, and are counted by each sweep.
   */
  readonly strays: number;
  /** Shards that could not be read to their end. */
  readonly unreadShards: number;
  /** Every shard was read to its end. */
  readonly complete: boolean;
}

type Fail = (sessionId: string, cause: unknown) => void;

/**
 * Ends the sessions whose deadline has passed, and makes those that lived on due at their next one: shard by
 * shard, earliest first, page by page. It stores no position: whatever it leaves, because it ran out of time, failed
 * or was killed, is still due, and the earliest come first again.
 *
 * Sessions are read before they are written, since a condition that fails would cost as much as a write.
 *
 * It never throws: what fails is told to `onFailure`, and is in the report.
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { store, now: clock, concurrency, pageSize = 100, hasTime, onFailure } = options;
  const startedAt = clock();
  store.removeOld?.(startedAt);
  const known = await store.dueShards().catch((cause: unknown) => {
    onFailure({ cause });
    return 0;
  });
  const report = emptyReport(known);
  const write = createPool(concurrency);

  async function sweepShard(shard: number): Promise<void> {
    let after: DueEntry | undefined;
    try {
      do {
        if (!hasTime()) {
          report.complete = false;
          return;
        }
        const page = await store.due({ shard, until: startedAt, limit: pageSize, after });
        await sweepPage(shard, page.entries);
        after = page.next;
      } while (after);
    } catch (cause) {
      report.complete = false;
      report.unreadShards += 1;
      onFailure({ shard, cause });
    }
  }

  async function sweepPage(shard: number, entries: readonly DueEntry[]): Promise<void> {
    if (entries.length === 0) return;
    report.due += entries.length;
    const fail: Fail = (sessionId, cause) => {
      report.failures += 1;
      onFailure({ shard, sessionId, cause });
    };
    const read = await store.readMany(entries.map(({ sessionId }) => sessionId));
    const sessions = new Map(read.sessions.map((session) => [session.sessionId, session]));
    // A row that can't be understood stays due until somebody mends it: it must not hide the backlog of the others.
    for (const { sessionId, cause } of read.unreadable) fail(sessionId, cause);
    report.strays += entries.length - sessions.size - read.unreadable.length;
    const earliest = entries.find(({ sessionId }) => sessions.has(sessionId));
    if (earliest) report.backlogMs = Math.max(report.backlogMs, startedAt - earliest.dueAt);
    await Promise.all(
      entries.map(({ sessionId, dueAt }) => {
        const session = sessions.get(sessionId);
        // Undefined: TTL removed the row, and the index, which lags, will follow.
        return session && write(() => endOrRearm(session, dueAt)).catch((e) => fail(sessionId, e));
      }),
    );
  }

  /** Ends a session that has expired, re-arms a live one. One that has ended leaves the index, which lags, by itself. */
  async function endOrRearm(session: Session, dueAt: number): Promise<void> {
    const now = clock();
    const evaluation = evaluate(session, now);
    if (evaluation.state === 'live') {
      if (await store.rearm(session.sessionId, dueAt, deadline(session).at)) report.rearmed += 1;
    } else if (evaluation.state === 'expired') {
      // A session that a touch overtook between read and write stays due: the next sweep evaluates it again.
      const { endedHere } = await endExpired({ store, now }, session, evaluation);
      if (!endedHere) return;
      report.ended += 1;
      report.latenessMs = Math.max(report.latenessMs, now - evaluation.deadlineAt);
    }
  }

  const shardsAtOnce = createPool(concurrency);
  const shards = Array.from({ length: report.shards }, (_, shard) => shardsAtOnce(() => sweepShard(shard)));
  await Promise.all(shards);
  return report;
}

function emptyReport(shards: number): { -readonly [K in keyof SweepReport]: SweepReport[K] } {
  return {
    shards,
    due: 0,
    ended: 0,
    rearmed: 0,
    backlogMs: 0,
    latenessMs: 0,
    failures: 0,
    strays: 0,
    unreadShards: 0,
    complete: shards > 0,
  };
}
