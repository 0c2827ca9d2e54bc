import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Builder, Key, type WebDriver } from 'selenium-webdriver';
import { freePort } from '../../dev/machine/loopback.ts';
import type { SharedProcess, TestBrowser, TestContext, TestPage } from './driver.ts';
import { fakeClockScript } from './fake-clock/fake-clock.ts';
import { ended, startDisplay, tied } from './processes.ts';
import { until } from './until.ts';

/** WebKitGTK's own small browser, driven by WebDriver: the engine of Safari, on Linux. */
const DRIVER = process.env.WEBKIT_DRIVER_PATH ?? '/usr/bin/WebKitWebDriver';
const [BROWSER] = globSync('/usr/lib/*/webkit2gtk-4.*/MiniBrowser').sort().reverse();

/** @throws Error that says how to get what is missing */
export function requireWebKit(): void {
  const missing = [DRIVER, BROWSER, '/usr/bin/Xvfb'].filter((file) => !file || !existsSync(file));
  if (missing.length > 0)
    throw new Error(`there is no WebKit to run these tests in: apt-get install webkit2gtk-driver xvfb`);
}

/** The driver of one browser at a time, with a screen and a home of their own. */
export async function launchWebKitServer(): Promise<SharedProcess> {
  requireWebKit();
  const { display, stop } = await startDisplay();
  const home = await createHome();
  const port = await freePort();
  const child = spawn(...tied(DRIVER, [`--port=${port}`, '--replace-on-new-session']), {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      DISPLAY: display,
      HOME: home,
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      // Its sandbox refuses to start for root, and in a container.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const endpoint = `http://127.0.0.1:${port}`;
  await until('the driver of WebKit', async () => (await fetch(`${endpoint}/status`)).ok);
  return {
    endpoint,
    exited,
    async close() {
      await ended(child, 'SIGTERM');
      await stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A home in which the browser's own tools take so little room that its window can be as narrow as a phone. */
async function createHome(): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'curfew-webkit-'));
  const settings = path.join(home, '.config/gtk-3.0');
  await mkdir(settings, { recursive: true });
  await writeFile(path.join(settings, 'settings.ini'), '[Settings]\ngtk-font-name=Sans 1\n');
  const css = '* { min-width: 0; min-height: 0; margin: 0; padding: 0; border-width: 0; }';
  await writeFile(path.join(settings, 'gtk.css'), css);
  return home;
}

/**
 * How long a browser may take to start, ms. It took 300. The driver lets it listen on a port that it draws by lot, and waits for ever where
 * that one was taken: about once in fifty times.
 */
const START_MS = 8_000;

/** Starts a browser, with an empty profile that goes with it. */
async function openSession(endpoint: string): Promise<WebDriver> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const driver = await Promise.race([startBrowser(endpoint), wait(START_MS, undefined, { ref: false })]);
    if (driver) return driver;
    console.warn(`WebKit did not start within ${START_MS} ms`);
  }
  throw new Error('WebKit does not start');
}

async function startBrowser(endpoint: string): Promise<WebDriver> {
  // Or the browser would outlive a driver that is killed.
  const [binary, args] = tied(BROWSER!, ['--automation']);
  const driver = await new Builder()
    .usingServer(endpoint)
    .withCapabilities({
      browserName: 'MiniBrowser',
      acceptInsecureCerts: true,
      'webkitgtk:browserOptions': { binary, args },
    })
    .build();
  // Its timeout of scripts is a timer of the page, whose clock tests move. Null: none, which the types do not know.
  await driver.manage().setTimeouts({ script: null as unknown as number, pageLoad: 5_000 });
  return driver;
}

/** Keeps the errors that nobody caught, and stops the clock. @param now epoch ms */
export async function webkitFirstScript(now: number): Promise<string> {
  return `globalThis.__errors = [];
    addEventListener('error', ({ error, message }) => __errors.push(String(error ?? message)));
    addEventListener('unhandledrejection', ({ reason }) => __errors.push(String(reason)));
    ${await fakeClockScript(now)}`;
}

export function webkitDriver({ endpoint, close }: Pick<SharedProcess, 'endpoint' | 'close'>): TestBrowser {
  return {
    name: 'webkit',
    context: async () => webkitContext(await openSession(endpoint)),
    pids: async () => [],
    close,
  };
}

/** @param driver of a browser of its own, which ends with the context */
function webkitContext(driver: WebDriver): TestContext {
  const windows = new Windows(driver);
  return {
    page: () => windows.open(),
    places: () => windows.places(),
    close: () => driver.quit(),
  };
}

/** The driver looks at one window at a time: commands for another one wait until it may be looked at. */
class Windows {
  readonly driver: WebDriver;
  private queue: Promise<unknown> = Promise.resolve();
  private current: string | undefined;
  private opened = 0;

  constructor(driver: WebDriver) {
    this.driver = driver;
  }

  async open(): Promise<TestPage> {
    const handle = await this.alone(async () => {
      // The first is there already. Tabs are windows, since the driver can bring no tab to the front, and a hidden one paints nothing.
      this.opened += 1;
      if (this.opened > 1) await this.driver.switchTo().newWindow('window');
      this.current = await this.driver.getWindowHandle();
      return this.current;
    });
    return testPage(this, handle);
  }

  /** Runs commands in one window. */
  in<T>(handle: string, work: () => Promise<T>): Promise<T> {
    return this.alone(async () => {
      if (this.current !== handle) await this.driver.switchTo().window(handle);
      this.current = handle;
      return work();
    });
  }

  /** Where each window is. One that closes itself meanwhile is nowhere. */
  places(): Promise<string[]> {
    return this.alone(async () => {
      this.current = undefined;
      const places: string[] = [];
      for (const handle of await this.driver.getAllWindowHandles()) {
        const place = this.driver.switchTo().window(handle);
        await place
          .then(() => this.driver.getCurrentUrl())
          .then(
            (url) => places.push(url),
            () => undefined,
          );
      }
      return places;
    });
  }

  forget(): void {
    this.current = undefined;
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }
}

/** What the types leave out. */
interface Wheel {
  scroll(x: number, y: number, deltaX: number, deltaY: number): void;
}

/** How long a script may take, ms: some pass hours of a session. */
const SCRIPT_MS = 40_000;

/** The driver's own limit is a timer of the page. @throws Error that names the script */
async function answered<T>(work: PromiseLike<T>, script: string): Promise<T> {
  const late = new AbortController();
  const limit = wait(SCRIPT_MS, undefined, late).then(() => {
    throw new Error(`no answer of a script within ${SCRIPT_MS} ms: ${script.slice(0, 200)}`);
  });
  return Promise.race([work, limit]).finally(() => late.abort());
}

interface Evaluated {
  readonly value?: unknown;
  readonly failed?: string;
  readonly errors: readonly string[];
}

function testPage(windows: Windows, handle: string): TestPage {
  const { driver } = windows;
  const errors: string[] = [];
  const here = <T>(work: () => Promise<T>) => windows.in(handle, work);
  const run = async (call: string, args: readonly unknown[]): Promise<unknown> => {
    const evaluated = await here(() =>
      answered(driver.executeAsyncScript<Evaluated>(inPage(call), args), call),
    );
    errors.push(...evaluated.errors);
    if (evaluated.failed !== undefined) throw new Error(evaluated.failed);
    return evaluated.value;
  };
  const keys = (act: (actions: ReturnType<WebDriver['actions']>) => void) =>
    here(async () => {
      const actions = driver.actions({ async: true });
      act(actions);
      await actions.perform();
    });
  return {
    errors,
    webkit: driver,
    goto: (url) => here(() => driver.get(url)),
    evaluate: (call, ...args) => run(`(${call})(...values)`, args) as never,
    script: async (source) => void (await here(() => driver.executeScript(source))),
    press: (key) => keys((actions) => actions.keyDown(keyOf(key)).keyUp(keyOf(key))),
    hold: (key) => keys((actions) => actions.keyDown(keyOf(key))),
    type: (text) => keys((actions) => actions.sendKeys(text)),
    async click(selector) {
      const { x, y } = (await run(`(${middleOf})(...values)`, [selector.split(' >>> ')])) as Point;
      await keys((actions) => actions.move({ x, y, duration: 0 }).press().release());
    },
    move: (x, y) => keys((actions) => actions.move({ x, y, duration: 0 })),
    wheel: (deltaY) => keys((actions) => (actions as unknown as Wheel).scroll(0, 0, 0, deltaY)),
    size: (width, height) => here(() => resize(driver, width, height)),
    refuse: () =>
      Promise.reject(new Error('the driver of WebKit answers the questions of the browser itself')),
    front: () => here(() => driver.switchTo().window(handle)),
    close: async () => {
      await here(() => driver.close());
      windows.forget();
    },
  };
}

/** A script of WebDriver that answers with what a call returns, and with the errors that the page has seen since. */
function inPage(call: string): string {
  return `
    const values = arguments[0];
    const done = arguments[arguments.length - 1];
    const errors = () => (globalThis.__errors ?? []).splice(0);
    // The driver fails at what is no JSON, such as the page itself.
    const plain = (value) => {
      try {
        return JSON.parse(JSON.stringify(value));
      } catch {}
    };
    (async () => ${call})().then(
      (value) => done({ value: plain(value), errors: errors() }),
      (error) => done({ failed: String(error), errors: errors() }),
    );`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** In the page: the middle of an element, scrolled into view. */
function middleOf(path: string[]): Point {
  let root: ParentNode = document;
  let found: Element | null = null;
  for (const selector of path) {
    found = root.querySelector(selector);
    if (!found) throw new Error(`there is no ${path.join(' >>> ')}`);
    root = found.shadowRoot ?? found;
  }
  found!.scrollIntoView({ block: 'nearest' });
  const { x, y, width, height } = found!.getBoundingClientRect();
  return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
}

async function resize(driver: WebDriver, width: number, height: number): Promise<void> {
  const [inner, outer] = [
    await driver.executeScript<[number, number]>('return [innerWidth, innerHeight]'),
    await driver.manage().window().getRect(),
  ];
  await driver
    .manage()
    .window()
    .setRect({ width: width + outer.width - inner[0], height: height + outer.height - inner[1] });
  await until(`a window of ${width} × ${height}`, () =>
    driver.executeScript(`return innerWidth === ${width} && innerHeight === ${height}`),
  );
}

const KEYS: Readonly<Record<string, string>> = {
  Enter: Key.ENTER,
  Escape: Key.ESCAPE,
  Tab: Key.TAB,
  Shift: Key.SHIFT,
  Home: Key.HOME,
  End: Key.END,
  ArrowDown: Key.ARROW_DOWN,
};

function keyOf(key: string): string {
  const known = KEYS[key] ?? (key.length === 1 ? key : undefined);
  if (known === undefined) throw new Error(`no key of WebDriver is known for ${key}`);
  return known;
}
