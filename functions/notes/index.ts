import { readGuardEnvironment } from '../environment.ts';
import { guardObserver } from '../guard/observe.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { createDynamoClient } from '../store/dynamodb/client.ts';
import { createNoteStore } from './dynamodb.ts';
import { createNotesHandler } from './handler.ts';

const environment = readGuardEnvironment();
const observers = createObservers();

export const handler = createNotesHandler({
  ...observers,
  store: createStore(environment),
  notes: createNoteStore(createDynamoClient(), environment.TABLE_NAME),
  siteUrl: environment.SITE_URL,
  observer: guardObserver(observers),
  now: () => Date.now(),
});
