import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Page as ChromiumPage } from 'playwright-core';
import type { Page as FirefoxPage, KeyInput } from 'puppeteer-core';
import { launchChromium } from './chromium.ts';
import { type FakeClock, installFakeClock } from './fake-clock.ts';

/**
 * One way to drive both engines: Chromium through Playwright, Firefox through WebDriver BiDi (Playwright brings
 * its own Firefox, which no registry carries). Only what the tests need, and the same for both.
 */
export interface TestBrowser {
  readonly name: BrowserName;
  /** A page in a profile of its own, with a clock that stands still at `startAt` unless that is left out. */
  context(startAt?: number): Promise<TestContext>;
  /** Every process of the browser. */
  pids(): Promise<number[]>;
  close(): Promise<void>;
}

export interface TestContext {
  /** A tab. Tabs of one context share cookies and storage. */
  page(): Promise<TestPage>;
  close(): Promise<void>;
}

export interface TestPage {
  goto(url: string): Promise<void>;
  evaluate<R, A extends unknown[]>(run: (...args: A) => R, ...args: A): Promise<Awaited<R>>;
  /** Runs a script's text, whatever the page's content security policy. */
  script(source: string): Promise<void>;
  press(key: KeyInput): Promise<void>;
  type(text: string): Promise<void>;
  click(selector: string): Promise<void>;
  move(x: number, y: number): Promise<void>;
  wheel(deltaY: number): Promise<void>;
  size(width: number, height: number): Promise<void>;
  /** Makes this the tab that is looked at. */
  front(): Promise<void>;
  close(): Promise<void>;
  /** Errors that nobody caught in the page. */
  readonly errors: string[];
  readonly chromium?: ChromiumPage;
  readonly firefox?: FirefoxPage;
}

export type BrowserName = 'chromium' | 'firefox';

const FIREFOX = process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr';

/** The browsers to run in: on a developer's machine those that are there, in CI both, or the run fails. */
export function browsersHere(): BrowserName[] {
  if (existsSync(FIREFOX) || process.env.CI) return ['chromium', 'firefox'];
  console.warn(`NOTICE: no ${FIREFOX}: these tests run in Chromium only (apt-get install firefox-esr)`);
  return ['chromium'];
}

export async function launch(name: BrowserName): Promise<TestBrowser> {
  return name === 'chromium' ? launchWithPlaywright() : launchWithBidi();
}

async function launchWithPlaywright(): Promise<TestBrowser> {
  const browser = await launchChromium();
  return {
    name: 'chromium',
    async context(startAt) {
      const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
      if (startAt !== undefined) await context.addInitScript(installFakeClock, startAt);
      return { page: async () => chromiumPage(await context.newPage()), close: () => context.close() };
    },
    async pids() {
      const cdp = await browser.newBrowserCDPSession();
      const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
      await cdp.detach();
      return processInfo.map(({ id }) => id);
    },
    close: () => browser.close(),
  };
}

async function chromiumPage(page: ChromiumPage): Promise<TestPage> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  return {
    errors,
    chromium: page,
    goto: async (url) => void (await page.goto(url)),
    evaluate: (run, ...args) =>
      page.evaluate(([source, values]) => new Function(`return (${source})`)()(...values), [
        String(run),
        args,
      ] as const) as never,
    script: async (source) => void (await page.evaluate(`${source};0`)),
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text),
    click: (selector) => page.click(selector),
    move: (x, y) => page.mouse.move(x, y),
    wheel: (deltaY) => page.mouse.wheel(0, deltaY),
    size: (width, height) => page.setViewportSize({ width, height }),
    front: () => page.bringToFront(),
    close: () => page.close(),
  };
}

async function launchWithBidi(): Promise<TestBrowser> {
  const { default: puppeteer } = await import('puppeteer-core');
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    // Ours: no page of the outside world is asked for anything.
    extraPrefsFirefox: { 'browser.startup.page': 0, 'network.captive-portal-service.enabled': false },
  });
  return {
    name: 'firefox',
    async context(startAt) {
      const context = await browser.createBrowserContext();
      return {
        page: async () => {
          const page = await context.newPage();
          await page.setViewport({ width: 1200, height: 800 });
          if (startAt !== undefined) await page.evaluateOnNewDocument(installFakeClock, startAt);
          return firefoxPage(page);
        },
        close: () => context.close(),
      };
    },
    async pids() {
      const root = browser.process()!.pid!;
      return [root, ...childrenOf(root)];
    },
    close: () => browser.close(),
  };
}

/** The descendants of a process, from Linux's /proc. */
function childrenOf(parent: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === String(parent);
      } catch {
        return false;
      }
    })
    .map(Number);
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}

async function firefoxPage(page: FirefoxPage): Promise<TestPage> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  return {
    errors,
    firefox: page,
    goto: async (url) => void (await page.goto(url)),
    evaluate: (run, ...args) => page.evaluate(run as never, ...(args as unknown as never[])) as never,
    script: async (source) => void (await page.evaluate(`${source};0`)),
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text),
    click: (selector) => page.click(selector),
    move: (x, y) => page.mouse.move(x, y),
    wheel: (deltaY) => page.mouse.wheel({ deltaY }),
    size: (width, height) => page.setViewport({ width, height }),
    front: () => page.bringToFront(),
    close: () => page.close(),
  };
}

/** Waits, in real time, until something holds; says what did not. */
export async function until<T>(what: string, check: () => Promise<T>, withinMs = 10_000): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    // A page that is just being left has no document to ask.
    let failure: unknown;
    const result = await Promise.resolve(check()).catch((error) => {
      failure = error;
    });
    if (result) return result;
    if (performance.now() > giveUpAt) {
      throw new Error(`not within ${withinMs} ms: ${what}`, failure ? { cause: failure } : undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Moves the time of pages and server together, in steps short enough for every request to be answered in its. */
export async function passTime(
  api: { breakage: string; advance(ms: number): void; idle(): Promise<void> },
  pages: readonly TestPage[],
  ms: number,
  stepMs = 5_000,
): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    const step = Math.min(stepMs, ms - passed);
    api.advance(step);
    for (const page of pages) await page.evaluate(runClock, step);
    await settle(api, pages);
  }
}

/** Until every request under way is answered, and its answer has been taken in. */
export async function settle(
  api: { breakage: string; idle(): Promise<void> },
  pages: readonly TestPage[],
): Promise<void> {
  for (const page of pages) {
    await page.evaluate(breathe);
    while (api.breakage !== 'hang' && (await page.evaluate(requestsUnderWay)) > 0)
      await page.evaluate(breathe);
    // A body is read, and taken in, after its response is there.
    for (let turn = 0; turn < 3; turn += 1) await page.evaluate(breathe);
  }
  await api.idle();
}

function requestsUnderWay(): number {
  return (globalThis as unknown as { __clock: FakeClock }).__clock.requests();
}

function runClock(ms: number): void {
  (globalThis as unknown as { __clock: FakeClock }).__clock.run(ms);
}

/** A turn of the event loop in the page, on a channel: its timers stand still. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
