import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ClientPage, openClientPage } from '../../support/client-page.ts';

const MINUTE = 60_000;
let page: ClientPage;

beforeEach(async () => {
  page = await openClientPage('activity');
});
afterEach(() => page.close());

/** The newest activity that the other tabs know of, epoch ms of the server. */
const shared = () => JSON.parse(page.shared.get('activity')!).activityAt;

test.each([100, 999, 1_000, 1_001])(
  'input every %i ms is shared while it goes on, and never older than that and a second',
  async (every) => {
    for (let passed = 0; passed < 20_000; passed += every) {
      page.client.reportActivity();
      expect(page.now - shared()).toBeLessThan(1_000 + every);
      await page.pass(every);
    }
  },
);

test('what is shared is said once a second at most', async () => {
  const said = new Set<number>();
  for (let passed = 0; passed < 20_000; passed += 100) {
    page.client.reportActivity();
    said.add(shared());
    await page.pass(100);
  }
  expect(said.size).toBe(20);
});

test('input without a pause is pulsed all the time: an outage of five seconds warns nobody', async () => {
  const began = page.now;
  let isOut = false;
  page.answer = (request) => (isOut ? new Response(null, { status: 503 }) : page.serve(request));
  for (let passed = 0; passed < 60 * MINUTE; passed += 500) {
    page.client.reportActivity();
    await page.pass(500);
    isOut = (page.now - began) % (4 * MINUTE) < 5_000;
    expect(page.client.getSnapshot().status).toBe('active');
    // One pulse may be lost: two intervals of a minute, and what jitter and back-off add.
    expect(page.now - page.session.lastActivityAt).toBeLessThan(150_000);
  }
  expect(page.touches()).toBeGreaterThanOrEqual(50);
});

test('while a warning shows, input costs nothing: nothing is read, said or counted', async () => {
  await page.pass(13.5 * MINUTE);
  expect(page.client.getSnapshot().status).toBe('warning');
  let reads = 0;
  const { get } = page.shared;
  page.shared.get = (key) => {
    reads += 1;
    return get.call(page.shared, key);
  };
  for (let move = 0; move < 100; move += 1) page.client.reportActivity();
  expect(reads).toBe(0);
  expect(page.touches()).toBe(0);
});
