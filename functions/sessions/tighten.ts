import { type Limits, tighten } from '../../core/lifecycle.ts';
import type { DueEntry, DueIndex } from '../store/due-index.ts';
import type { SessionStore } from '../store/session-store.ts';
import { writeEach } from './write-each.ts';

/** The outcome of tightening several sessions. */
export interface Tightening {
  /** Sessions that have narrower limits by this request: a repeat changes none of them. */
  readonly tightened: number;
  /** Sessions that something else changed meanwhile, that could not be read, or that the store failed on: a repeat tightens them. */
  readonly failed: number;
}

/**
 * Gives sessions under way narrower limits. They were found in the index `due`: one that has ended since, or has no row any
 * more, is none.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` when they can't be read
 */
export async function tightenEach(
  store: SessionStore & DueIndex,
  entries: readonly DueEntry[],
  limits: Limits,
): Promise<Tightening> {
  const { sessions, unreadable } = await store.readMany(entries.map(({ sessionId }) => sessionId));
  const dueAt = new Map(entries.map((entry) => [entry.sessionId, entry.dueAt]));
  const writes = sessions.flatMap((seen) => {
    const tightened = seen.state === 'active' ? tighten(seen, limits) : null;
    const seenDueAt = dueAt.get(seen.sessionId);
    return tightened && seenDueAt !== undefined ? [{ seen, seenDueAt, tightened }] : [];
  });
  const { results, failed } = await writeEach(writes, (write) => store.tighten(write));
  const tightened = results.filter(Boolean).length;
  return { tightened, failed: failed + (results.length - tightened) + unreadable.length };
}
