import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sharedBrowser } from '../../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../../support/driver.ts';
import { startSite, type TestSite } from '../../support/site.ts';
import { type Harness, ordersPage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

/** Pages as the static site sends them: those that forbid it (`no-store`) WebKit does not keep. */
const PAGES: Readonly<Record<string, string>> = {
  '/app': ordersPage(),
  '/other': '<!doctype html><title>other</title><link rel="icon" href="data:,">',
};

describe('a page in the back/forward cache of WebKit', () => {
  let browser: TestBrowser;
  let site: TestSite;
  let context: TestContext;
  let tab: TestPage;

  beforeAll(async () => {
    browser = await sharedBrowser('webkit');
    site = await startSite({
      https: true,
      now: () => Date.now(),
      async answer(request) {
        const page = PAGES[new URL(request.url).pathname];
        const headers = {
          'content-type': 'text/html',
          'cache-control': 'public, max-age=0, must-revalidate',
        };
        return page === undefined ? undefined : new Response(page, { headers });
      },
    });
    context = await browser.context();
    tab = await context.page();
  });
  afterAll(async () => {
    await context.close();
    await site.close();
    await browser.close();
  });

  const title = (wanted: string) =>
    until(wanted, async () => (await tab.evaluate(() => document.title)) === wanted);

  test.each([
    ['ended', 'idle', ['loading', 'ended']],
    ['went on', undefined, ['loading', 'active']],
  ] as const)(
    'shows nothing as live until it has asked: the session %s meanwhile',
    async (_, reason, seen) => {
      await tab.goto(`${site.origin}/api/auth/sign-in?returnTo=/app`);
      await until('the session', () =>
        tab.evaluate(() => (globalThis as unknown as Harness).session?.getSnapshot().status === 'active'),
      );
      await tab.evaluate(() => {
        const { session } = globalThis as unknown as Harness;
        const statuses: string[] = [];
        Object.assign(globalThis, { statuses });
        session.subscribe(() => {
          const { status } = session.getSnapshot();
          if (statuses.at(-1) !== status) statuses.push(status);
        });
        location.assign('/other');
      });
      await title('other');
      if (reason) await site.end(reason);
      await tab.evaluate(() => history.back());
      await title('Orders');
      // What its scripts had in memory is there: the document is the same one.
      const statuses = () => tab.evaluate(() => (globalThis as unknown as { statuses?: string[] }).statuses);
      await until('the answer', async () => (await statuses())?.length === 2);
      expect(await statuses()).toEqual(seen);
      const shown = await tab.evaluate(
        () => document.querySelector<HTMLElement>('session-timeout-dialog')!.dataset.state,
      );
      expect(shown ?? '').toBe(reason ? 'ended' : '');
    },
  );
});
