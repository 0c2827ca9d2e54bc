import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, jest } from '@jest/globals';
import type { SessionClient, SessionClientOptions, Snapshot } from '../../web/client/index.ts';
import { browsersHere, sharedBrowser } from './browsers.ts';
import type { TestBrowser, TestContext, TestPage } from './driver.ts';
import type { FakeClock } from './fake-clock/fake-clock.ts';
import { type SiteOptions, startSite, type TestSite } from './site.ts';
import { passTime, settle } from './time.ts';
import { until } from './until.ts';
import { webkitFirstScript } from './webkit.ts';

// Hours of a session's time, second by second, through two browsers on a busy machine.
jest.setTimeout(180_000);

/** What the harness page leaves for tests. */
export interface Harness {
  session: SessionClient;
  log: string[];
  __clock: FakeClock;
}

const ORDERS = readFileSync('test/support/pages/orders.html', 'utf8');

/** A page of an application, as small as it can be: the client, the dialog, and something to work in. */
export function ordersPage(options: SessionClientOptions = {}): string {
  return ORDERS.replace('<body>', () => `<body data-options='${JSON.stringify(options)}'>`);
}

/** For WebKit, which keeps no cookie of `http://localhost`, and whose driver can't put a script into a page. */
const overTls = (now: () => number): SiteOptions => ({
  https: true,
  firstScript: () => webkitFirstScript(now()),
});

/** The stage of a test: a browser, a site of its own, and tabs that have signed in. */
export interface Stage {
  readonly name: string;
  readonly site: TestSite;
  readonly context: TestContext;
  /** Signs in and opens a tab. */
  signIn(options?: SessionClientOptions): Promise<TestPage>;
  /** Signs in and opens what the test has put at `/app`. */
  openSignedIn(): Promise<TestPage>;
  /** Another tab of the same browser. */
  tab(options?: SessionClientOptions): Promise<TestPage>;
  /** Moves the time of every tab and of the server. */
  pass(ms: number): Promise<void>;
  /** No longer moves the time of a tab that is gone. */
  forget(tab: TestPage): void;
  /** Until the user could have seen what a dialog asks, and meant the answer. */
  seen(tab: TestPage): Promise<void>;
  /** Presses a key, once that can be meant as an answer. */
  answer(tab: TestPage, key: Parameters<TestPage['press']>[0]): Promise<void>;
  settle(): Promise<void>;
  snapshot(tab: TestPage): Promise<Snapshot>;
  /** `data-state` of the dialog. */
  state(tab: TestPage): Promise<string>;
  log(tab: TestPage): Promise<string[]>;
}

/** Runs tests in each browser that is here, each test on a stage of its own. */
export function onStage(
  title: string,
  tests: (stage: Stage) => void,
  options: () => SiteOptions = () => ({}),
): void {
  describe.each(browsersHere())(`${title}, in %s`, (name) => {
    let browser: TestBrowser;
    let site: TestSite;
    let context: TestContext;
    let tabs: TestPage[] = [];

    beforeAll(async () => {
      browser = await sharedBrowser(name);
    });
    afterAll(() => browser?.close());
    beforeEach(async () => {
      site = await startSite({ ...(name === 'webkit' && overTls(() => site.now())), ...options() });
      context = await browser.context(() => site.now());
      tabs = [];
    });
    afterEach(async () => {
      await context.close();
      await site.close();
    });

    const load = async (tab: TestPage, url: string): Promise<void> => {
      await tab.goto(url);
      // WebKit, on a busy machine, takes its time to load the first page.
      await until('the client', () => tab.evaluate(() => 'session' in globalThis), 30_000);
    };
    const open = async (url: string): Promise<TestPage> => {
      const tab = await context.page();
      // WebKit, once in some thousand pages, never comes to the end of loading one.
      await load(tab, url).catch((error) => (name === 'webkit' ? load(tab, url) : Promise.reject(error)));
      tabs.push(tab);
      await until('its first answer', async () => (await stage.snapshot(tab)).status !== 'loading');
      return tab;
    };
    const stage: Stage = {
      name,
      get site() {
        return site;
      },
      get context() {
        return context;
      },
      signIn(options = {}) {
        site.pages.set('/app', ordersPage(options));
        return open(`${site.origin}/api/auth/sign-in?returnTo=/app`);
      },
      openSignedIn: () => open(`${site.origin}/api/auth/sign-in?returnTo=/app`),
      tab(options = {}) {
        site.pages.set('/app', ordersPage(options));
        return open(`${site.origin}/app`);
      },
      pass: (ms) => passTime(site, tabs, ms),
      forget(tab) {
        tabs = tabs.filter((other) => other !== tab);
      },
      async seen(tab) {
        await tab.evaluate(() => new Promise(requestAnimationFrame));
        await passTime(site, tabs, 700);
      },
      async answer(tab, key) {
        await stage.seen(tab);
        await tab.press(key);
      },
      settle: () => settle(site, tabs),
      snapshot: (tab) => tab.evaluate(() => (globalThis as unknown as Harness).session.getSnapshot()),
      state: async (tab) =>
        (await tab.evaluate(
          () => document.querySelector<HTMLElement>('session-timeout-dialog')!.dataset.state,
        )) ?? '',
      log: (tab) => tab.evaluate(() => (globalThis as unknown as Harness).log),
    };
    tests(stage);
  });
}
