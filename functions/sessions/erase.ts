import type { EndedBy } from '../../core/lifecycle.ts';
import type { ErasedRow } from '../store/subject-store.ts';
import { pagesBySubject } from './list.ts';
import { recordRevocation, type SubjectContext } from './not-before.ts';
import { revokeEach } from './revoke.ts';
import { writeEach } from './write-each.ts';

/** Rows of sessions that one request erases. More take another request. */
const MAX_ERASED = 500;

/** The outcome of one request to erase a user. */
export interface Erasure {
  /** Rows of sessions that this request deleted. */
  readonly erased: number;
  /** Sessions among them that lived until then. */
  readonly revoked: number;
  /** At least as many rows are left: a repeat goes on. 0: none is. */
  readonly remaining: number;
}

/**
 * Ends what lives of a user's sessions, and deletes their rows, up to 500 in one request; with the last of them the record of
 * that end. The end of each is announced as ever, since it is written before the row is deleted. A row that can't be
 * understood is deleted as it is.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` when the rows can't be listed; what was erased stays so
 */
export async function eraseSubject(
  context: SubjectContext,
  subject: string,
  endedBy: EndedBy,
): Promise<Erasure> {
  await recordRevocation(context, subject, endedBy);
  const total = { erased: 0, revoked: 0, remaining: 0 };
  for await (const { sessions, unreadable, next } of pagesBySubject(context, subject)) {
    const active = sessions.filter(({ state }) => state === 'active');
    const { revoked } = await revokeEach(context, active, endedBy);
    const erased = await eraseEach(context, [
      ...sessions.map(({ sessionId }) => ({ subject, sessionId, onlyEnded: true })),
      ...unreadable.map(({ sessionId }) => ({ subject, sessionId, onlyEnded: false })),
    ]);
    total.revoked += revoked;
    total.erased += erased;
    total.remaining += sessions.length + unreadable.length - erased;
    if (next && total.erased + total.remaining >= MAX_ERASED)
      return { ...total, remaining: total.remaining + 1 };
  }
  if (total.remaining === 0) await context.store.forget(subject, context.now);
  return total;
}

/** @returns how many of the rows are gone: not one that still lives, nor one that the store failed to delete */
async function eraseEach({ store }: SubjectContext, rows: readonly ErasedRow[]): Promise<number> {
  const { results } = await writeEach(rows, (row) => store.eraseSession(row));
  return results.filter(Boolean).length;
}
