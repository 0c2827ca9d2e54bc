import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { createPool } from '../../functions/pool.ts';
import { tied } from './processes.ts';

/**
 * Browsers as users have them: headed, with a profile on disk that outlives the process, and processes that can be
 * closed, killed and stopped. Chromium is driven over CDP, Firefox over WebDriver BiDi; the run after a restart is
 * driven by nobody, so that nothing but the browser itself brings its tabs back.
 */
export type Engine = 'chromium' | 'firefox';

const BINARIES = {
  chromium: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  firefox: process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr',
};

/** Why they cannot run here; undefined: they can. Under CI that is a failure and not a skip. */
export const noRealBrowsers: string | undefined = (() => {
  const missing = [...Object.values(BINARIES), '/usr/bin/Xvfb'].filter((file) => !existsSync(file));
  if (missing.length === 0) return undefined;
  if (process.env.CI) throw new Error(`required under CI: ${missing.join(', ')}`);
  console.warn(`SKIPPED: tests with real browser processes, since there is no ${missing.join(', ')}`);
  return missing.join(', ');
})();

export interface Profile {
  readonly engine: Engine;
  /** Whether the browser brings its tabs back when it starts ("continue where you left off"). */
  readonly restore: boolean;
  readonly folder: string;
  remove(): Promise<void>;
}

/** A new profile on disk. @param keepsCookies false: the user has blocked all of them. @default true */
export async function createProfile(engine: Engine, restore: boolean, keepsCookies = true): Promise<Profile> {
  const folder = await mkdtemp(path.join(tmpdir(), `curfew-${engine}-`));
  if (engine === 'firefox') {
    const preferences = {
      ...FIREFOX_PREFERENCES,
      'browser.startup.page': restore ? 3 : 1,
      'network.cookie.cookieBehavior': keepsCookies ? 5 : 2,
    };
    const lines = Object.entries(preferences).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    await writeFile(path.join(folder, 'user.js'), lines.join('\n'));
  } else {
    await mkdir(path.join(folder, 'Default'));
    const preferences = {
      session: { restore_on_startup: restore ? 1 : 5 },
      browser: { has_seen_welcome_page: true },
      ...(!keepsCookies && { profile: { default_content_setting_values: { cookies: 2 } } }),
    };
    await writeFile(path.join(folder, 'Default', 'Preferences'), JSON.stringify(preferences));
  }
  return {
    engine,
    restore,
    folder,
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

const FIREFOX_PREFERENCES = {
  // Or the driver's own preferences switch off what is tested here.
  'remote.prefs.recommended': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.aboutwelcome.enabled': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.tabs.warnOnClose': false,
  'browser.warnOnQuit': false,
  'browser.sessionstore.restore_on_demand': false,
  'browser.sessionstore.restore_hidden_tabs': true,
  // Tabs and cookies are written every second instead of every 15 s.
  'browser.sessionstore.interval': 1_000,
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.policy.firstRunURL': '',
  'trailhead.firstrun.didSeeAboutWelcome': true,
  'termsofuse.bypassNotification': true,
  'app.update.disabledForTesting': true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'extensions.update.enabled': false,
  'toolkit.startup.max_resumed_crashes': -1,
  'network.protocol-handler.external.mailto': false,
  'browser.download.useDownloadDir': true,
  'dom.disable_open_during_load': false,
} as const;

/** An extension that presses the browser's own buttons. */
const COMMANDS = path.resolve('test/support/tab-commands');
export const WITH_COMMANDS = [`--load-extension=${COMMANDS}`];

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--password-store=basic',
  '--disable-popup-blocking',
];

/** Those that have not ended. */
const started = new Set<ChildProcess>();

/** Ends every browser that this process has started: for a test that did not get to do it. */
export function killBrowsers(): void {
  for (const child of started) {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** A running browser. */
export interface Running {
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Sends a signal to the browser and all of its processes. */
  signalAll(signal: NodeJS.Signals): void;
  /** Sends a signal to the main process alone, as a session manager does. */
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
}

export interface Start {
  readonly display: string;
  readonly urls?: readonly string[];
  readonly flags?: readonly string[];
}

function run(
  profile: Profile,
  { display, urls = [], flags = [] }: Start,
  extra: readonly string[],
): Running & { child: ChildProcess } {
  const args =
    profile.engine === 'chromium'
      ? [`--user-data-dir=${profile.folder}`, ...CHROMIUM_FLAGS, ...extra, ...flags, ...urls]
      : ['--profile', profile.folder, '--no-remote', ...extra, ...flags, ...urls];
  const child = spawn(...tied(BINARIES[profile.engine], args), {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, DISPLAY: display, HOME: profile.folder, MOZ_CRASHREPORTER_DISABLE: '1' },
  });
  child.stderr!.resume();
  started.add(child);
  child.once('exit', () => started.delete(child));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const send = (target: number, signal: NodeJS.Signals) => {
    try {
      process.kill(target, signal);
    } catch {
      // Gone already.
    }
  };
  return {
    child,
    pid: child.pid!,
    exited,
    signalAll: (signal) => send(-child.pid!, signal),
    signal: (signal) => send(child.pid!, signal),
    async kill() {
      send(-child.pid!, 'SIGCONT');
      send(-child.pid!, 'SIGKILL');
      await exited;
    },
  };
}

/** Starts a browser that nobody drives: as a user does, by a click on its icon. */
export function startPlain(profile: Profile, start: Start): Running {
  return run(profile, start, []);
}

/** "Restore pages? Chromium did not shut down correctly": as if the button had been pressed. Elsewhere nothing. */
export async function pressRestore({ engine, folder }: Profile): Promise<void> {
  if (engine !== 'chromium') return;
  const file = path.join(folder, 'Default', 'Preferences');
  const preferences = JSON.parse(await readFile(file, 'utf8'));
  preferences.profile = { ...preferences.profile, exit_type: 'Normal' };
  await writeFile(file, JSON.stringify(preferences));
}

/** A browser that tests drive. */
export interface Driven extends Running {
  readonly browser: Browser;
  /** A new tab. */
  open(): Promise<Page>;
  /** As by the menu: clean, with every window at once. */
  quit(): Promise<void>;
}

export async function startDriven(profile: Profile, start: Start): Promise<Driven> {
  await rm(path.join(profile.folder, 'DevToolsActivePort'), { force: true });
  const isChromium = profile.engine === 'chromium';
  const extra = isChromium ? WITH_COMMANDS : ['--remote-allow-system-access'];
  const running = run(profile, start, ['--remote-debugging-port=0', ...extra]);
  const browser = await (isChromium ? overCdp(profile) : overBidi(running));
  if (!isChromium) await browser.installExtension(COMMANDS);
  const oneByOne = createPool(1);
  return {
    ...running,
    browser,
    open: () => oneByOne(() => openTab(browser)),
    async quit() {
      await (isChromium ? browser.close() : quitFirefox(browser)).catch(() => undefined);
      await running.exited;
    },
  };
}

/** Firefox's driver loses about one new tab in a hundred before anything is in it: `no such frame`. */
async function openTab(browser: Browser): Promise<Page> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await browser.newPage();
    } catch (error) {
      if (attempt === 3) throw error;
      console.warn(`opened again, since ${error}`);
    }
  }
}

/** The driver's own way to close Firefox leaves no tabs to restore; its menu does this. */
async function quitFirefox(browser: Browser): Promise<void> {
  const { connection } = browser as unknown as {
    connection: {
      send(method: string, params: object): Promise<{ result: { contexts: { context: string }[] } }>;
    };
  };
  const tree = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
  await connection.send('script.evaluate', {
    expression: 'Services.startup.quit(Ci.nsIAppStartup.eAttemptQuit)',
    target: { context: tree.result.contexts[0]!.context },
    awaitPromise: false,
  });
}

async function overCdp({ folder }: Profile): Promise<Browser> {
  const file = path.join(folder, 'DevToolsActivePort');
  const [port, endpoint] = await eventually(async () => {
    const lines = (await readFile(file, 'utf8')).split('\n');
    return lines.length > 1 ? lines : undefined;
  });
  const browserWSEndpoint = `ws://127.0.0.1:${port}${endpoint}`;
  return puppeteer.connect({ browserWSEndpoint, defaultViewport: null, networkEnabled: false });
}

async function overBidi({ child, exited }: ReturnType<typeof run>): Promise<Browser> {
  const found = await new Promise<string>((resolve, reject) => {
    child.stderr!.on('data', (data) => {
      const [, url] = /WebDriver BiDi listening on (ws:\S+)/.exec(String(data)) ?? [];
      if (url) resolve(url);
    });
    void exited.then(() => reject(new Error('Firefox ended before it listened')));
  });
  return puppeteer.connect({
    browserWSEndpoint: `${found}/session`,
    protocol: 'webDriverBiDi',
    defaultViewport: null,
    networkEnabled: false,
  });
}

async function eventually<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const result = await attempt().catch((error) => {
      if (tries === 300) throw error;
    });
    if (result !== undefined) return result;
    await wait(100);
  }
}
