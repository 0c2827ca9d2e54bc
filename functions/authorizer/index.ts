import { readGuardEnvironment, type StoreEnvironment } from '../environment.ts';
import { guardObserver } from '../guard/observe.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { GUARDED_STORE } from '../store/dynamodb/store.ts';
import { authorize } from './authorizer.ts';

const environment = readGuardEnvironment();
const observers = { ...createObservers(environment), now: () => Date.now() };
const options = {
  store: createStore(
    { ...environment, OLD_ITEM_ON_REFUSAL: GUARDED_STORE.oldItemOnRefusal } satisfies StoreEnvironment,
    observers,
  ),
  siteUrl: environment.SITE_URL,
  originSecrets: environment.ORIGIN_SECRET,
  now: observers.now,
  onEnded: environment.GUARD_ON_ENDED,
  observer: guardObserver(observers),
} as const;

export const handler = (event: Parameters<typeof authorize>[0]) => authorize(event, options);
