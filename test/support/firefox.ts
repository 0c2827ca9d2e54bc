import path from 'node:path';
import puppeteer, { type Browser, type Dialog, type Page } from 'puppeteer-core';
import type { SharedProcess, TestBrowser, TestPage } from './driver.ts';
import { fakeClockScript } from './fake-clock/fake-clock.ts';
import { descendantsOf } from './processes.ts';

/** Playwright brings a Firefox of its own, which no registry carries: Debian's is driven over WebDriver BiDi. */
export const FIREFOX = process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr';
/** It, ending with this process. Puppeteer can put no command in front of a browser. */
const TIED = path.resolve('test/support/tied-firefox.sh');

/**
 * The driver is not told of requests. Its socket has Nagle's algorithm on, so that whatever follows such an event waits
 * 40 ms for a delayed acknowledgement: an evaluation that makes the page send a request took 47 ms with them, 4 ms without.
 */
const QUIET = { networkEnabled: false } as const;

/** Starts one. Close it in `afterAll`. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: TIED,
    env: { ...process.env, FIREFOX_PATH: FIREFOX },
    headless: true,
    ...QUIET,
    extraPrefsFirefox: {
      // The browser asks nothing of the outside world.
      'browser.startup.page': 0,
      'network.captive-portal-service.enabled': false,
      // It asks the user before it leaves a page that wants so, as outside of tests.
      'dom.disable_beforeunload': false,
    },
  });
}

/** Starts one that others connect to, one at a time. */
export async function launchFirefoxServer(): Promise<SharedProcess> {
  const browser = await launchFirefox();
  const child = browser.process()!;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const endpoint = browser.wsEndpoint();
  // Firefox has one session at a time: this one makes room for theirs.
  await browser.disconnect();
  return {
    endpoint,
    exited,
    async close() {
      child.kill();
      await exited;
    },
  };
}

export function connectFirefox(endpoint: string): Promise<Browser> {
  return puppeteer.connect({
    browserWSEndpoint: endpoint,
    protocol: 'webDriverBiDi',
    defaultViewport: null,
    ...QUIET,
  });
}

export function firefoxDriver(browser: Browser): TestBrowser {
  return {
    name: 'firefox',
    async context(now) {
      const context = await browser.createBrowserContext();
      return {
        async page() {
          const page = await context.newPage();
          await page.setViewport({ width: 1200, height: 800 });
          if (now) await page.evaluateOnNewDocument(await fakeClockScript(now()));
          return testPage(page);
        },
        places: async () => (await context.pages()).map((page) => page.url()),
        close: () => context.close(),
      };
    },
    async pids() {
      const root = browser.process()!.pid!;
      return [root, ...descendantsOf(root)];
    },
    // One that was connected to has no process here, and goes on.
    close: () => (browser.process() ? browser.close() : browser.disconnect()),
  };
}

function testPage(page: Page): TestPage {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  return {
    errors,
    goto: async (url) => void (await page.goto(url)),
    evaluate: (run, ...args) => page.evaluate(run as never, ...(args as unknown as never[])) as never,
    script: async (source) => void (await page.evaluate(`${source};0`)),
    press: (key) => page.keyboard.press(key),
    hold: (key) => page.keyboard.down(key),
    type: (text) => page.keyboard.type(text),
    click: (selector) => page.click(selector),
    move: (x, y) => page.mouse.move(x, y),
    wheel: (deltaY) => page.mouse.wheel({ deltaY }),
    size: (width, height) => page.setViewport({ width, height }),
    async refuse() {
      const dialog = await new Promise<Dialog>((resolve) => page.once('dialog', resolve));
      await dialog.dismiss();
      return dialog.type();
    },
    front: () => page.bringToFront(),
    close: () => page.close(),
  };
}
