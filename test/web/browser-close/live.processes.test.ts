import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer-core';
import { evaluate } from '../../../core/lifecycle.ts';
import { createPool } from '../../../functions/pool.ts';
import { type CloseSite, PRIVATE, type Report, startCloseSite } from '../../support/close-site.ts';
import { startDisplay } from '../../support/processes.ts';
import {
  createProfile,
  type Driven,
  type Engine,
  killBrowsers,
  noRealBrowsers,
  startDriven,
  startPlain,
} from '../../support/real-browsers.ts';
import { until } from '../../support/until.ts';

/** Every story this many times, each time with a session and tabs of its own: more than once in CI. */
const TIMES = Number(process.env.CURFEW_REPEATS ?? 1);
/** When every page has said for the last time that it is there, and has been answered. */
const SAID_MS = 12_000;
/** The close grace is over by then, unless somebody cancelled it. */
const GRACE_OVER_MS = 36_000;
/** Longer than a page waits to say again that it is there. */
const STOPPED_MS = 12_000;

/** Only what both drivers can do. */
interface Tab {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  back(): Promise<unknown>;
  forward(): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  close(): Promise<unknown>;
  /** Chromium only. */
  freeze(): Promise<unknown>;
}
interface Stage {
  readonly site: CloseSite;
  readonly host: string;
  readonly tab: Tab;
  open(): Promise<Tab>;
  /** Waits until a page at that path shows what is private. */
  shown(path: string, since?: number): Promise<Report>;
}
type Story = (stage: Stage) => Promise<unknown>;

const click = (tab: Tab, id: string) => tab.evaluate(`document.querySelector('#${id}').click()`);
/** The tab may be gone before it can answer. */
const command = (tab: Tab, name: string) =>
  tab.evaluate(`void setTimeout(() => { location.hash = 'do=${name}' })`);

/** Nobody is left who could object: the session ends where it lives by its pages. In Chromium only so far. */
const LAST_PAGE_STORIES: Readonly<Record<string, Story>> = {
  async 'the only tab closed'({ tab }) {
    await command(tab, 'close');
  },
  async 'the only tab gone to another site'({ site, tab }) {
    await tab.goto(`${site.elsewhere}/external`);
  },
};

const STORIES: Readonly<Record<string, Story>> = {
  async reload({ tab, shown }) {
    const since = Date.now();
    await tab.reload();
    await shown('/', since);
  },
  async 'pages that a server renders, one after the other'({ site, host, tab, shown }) {
    await tab.goto(site.url(host, '/rendered'));
    const first = await shown('/rendered');
    await wait(4_000);
    await tab.goto(site.url(host, '/rendered'));
    await shown('/rendered', first.at + 1);
    await tab.goto(site.url(host, '/b'));
    await shown('/b');
  },
  async 'requests of every kind, by hand and by a page without the client'({ site, host, tab, shown }) {
    const since = site.now(host);
    for (const at of ['/api/session', '/api/private/by-hand', '/api/private/tab'])
      await tab.goto(site.url(host, at));
    await tab.goto(site.url(host, '/requests'));
    await site.reported(`${host}/requests`, (report) => report.host === host && report.text === 'asked');
    const asked = Object.entries(site.asked(host, since));
    const rejected = asked.filter(
      ([, statuses]) => statuses.length === 0 || statuses.some((status) => status !== 200),
    );
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
    await tab.goto(site.url(host, '/b'));
    await shown('/b');
  },
  async 'signed out, and in again'({ site, host, tab, shown }) {
    const bound = () =>
      site.visits.filter((visit) => visit.host === host && /"same"/.test(visit.reply)).length;
    await tab.evaluate('session.signOut()');
    const since = site.now(host);
    const before = bound();
    await tab.goto(site.signInUrl(host));
    await shown('/', since);
    // One answer to the mark, and one to the check of whether the browser keeps it.
    await until(`${host} to be bound again`, async () => bound() >= before + 2, 30_000);
    await tab.goto(site.url(host, '/b'));
    await shown('/b', since);
  },
  async 'ended, and signed in again with a small window'({ site, host, tab, shown }) {
    const bound = () =>
      site.visits.filter((visit) => visit.host === host && /"same"/.test(visit.reply)).length;
    await tab.evaluate('session.signOut()');
    const since = site.now(host);
    const before = bound();
    await tab.evaluate(`void window.open('/api/auth/sign-in?display=popup', '', 'popup')`);
    // The page has not been loaded again, and binds the session that it had not before.
    await shown('/', since);
    await until(`${host} to be bound again`, async () => bound() >= before + 2, 30_000);
    await tab.goto(site.url(host, '/b'));
    await shown('/b', since);
  },
  async link({ tab, shown }) {
    await click(tab, 'link');
    await shown('/b');
  },
  async 'link and back'({ tab, shown }) {
    await click(tab, 'link');
    await shown('/b');
    await tab.back();
  },
  async 'back and forward'({ tab, shown }) {
    await click(tab, 'link');
    await shown('/b');
    await tab.back();
    await wait(1_500);
    await tab.forward();
  },
  async 'another site and back'({ site, tab }) {
    await tab.goto(`${site.elsewhere}/external`);
    await wait(1_000);
    await tab.back();
  },
  async 'a new tab with an opener'({ tab, shown }) {
    await click(tab, 'blank');
    await shown('/opener');
  },
  async 'a new tab without an opener, the old one closed'({ tab, shown }) {
    await click(tab, 'noopener');
    await shown('/noopener');
    await tab.close();
  },
  async 'window.open'({ tab, shown }) {
    await tab.evaluate(`void window.open('/popup')`);
    await shown('/popup');
  },
  async 'a duplicated tab'({ tab, shown }) {
    const since = Date.now();
    await command(tab, 'duplicate');
    await shown('/', since);
  },
  async 'a reopened tab'({ tab, shown }) {
    const since = Date.now() + 1_500;
    await command(tab, 'reopen');
    await shown('/', since);
  },
  async 'a download'({ tab }) {
    await click(tab, 'download');
  },
  async 'mailto:'({ tab }) {
    await click(tab, 'mail');
  },
  async 'a tab closed beside another'({ site, host, open, shown }) {
    const second = await open();
    await second.goto(site.url(host, '/second'));
    await shown('/second');
    await second.close();
  },
};

const FIREFOX_STORIES: typeof STORIES = {
  async 'a discarded tab'({ tab, shown }) {
    const since = Date.now() + 1_500;
    await command(tab, 'discard');
    await shown('/', since);
  },
};

/** Only where the engine can be told to freeze a page. */
const CHROMIUM_STORIES: typeof STORIES = {
  async 'a tab closed beside a frozen one'({ site, host, tab, open, shown }) {
    const second = await open();
    await second.goto(site.url(host, '/second'));
    await shown('/second');
    await tab.freeze();
    // Where a page that goes starts the close grace, one that freezes takes a lock.
    const locks = () => second.evaluate('navigator.locks.query().then(({ held }) => held.length)');
    if (host.startsWith('last'))
      await until(`${host} to have a frozen page`, async () => (await locks()) === 1);
    await wait(500);
    await second.close();
  },
};

function storiesOf(engine: Engine): [string, Story][] {
  const own = engine === 'chromium' ? { ...LAST_PAGE_STORIES, ...CHROMIUM_STORIES } : FIREFOX_STORIES;
  return Object.entries({ ...own, ...STORIES });
}

const REPEATS = Array.from({ length: TIMES }, (_, id) =>
  ['run', 'last'].map((mode) => ({ mode, id })),
).flat();

interface Outcome {
  readonly error?: unknown;
  readonly state: string;
  readonly closesAt: number | null | undefined;
}

(noRealBrowsers ? describe.skip : describe)('a session lives on while its browser does', () => {
  const outcomes = new Map<string, Outcome[]>();
  const shownAt = (host: string, at: string, since: number) =>
    site.reported(
      `${host}${at} shows what is private`,
      (report) =>
        report.host === host && report.path === at && report.at >= since && report.text.includes(PRIVATE),
      45_000,
    );
  const key = (engine: Engine, mode: string, story: string) => `${engine} ${mode} ${story}`;
  let site: CloseSite;
  let screen: Awaited<ReturnType<typeof startDisplay>>;

  beforeAll(async () => {
    site = await startCloseSite();
    screen = await startDisplay();
    await Promise.all(
      (['chromium', 'firefox'] as const).flatMap((engine) => {
        const browsers = createPool(2);
        const stories = createPool(6);
        const playing = REPEATS.map((repeat) => browsers(() => playAll(engine, repeat, stories)));
        return [...playing, stopAll(engine)];
      }),
    );
  }, 900_000);
  afterAll(async () => {
    killBrowsers();
    await site?.close();
    await screen?.stop();
  });

  /**
   * Each story on a host of its own, and a browser for each mode and repeat: Chromium keeps the credentials of 20 hosts,
   * and forgets the one that was not used for the longest time.
   */
  async function playAll(
    engine: Engine,
    { mode, id }: (typeof REPEATS)[number],
    pool: ReturnType<typeof createPool>,
  ): Promise<void> {
    const profile = await createProfile(engine, true);
    const { driven, open } = await start(profile, screen.display);
    const settling: Promise<void>[] = [];
    const playing = storiesOf(engine).map(([name, story], index) =>
      pool(async () => {
        const host = `${mode}-${engine}-${index}-${id}`;
        const error = await play(host, open, story).then(
          () => undefined,
          (caught: unknown) => caught ?? 'failed',
        );
        settling.push(settle(engine, mode, name, host, error));
      }),
    );
    await Promise.all(playing);
    await Promise.all(settling);
    await driven.kill();
    await profile.remove();
  }

  async function stopAll(engine: Engine): Promise<void> {
    const profile = await createProfile(engine, true);
    const hosts = REPEATS.map(({ mode, id }) => ({ mode, host: `${mode}-${engine}-stopped-${id}` }));
    const urls = hosts.map(({ host }) => site.signInUrl(host));
    const running = startPlain(profile, { display: screen.display, urls });
    const ready = await Promise.all(
      hosts.map(({ host }) => site.bound(host).catch((caught: unknown) => caught)),
    );
    running.signalAll('SIGSTOP');
    for (const { host } of hosts) site.advanceHost(host, GRACE_OVER_MS - STOPPED_MS);
    await wait(STOPPED_MS);
    running.signalAll('SIGCONT');
    await Promise.all(
      hosts.map(({ mode, host }, index) => settle(engine, mode, 'all processes stopped', host, ready[index])),
    );
    await running.kill();
    await profile.remove();
  }

  async function play(host: string, open: () => Promise<Tab>, story: Story): Promise<void> {
    const shown = (at: string, since = 0) => shownAt(host, at, since);
    const tab = await open();
    await tab.goto(site.signInUrl(host));
    await shown('/');
    await site.bound(host);
    await story({ site, host, tab, open, shown });
  }

  /** Once a session is not closing, nothing but time decides. */
  async function settle(engine: Engine, mode: string, name: string, host: string, told: unknown) {
    const isAwaited = !(name in LAST_PAGE_STORIES);
    // A busy browser may take seconds to say that its last page has gone: what it says counts from then on.
    const error = isAwaited || mode !== 'last' ? told : (told ?? (await notClosing(host)));
    const over = site.now(host) + GRACE_OVER_MS;
    await wait(SAID_MS);
    while (isAwaited && site.now(host) < over && (await site.session(host))?.closesAt) await wait(500);
    const session = await site.session(host);
    const later = Math.max(over, site.now(host));
    const state = session ? evaluate(session, later).state : 'unknown';
    const before = outcomes.get(key(engine, mode, name)) ?? [];
    outcomes.set(key(engine, mode, name), [...before, { state, closesAt: session?.closesAt, error }]);
  }

  /** @returns why it can't be said that the session is closing; undefined: it is */
  function notClosing(host: string): Promise<unknown> {
    const isClosing = async () => typeof (await site.session(host))?.closesAt === 'number';
    return until(`${host} to be closing`, isClosing, 45_000).then(
      () => undefined,
      (caught: unknown) => caught ?? 'failed',
    );
  }

  for (const engine of ['chromium', 'firefox'] as const) {
    const stories = [...storiesOf(engine).map(([name]) => name), 'all processes stopped'];
    for (const mode of ['run', 'last']) {
      const ends = mode === 'last' ? 'expired' : 'live';
      for (const story of stories.filter((name) => name in LAST_PAGE_STORIES)) {
        test(`${engine}, ${mode}: ${story}: ${ends}`, () => {
          const found = outcomes.get(key(engine, mode, story));
          expect(found?.map(({ error, state }) => ({ error, state }))).toEqual(
            Array(TIMES).fill({ error: undefined, state: ends }),
          );
        });
      }
      test.each(stories.filter((story) => !(story in LAST_PAGE_STORIES)))(
        `${engine}, ${mode}: %s`,
        (story) => {
          const found = outcomes.get(key(engine, mode, story));
          expect(found).toEqual(Array(TIMES).fill({ error: undefined, state: 'live', closesAt: null }));
        },
      );
    }
  }

  test('no page was ever asked for a password, and no document load failed its check', () => {
    // A session that has been signed out answers 401 as well, without a challenge.
    const challenges = site.visits.filter((visit) => visit.status === 401 && !visit.reply.includes('"code"'));
    expect(new Set(challenges.map((visit) => visit.path))).toEqual(new Set(['/api/mark']));
    expect(
      site.visits.filter((visit) => visit.path === '/api/run/check' && visit.reply.includes('other')),
    ).toEqual([]);
  });
});

async function start(
  profile: Awaited<ReturnType<typeof createProfile>>,
  display: string,
): Promise<{ driven: Driven; open: () => Promise<Tab> }> {
  const driven = await startDriven(profile, { display });
  return { driven, open: async () => tab(await driven.open()) };
}

function tab(page: Page): Tab {
  // A page out of the back/forward cache loads nothing, and a driver would wait for that. One that is just being left
  // has no document to ask.
  const leave = (direction: 'back' | 'forward') => {
    const script = `void setTimeout(() => history.${direction}())`;
    return page.evaluate(script).catch(() => wait(1_000).then(() => page.evaluate(script)));
  };
  return {
    goto: (url) => page.goto(url),
    reload: () => page.reload(),
    back: () => leave('back'),
    forward: () => leave('forward'),
    evaluate: (script) => page.evaluate(script),
    close: () => page.close(),
    async freeze() {
      const cdp = await page.createCDPSession();
      await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
    },
  };
}
