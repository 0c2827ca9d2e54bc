import type { DueIndex } from '../due-index.ts';
import type { StoreOptions } from '../session-store.ts';
import type { Store } from '../store.ts';
import { createBindingStore } from './binding.ts';
import { createDueIndex } from './due-index.ts';
import { createSessionStore } from './sessions.ts';
import { createSignInStore } from './sign-ins.ts';
import { createSubjectStore } from './subjects.ts';
import { createTableAccess, type TableOptions } from './table.ts';

export interface DynamoStoreOptions extends StoreOptions, TableOptions {}

/**
 * What differs in the store of a guard. Its role may not write all attributes of a row, and nobody has shown on AWS whether
 * such a role may ask for the row that rejected a write, so it reads that row instead: once a race, and not once a request.
 */
export const GUARDED_STORE = { oldItemOnRefusal: 'read' } as const satisfies Partial<TableOptions>;

/** Everything that Curfew stores, in one DynamoDB table. */
export function createDynamoStore(options: DynamoStoreOptions): Store {
  /** Defined once the number of shards that sessions are spread over here is on record. */
  let recorded: Promise<unknown> | undefined;

  /** Before the first session is put into a shard, so that the sweep visits that shard after any roll-back. */
  async function recordShards(dueIndex: DueIndex): Promise<void> {
    recorded ??= dueIndex.dueShards();
    await recorded.catch((error: unknown) => {
      recorded = undefined;
      throw error;
    });
  }

  function storeWithin(signal?: AbortSignal): Store {
    const table = createTableAccess(options, signal);
    const sessions = createSessionStore(table, options);
    const dueIndex = createDueIndex(table, options.dueShards);
    return {
      ...sessions,
      ...createBindingStore(table),
      ...dueIndex,
      ...createSignInStore(table),
      ...createSubjectStore(table),
      async create(session, secretHash) {
        await recordShards(dueIndex);
        await sessions.create(session, secretHash);
      },
      // A store made here is all that there is to `this`.
      within: storeWithin as Store['within'],
    };
  }
  return storeWithin();
}
