import type { StoreOptions } from '../session-store.ts';
import type { Store } from '../store.ts';
import { createBindingStore } from './binding.ts';
import { createDueIndex } from './due-index.ts';
import { createSessionStore } from './sessions.ts';
import { createSignInStore } from './sign-ins.ts';
import { createTableAccess, type TableOptions } from './table.ts';

export interface DynamoStoreOptions extends StoreOptions, TableOptions {}

/** Everything that Curfew stores, in one DynamoDB table. */
export function createDynamoStore(options: DynamoStoreOptions): Store {
  const table = createTableAccess(options);
  return {
    ...createSessionStore(table, options),
    ...createBindingStore(table),
    ...createDueIndex(table, options.dueShards),
    ...createSignInStore(table),
  };
}
