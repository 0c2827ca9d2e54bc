import type { BindingStore } from '../binding-store.ts';
import { sameHash } from '../hash.ts';
import type { OwnedWrite, StoredSession } from '../stored-session.ts';
import { bindUpdate, confirmBindingUpdate, type Update } from './expressions.ts';
import { isSession, toStored } from './item.ts';
import type { Table } from './table.ts';

/** The binding of sessions to a run of their browser, in the sessions' own rows. */
export function createBindingStore(table: Table): BindingStore {
  /** The row after the write, whether or not the write was done: the caller reads the binding from it. */
  async function write(
    { sessionId, secretHash }: OwnedWrite,
    update: Update,
  ): Promise<StoredSession | undefined> {
    const written = await table.write(sessionId, update);
    const item = 'item' in written ? written.item : written.rejectedBy;
    const stored = item && isSession(item) ? toStored(item) : undefined;
    return stored && sameHash(stored.secretHash, secretHash) ? stored : undefined;
  }

  return {
    bind: (binding) => write(binding, bindUpdate(binding)),
    confirmBinding: (binding) => write(binding, confirmBindingUpdate(binding)),
  };
}
