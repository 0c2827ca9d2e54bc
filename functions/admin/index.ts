import { readStoreEnvironment } from '../environment.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { createAdminHandler } from './handler.ts';

const environment = readStoreEnvironment();
const observers = { ...createObservers(environment), now: () => Date.now() };

/** Invoked directly, with IAM: a principal that may invoke it may end sessions. It has no route. */
export const handler = createAdminHandler({
  ...observers,
  store: createStore(environment, observers),
});
