import { setTimeout as wait } from 'node:timers/promises';
import { readSweepEnvironment } from '../environment.ts';
import { createObservers, createStore } from '../http/compose.ts';
import { createSweepHandler } from './handler.ts';

const environment = readSweepEnvironment();
const observers = { ...createObservers(environment), now: () => Date.now() };

export const handler = createSweepHandler({
  ...observers,
  // No user waits for the sweep, and reading a page of 100 sessions takes longer than reading one.
  store: createStore(environment, observers, { requestTimeoutMs: 2_500 }),
  wait,
  everyMs: environment.SWEEP_EVERY_MS,
  concurrency: environment.SWEEP_CONCURRENCY,
});
