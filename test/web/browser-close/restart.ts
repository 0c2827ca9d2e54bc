import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BINDING_PASS_MS } from '../../../core/contract.ts';
import { createPool } from '../../../functions/pool.ts';
import {
  type CloseSite,
  PRIVATE,
  type Report,
  startCloseSite,
  WAYS_TO_ASK,
} from '../../support/close-site.ts';
import { startDisplay } from '../../support/processes.ts';
import { type Restorable, writtenToDisk } from '../../support/profile-files.ts';
import {
  createProfile,
  type Driven,
  type Engine,
  killBrowsers,
  pressRestore,
  startDriven,
  startPlain,
} from '../../support/real-browsers.ts';
import type { Visit } from '../../support/site.ts';

/** A browser that is told to go is gone by then. */
const EXIT_MS = 20_000;
/** Chromium loads restored tabs in the background one after the other. */
const RESTORED_MS = 60_000;
/** A page that a server renders has a pass for the moment after its check. */
const PASS_OVER_MS = BINDING_PASS_MS + 1_000;
/**
 * `asks`: policy `run`, in pages without the client, so that nothing checks the run. First in its browser, since
 * Chromium loads restored tabs one after the other, the newest first, and none after the one that has a frame refused.
 */
const MODES = ['asks', 'run', 'last', 'cookie'] as const;
const BY_HAND = ['/api/session', '/api/private/by-hand'];

export interface Way {
  readonly name: string;
  /** "Continue where you left off". */
  readonly restore: boolean;
  /** The browser writes nothing more as it ends: what it brings back has to be on disk by then. */
  readonly abrupt: boolean;
  close(driven: Driven): Promise<void>;
}

export const WAYS: readonly Way[] = [
  { name: 'quit', restore: true, abrupt: false, close: (driven) => driven.quit() },
  { name: 'the last window closed', restore: true, abrupt: false, close: closeWindow },
  { name: 'SIGTERM', restore: true, abrupt: true, close: (driven) => end(driven, 'SIGTERM') },
  { name: 'SIGKILL', restore: true, abrupt: true, close: (driven) => driven.kill() },
  { name: 'SIGKILL, restore off', restore: false, abrupt: true, close: (driven) => driven.kill() },
];

interface Outcome {
  readonly error?: unknown;
  /** What the pages of the second run showed at last, by path. */
  readonly shown: Readonly<Record<string, string>>;
  /** How what is private was answered before the restart and after, by what asked. */
  readonly asked: Readonly<Record<'before' | 'after', Readonly<Record<string, number[]>>>>;
  /** Whether the session's deadline moved after the restart. */
  readonly slid: boolean;
  /** Whether anything private was in an answer, or on a page, of the second run at any time. */
  readonly leaked: boolean;
  readonly session: { readonly state: string; readonly endReason?: string } | undefined;
  /** From the first request of the second run to the end, ms. */
  readonly endedAfterMs?: number | undefined;
}

/**
 * A browser is closed in each of these ways and started again, this many times. Each time in a browser of its own:
 * Chromium loads no more than 20 restored tabs by itself.
 */
export function restartTests(ways: readonly Way[], repeats = 1): void {
  const outcomes = new Map<string, Outcome[]>();
  const before = new Map<string, Outcome['asked']['before']>();
  /** Idle deadlines at the restart, by host. */
  const expiries = new Map<string, number | undefined>();
  const key = (...names: string[]) => names.join(' ');
  let site: CloseSite;
  let screen: Awaited<ReturnType<typeof startDisplay>>;

  beforeAll(async () => {
    site = await startCloseSite();
    screen = await startDisplay();
    const pool = createPool(6);
    const engines = ['chromium', 'firefox'] as const;
    const times = Array.from({ length: repeats }, (_, time) => time);
    const runs = engines.flatMap((engine) =>
      ways.flatMap((way) => times.map((time) => pool(() => closeAndRestart(engine, way, time)))),
    );
    await Promise.all(runs);
  }, 900_000);
  afterAll(async () => {
    killBrowsers();
    await site?.close();
    await screen?.stop();
  });

  /** Every mode, each a site of its own, in one browser. */
  async function closeAndRestart(engine: Engine, way: Way, time: number): Promise<void> {
    const profile = await createProfile(engine, way.restore);
    const hosts = MODES.map((mode) => `${mode}-${engine}-${ways.indexOf(way)}-${time}`);
    const { display } = screen;
    let error: unknown;
    let restartedAt = 0;
    try {
      const driven = await startDriven(profile, { display });
      const tabs = await signInAll(driven, hosts);
      if (way.abrupt) await writtenToDisk(profile, driven, tabs);
      for (const host of hosts) site.advanceHost(host, PASS_OVER_MS);
      await within(EXIT_MS, way.close(driven)).finally(() => driven.kill());
      restartedAt = site.now(hosts[0]);
      for (const host of hosts) expiries.set(host, (await site.session(host))?.idleExpiresAt);
      // Chromium asks after a crash, in a bubble that no driver can press; Firefox brings tabs back whatever is set.
      if (way.restore) await pressRestore(profile);
      const opens = engine === 'chromium' && !way.restore;
      const shown = hosts.filter((host) => !isAsking(host));
      const asking = hosts.filter(isAsking);
      const typed = asking.flatMap((host) => BY_HAND.map((at) => site.url(host, at)));
      const reopened = [
        ...shown.map((host) => site.url(host)),
        ...asking.flatMap((host) => ['/requests', '/api/private/tab'].map((at) => site.url(host, at))),
      ];
      const startsWith = engine === 'firefox' ? typed : opens ? reopened : [];
      const again = startPlain(profile, { display, urls: startsWith });
      const paths = opens ? ['/'] : ['/', '/second'];
      const rendered = opens ? [] : hosts.filter(isRun).map((host) => renderedAgain(host, restartedAt));
      const askedAgain = asking.map((host) => allAsked(host, restartedAt));
      const restored = settled(shown, paths, restartedAt).then(() => {
        // Addresses at its start would keep Chromium from restoring all tabs; the running browser takes those of a second.
        if (engine === 'chromium') startPlain(profile, { display, urls: typed });
      });
      await Promise.all([restored, ...rendered, ...askedAgain]).finally(() => again.kill());
    } catch (caught) {
      error = caught ?? 'failed';
    }
    await profile.remove();
    for (const host of hosts) {
      const name = key(engine, way.name, host.split('-')[0]!);
      outcomes.set(name, [...(outcomes.get(name) ?? []), await outcomeOf(host, restartedAt, error)]);
    }
  }

  /** Two tabs where it matters: the second one must not take the first one's word for anything. @returns all of them */
  async function signInAll(driven: Driven, hosts: readonly string[]): Promise<Restorable[]> {
    const tabs: Restorable[] = [];
    const open = async (host: string, at: string, url = site.url(host, at)) => {
      const page = await driven.open();
      await page.goto(url);
      await shows(host, at, 0, (text) => text.includes(PRIVATE));
      if (!isAsking(host)) tabs.push({ host, url: site.url(host, at) });
      return page;
    };
    for (const host of hosts) {
      const first = await open(host, '/', site.signInUrl(host));
      if (!host.startsWith('cookie')) await site.bound(host);
      // Another tab of the window is open by then: the browser goes on.
      if (isAsking(host)) await first.close();
      if (isAsking(host)) tabs.push(...(await askAll(driven, host)));
      if (!isRun(host)) continue;
      await open(host, '/second');
      await open(host, '/rendered');
    }
    return tabs;
  }

  /** Leaves tabs that ask for what is private when they are restored, and closes the one with the client. */
  async function askAll(driven: Driven, host: string): Promise<Restorable[]> {
    const since = site.now(host);
    const tabs: Restorable[] = [];
    for (const at of ['/requests', '/api/private/tab', ...BY_HAND]) {
      const page = await driven.open();
      await page.goto(site.url(host, at));
      if (BY_HAND.includes(at)) await page.close();
      else tabs.push({ host, url: site.url(host, at) });
    }
    await allAsked(host, since);
    before.set(host, site.asked(host, since));
    return tabs;
  }

  /** Waits until everything that asks has been answered. */
  async function allAsked(host: string, since: number): Promise<void> {
    const missing = () =>
      Object.entries(site.asked(host, since)).filter(([, statuses]) => !statuses.some(Boolean));
    await shows(host, '/requests', since, (text) => text === 'asked');
    for (let waited = 0; missing().length > 0 && waited < RESTORED_MS; waited += 100) await wait(100);
    if (missing().length > 0) throw new Error(`${host}: never asked: ${missing().map(([way]) => way)}`);
  }

  function shows(
    host: string,
    at: string,
    since: number,
    matches: (text: string) => boolean,
  ): Promise<Report> {
    return site.reported(
      `${host}${at}`,
      (report) => report.host === host && report.path === at && report.at >= since && matches(report.text),
      RESTORED_MS,
    );
  }

  async function settled(hosts: readonly string[], paths: readonly string[], since: number): Promise<void> {
    const final = (text: string) => !/^(loading|active)/.test(text);
    await Promise.all(
      hosts.flatMap((host) => pathsOf(host, paths).map((at) => shows(host, at, since, final))),
    );
  }

  /** The page that a server renders: what came of its load is for its answer to say. */
  async function renderedAgain(host: string, since: number): Promise<void> {
    const loaded = () =>
      site.visits.some((visit) => visit.host === host && visit.path === '/rendered' && visit.at >= since);
    for (let waited = 0; !loaded() && waited < RESTORED_MS; waited += 100) await wait(100);
    if (!loaded()) throw new Error(`${host}/rendered: not loaded again`);
    await wait(1_000);
  }

  async function outcomeOf(host: string, since: number, error: unknown): Promise<Outcome> {
    const ofRun = <T extends { host: string; at: number }>(all: readonly T[]) =>
      since === 0 ? [] : all.filter((one) => one.host === host && one.at >= since);
    const reports = ofRun(site.reports);
    const visits: Visit[] = ofRun(site.visits);
    const session = await site.session(host);
    const isPrivate = (text: string) => text.includes(PRIVATE) || text.includes('"subject"');
    const first = visits[0]?.at;
    return {
      asked: { before: before.get(host) ?? {}, after: site.asked(host, since) },
      slid: session?.idleExpiresAt !== expiries.get(host),
      error,
      shown: Object.fromEntries(reports.map(({ path, text }) => [path, text])),
      leaked: [...visits.map(({ reply }) => reply), ...reports.map(({ text }) => text)].some(isPrivate),
      session: session && {
        state: session.state,
        ...(session.state === 'ended' && { endReason: session.endReason }),
      },
      endedAfterMs: session?.state === 'ended' && first ? session.endedAt - first : undefined,
    };
  }

  for (const engine of ['chromium', 'firefox'] as const) {
    for (const way of ways) {
      const paths = engine === 'firefox' || way.restore ? ['/', '/second'] : ['/'];
      const text = (mode: string, shown: string) =>
        Object.fromEntries(pathsOf(mode, paths).map((at) => [at, shown]));

      for (const mode of ['run', 'last'] as const) {
        test(`${engine}, ${way.name}, ${mode}: signed out, nothing private is shown`, () => {
          const found = outcomes.get(key(engine, way.name, mode))!;
          expect(
            found.map(({ error, shown, leaked, session }) => ({ error, shown, leaked, session })),
          ).toEqual(
            Array(repeats).fill({
              error: undefined,
              shown: text(mode, 'ended closed'),
              leaked: false,
              session: { state: 'ended', endReason: 'closed' },
            }),
          );
        });
      }

      test.each(Object.keys(WAYS_TO_ASK))(
        `${engine}, ${way.name}: what is private is refused to %s, and was not before`,
        (asker) => {
          const found = outcomes.get(key(engine, way.name, 'asks'))!;
          const statuses = found.map(({ asked }) => ({
            before: [...new Set(asked.before[asker])],
            after: [...new Set(asked.after[asker])],
          }));
          expect(statuses).toEqual(Array(repeats).fill({ before: [200], after: [403] }));
        },
      );

      test(`${engine}, ${way.name}: whatever was refused ended, slid and showed nothing`, () => {
        const found = outcomes.get(key(engine, way.name, 'asks'))!;
        expect(found.map(({ error, leaked, session, slid }) => ({ error, leaked, session, slid }))).toEqual(
          Array(repeats).fill({ error: undefined, leaked: false, session: { state: 'active' }, slid: false }),
        );
      });

      test(`${engine}, ${way.name}, cookie: still signed in`, () => {
        const found = outcomes.get(key(engine, way.name, 'cookie'))!;
        expect(found.map(({ error, shown, session }) => ({ error, shown, session }))).toEqual(
          Array(repeats).fill({
            error: undefined,
            shown: text('cookie', PRIVATE),
            session: { state: 'active' },
          }),
        );
      });
    }
  }
}

function pathsOf(host: string, paths: readonly string[]): readonly string[] {
  return isRun(host) ? paths : ['/'];
}

function isAsking(host: string): boolean {
  return host.startsWith('asks');
}

function isRun(host: string): boolean {
  return host.startsWith('run');
}

async function closeWindow(driven: Driven): Promise<void> {
  const page = (await driven.browser.pages()).at(-1)!;
  await page.evaluate(`void setTimeout(() => { location.hash = 'do=closeWindow' })`);
  await driven.exited;
}

async function end(driven: Driven, signal: NodeJS.Signals): Promise<void> {
  driven.signal(signal);
  await driven.exited;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  const timeout = wait(ms, undefined, late).then(() => {
    throw new Error(`not within ${ms} ms`);
  });
  return Promise.race([work, timeout]).finally(() => late.abort());
}
