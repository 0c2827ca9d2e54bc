import { readStoreEnvironment } from '../environment.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { createAdminHandler } from './handler.ts';

/** Invoked directly, with IAM: a principal that may invoke it may end sessions. It has no route. */
export const handler = createAdminHandler({
  ...createObservers(),
  store: createStore(readStoreEnvironment()),
  now: () => Date.now(),
});
