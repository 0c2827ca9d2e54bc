import { afterAll, afterEach, beforeAll, beforeEach, describe, jest } from '@jest/globals';
import type { SessionClient, SessionClientOptions, Snapshot } from '../../web/client/index.ts';
import { browsersHere, sharedBrowser, until } from './browsers.ts';
import type { TestBrowser, TestContext, TestPage } from './driver.ts';
import { type FakeApi, startFakeApi } from './fake-api.ts';
import type { FakeClock } from './fake-clock.ts';
import { passTime, settle } from './time.ts';

// Hours of a session's time, second by second, through two browsers on a busy machine.
jest.setTimeout(180_000);

/** What the harness page leaves for tests. */
export interface Harness {
  session: SessionClient;
  log: string[];
  __clock: FakeClock;
}

/** A page of an application, as small as it can be: the client, the dialog, and something to work in. */
const page = (options: SessionClientOptions) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Orders</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/web/dialog.css"></head>
<body><main><h1>Orders</h1>
<form id="order"><label>Note <input id="note" name="note"></label>
<label>Password <input id="secret" name="secret" type="password"></label></form>
<button id="work">Work</button> <button id="gone">Remove</button>
<dialog id="own"><button id="inside">Inside</button></dialog>
<div id="tall">…</div></main>
<style>#tall { height: 4000px } input, button { min-height: 24px }</style>
<session-timeout-dialog></session-timeout-dialog>
<script type="module">
import { createSessionClient } from '/web/client.js';
import '/web/element.js';
window.log = [];
window.session = createSessionClient(${JSON.stringify(options)});
for (const type of ['warning', 'extended', 'ended', 'replaced', 'error'])
  session.addEventListener(type, (event) => log.push(type === 'replaced' ? type + ' ' + event.detail.sameUser : type));
document.querySelector('session-timeout-dialog').session = session;
session.start();
</script></body></html>`;

/** The stage of a test: a browser, a session API of its own, and tabs that have signed in. */
export interface Stage {
  readonly name: string;
  readonly api: FakeApi;
  readonly context: TestContext;
  /** Signs in and opens a tab. */
  signIn(options?: SessionClientOptions): Promise<TestPage>;
  /** Puts a page of the test's own in the place of the harness. */
  serve(html: string): void;
  /** Signs in and opens what is served. */
  openSignedIn(): Promise<TestPage>;
  /** Another tab of the same browser. */
  tab(options?: SessionClientOptions): Promise<TestPage>;
  /** Moves the time of every tab and of the server. */
  pass(ms: number): Promise<void>;
  /** No longer moves the time of a tab that is gone. */
  forget(tab: TestPage): void;
  settle(): Promise<void>;
  snapshot(tab: TestPage): Promise<Snapshot>;
  /** `data-state` of the dialog. */
  state(tab: TestPage): Promise<string>;
  log(tab: TestPage): Promise<string[]>;
}

/** Runs tests in each browser that is here, each test on a stage of its own. */
export function onStage(title: string, tests: (stage: Stage) => void): void {
  describe.each(browsersHere())(`${title}, in %s`, (name) => {
    let browser: TestBrowser;
    let api: FakeApi;
    let context: TestContext;
    let tabs: TestPage[] = [];

    beforeAll(async () => {
      browser = await sharedBrowser(name);
    });
    afterAll(() => browser?.close());
    beforeEach(async () => {
      api = await startFakeApi();
      context = await browser.context(() => api.now());
      tabs = [];
    });
    afterEach(async () => {
      await context.close();
      await api.close();
    });

    const open = async (url: string): Promise<TestPage> => {
      const tab = await context.page();
      await tab.goto(url);
      tabs.push(tab);
      await until('the client', () => tab.evaluate(() => 'session' in globalThis));
      await until('its first answer', async () => (await stage.snapshot(tab)).status !== 'loading');
      return tab;
    };
    const stage: Stage = {
      name,
      get api() {
        return api;
      },
      get context() {
        return context;
      },
      signIn(options = {}) {
        api.pages.set('/app', page(options));
        return open(`${api.origin}/api/auth/sign-in?returnTo=/app`);
      },
      serve: (html) => void api.pages.set('/app', html),
      openSignedIn: () => open(`${api.origin}/api/auth/sign-in?returnTo=/app`),
      tab(options = {}) {
        api.pages.set('/app', page(options));
        return open(`${api.origin}/app`);
      },
      pass: (ms) => passTime(api, tabs, ms),
      forget(tab) {
        tabs = tabs.filter((other) => other !== tab);
      },
      settle: async () => void (await settle(api, tabs)),
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
