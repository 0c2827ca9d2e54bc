import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ClientPage, openClientPage, type Sent, START, turns } from '../../support/client-page.ts';

const SECOND = 1_000;
/** A short warning: 20 s of 60. */
const POLICY = {
  idleTimeoutMs: 60 * SECOND,
  warnBeforeMs: 20 * SECOND,
  allowShortWarning: true,
  allowShortAbsoluteTimeout: true,
};
let page: ClientPage;

beforeEach(async () => {
  page = await openClientPage('slow', { policy: POLICY });
});
afterEach(() => page.close());

/** From now on touches are answered when `answer` is called, as the server answered them when they came. */
function slowTouches() {
  const waiting: (() => void)[] = [];
  page.answer = (request) => {
    const served = page.serve(request);
    if (request.path !== '/session/touch') return served;
    return new Promise((resolve, reject) => {
      waiting.push(() => resolve(served));
      request.signal.addEventListener('abort', () => reject(request.signal.reason));
    });
  };
  return { answer: () => waiting.splice(0).map((answer) => answer()), waiting };
}
const paths = (requests: readonly Sent[]) => requests.map(({ path }) => path);
const status = () => page.client.getSnapshot().status;

describe('an extension whose answer is slow', () => {
  test.each([9_999, 10_000, 10_001, 18_000])('after %i ms counts when it comes', async (ms) => {
    const { answer } = slowTouches();
    await page.pass(40.5 * SECOND);
    expect(status()).toBe('warning');
    const extended = page.client.extend();
    await page.pass(ms);
    answer();
    expect(await extended).toBe(true);
    expect(page.client.getSnapshot()).toMatchObject({ status: 'active', connection: 'online' });
    await page.pass(2 * SECOND);
    expect(page.touches()).toBe(1);
  });

  test('counts as soon as anything says so, and is not asked for again', async () => {
    const { answer } = slowTouches();
    await page.pass(45 * SECOND);
    const extended = page.client.extend();
    await page.pass(9_999);
    expect(page.client.getSnapshot()).toMatchObject({ status: 'warning', connection: 'online' });
    // From then on it is as if offline, and the server is asked how things stand: it has extended.
    await page.pass(2 * SECOND);
    expect(status()).toBe('active');
    expect(paths(page.requests.slice(-2))).toEqual(['/session/touch', '/session']);
    await page.pass(5 * SECOND);
    expect(page.touches()).toBe(1);
    answer();
    expect(await extended).toBe(true);
  });

  test('whose answer and whose check are slow shows as offline, and ends nothing', async () => {
    const { answer } = slowTouches();
    await page.pass(45 * SECOND);
    const { answer: server } = page;
    page.answer = (request) => (request.path === '/session' ? new Promise(() => {}) : server(request));
    const extended = page.client.extend();
    await page.pass(16 * SECOND);
    expect(page.client.getSnapshot()).toMatchObject({
      status: 'warning',
      connection: 'offline',
      remainingSeconds: 0,
    });
    answer();
    expect(await extended).toBe(true);
    expect(status()).toBe('active');
    expect(page.touches()).toBe(1);
  });

  test('is not taken back by a check that the server has read before it, and answered after it', async () => {
    await page.pass(45 * SECOND);
    let touch = () => {};
    page.answer = (request) => {
      if (request.path === '/session/touch')
        return new Promise((resolve) => {
          touch = () => resolve(page.serve(request));
        });
      const read = page.serve(request);
      touch();
      return turns().then(() => read);
    };
    const extended = page.client.extend();
    await page.pass(12 * SECOND);
    expect(await extended).toBe(true);
    expect(page.client.getSnapshot()).toMatchObject({ status: 'active', connection: 'online' });
    expect(page.touches()).toBe(1);
  });

  test('and was lost on its way is asked for once more, when the server says that it has not extended', async () => {
    await page.pass(45 * SECOND);
    let lost = 1;
    page.answer = (request) =>
      request.path === '/session/touch' && lost-- > 0 ? new Promise(() => {}) : page.serve(request);
    void page.client.extend();
    await page.pass(12.5 * SECOND);
    expect(status()).toBe('active');
    expect(page.touches()).toBe(2);
  });
});

describe('a slow pulse', () => {
  test('is not sent a second time by this page', async () => {
    const { answer } = slowTouches();
    await page.pass(SECOND);
    page.client.reportActivity();
    await page.pass(18 * SECOND);
    expect(page.touches()).toBe(1);
    await page.pass(11 * SECOND);
    answer();
    await turns();
    expect(page.touches()).toBe(1);
    expect(page.client.getSnapshot()).toMatchObject({ status: 'active', connection: 'online' });
  });

  test('leaves no timer once it is answered, nor does a page that is stopped', async () => {
    const { answer } = slowTouches();
    await page.pass(SECOND);
    page.client.reportActivity();
    await page.pass(18 * SECOND);
    expect(page.touches()).toBe(1);
    answer();
    await turns();
    expect(page.timers()).toBe(1);
    page.client.stop();
    expect(page.timers()).toBe(0);
  });
});

describe('an outage that ends within a short warning', () => {
  test.each([15, 10, 5, 2])(
    '%i s before the end still lets the user stay, who has chosen to',
    async (left) => {
      await page.pass(1);
      page.client.reportActivity();
      await page.pass(25 * SECOND);
      const { idleExpiresAt } = page.session;
      page.answer = () => Promise.reject(new TypeError('Failed to fetch'));
      void page.client.refresh();
      // Long enough for the back-off to have reached its half minute, where the warning lasts 20 s.
      await page.pass(idleExpiresAt - page.now - 18 * SECOND);
      expect(status()).toBe('warning');
      expect(await page.client.extend()).toBe(false);
      await page.pass(idleExpiresAt - page.now - left * SECOND);
      page.answer = (request) => page.serve(request);
      await page.pass(left * SECOND - 1);
      expect(page.client.getSnapshot()).toMatchObject({ status: 'active', connection: 'online' });
    },
  );

  test('and the tries before it are not thick and fast', async () => {
    page.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    void page.client.refresh();
    await page.pass(120 * SECOND);
    const sent = page.requests.slice(1).map(({ at }) => at);
    const gaps = sent.slice(1).map((at, index) => at - sent[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    // A minute of the session, with its warning, and a minute after it.
    expect(sent.length).toBeLessThan(30);
    expect(sent.filter((at) => at > START + 40 * SECOND && at < START + 60 * SECOND).length).toBeGreaterThan(
      5,
    );
  });
});
