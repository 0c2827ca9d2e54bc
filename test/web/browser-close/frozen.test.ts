import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { watchFrozen } from '../../../web/browser-close/frozen.ts';

const CHANNEL = 'frozen-test';
const LOOK_AGAIN_MS = 5_000;

/** What the browser says of its locks, in turn; the last answer stays. */
let answers: { readonly held: readonly { readonly name: string }[] }[];
let locksHeld: number;
let page: EventTarget;
let stopper: AbortController;
let other: BroadcastChannel;

const FROZEN = { held: [{ name: `${CHANNEL}-frozen` }] };
const NONE = { held: [{ name: 'of-something-else' }] };

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  answers = [NONE];
  locksHeld = 0;
  page = Object.assign(new EventTarget(), { onfreeze: null });
  stopper = new AbortController();
  other = new BroadcastChannel(`${CHANNEL}-frozen`);
  const locks = {
    query: async () => (answers.length > 1 ? answers.shift() : answers[0]),
    async request(_name: string, _options: unknown, work: () => Promise<unknown>) {
      locksHeld += 1;
      await work();
      locksHeld -= 1;
    },
  };
  Object.assign(globalThis, { document: page });
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { locks } });
});

afterEach(() => {
  stopper.abort();
  other.close();
  for (const name of ['document', 'navigator']) Reflect.deleteProperty(globalThis, name);
  jest.useRealTimers();
});

/** Messages and answers arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

test('there is no frozen page while no lock of that name is held', async () => {
  const frozen = watchFrozen(CHANNEL, stopper.signal);
  await settle();
  expect(frozen.sibling()).toBe(false);
});

test('a page that was frozen before this one began is known by its lock', async () => {
  answers = [FROZEN];
  const frozen = watchFrozen(CHANNEL, stopper.signal);
  await settle();
  expect(frozen.sibling()).toBe(true);
});

test('a page that freezes is believed at once: its lock may be granted later than its message comes', async () => {
  const frozen = watchFrozen(CHANNEL, stopper.signal);
  await settle();
  other.postMessage('frozen');
  await settle();
  expect(frozen.sibling()).toBe(true);
});

test('an answer that was asked for before that message does not overrule it', async () => {
  let answer: (value: typeof NONE) => void = () => {};
  const late = new Promise<typeof NONE>((resolve) => {
    answer = resolve;
  });
  Object.assign(navigator.locks, { query: () => late });
  const frozen = watchFrozen(CHANNEL, stopper.signal);
  other.postMessage('frozen');
  await settle();
  answer(NONE);
  await settle();
  expect(frozen.sibling()).toBe(true);
});

test('5 s after it the page looks whether the lock is held, and again every 5 s while it is', async () => {
  const frozen = watchFrozen(CHANNEL, stopper.signal);
  await settle();
  answers = [FROZEN, NONE];
  other.postMessage('frozen');
  await settle();
  jest.advanceTimersByTime(LOOK_AGAIN_MS);
  await settle();
  expect(frozen.sibling()).toBe(true);
  jest.advanceTimersByTime(LOOK_AGAIN_MS - 1);
  await settle();
  expect(frozen.sibling()).toBe(true);
  jest.advanceTimersByTime(1);
  await settle();
  expect(frozen.sibling()).toBe(false);
});

test('a page holds a lock from when it freezes until it resumes, and tells the others', async () => {
  const told: unknown[] = [];
  other.addEventListener('message', ({ data }) => told.push(data));
  watchFrozen(CHANNEL, stopper.signal);
  expect(locksHeld).toBe(0);
  page.dispatchEvent(new Event('freeze'));
  await settle();
  expect(locksHeld).toBe(1);
  expect(told).toEqual(['frozen']);
  page.dispatchEvent(new Event('resume'));
  await settle();
  expect(locksHeld).toBe(0);
});

test('a browser that freezes no pages has no frozen page', async () => {
  answers = [FROZEN];
  Object.assign(globalThis, { document: new EventTarget() });
  const frozen = watchFrozen(CHANNEL, stopper.signal);
  await settle();
  expect(frozen.sibling()).toBe(false);
});
