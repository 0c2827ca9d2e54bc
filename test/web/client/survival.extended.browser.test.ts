import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { browsersHere, launch } from '../../support/browsers.ts';
import type { BrowserName } from '../../support/driver.ts';
import { startSite, type TestSite } from '../../support/site.ts';
import { type Harness, ordersPage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

/** Real time: a process that is stopped knows no other. */
const IDLE = 8_000;
const STOPPED = IDLE + 4_000;

describe('a browser that was stopped (SIGSTOP) for longer than the idle timeout', () => {
  const sites = new Map<string, TestSite>();
  const snapshots = new Map<string, object>();

  /** All browsers are stopped at the same time: what they wait for, they wait for together. */
  beforeAll(() => Promise.all(browsersHere().map(stopAndContinue)), 120_000);
  afterAll(() => Promise.all([...sites.values()].map((site) => site.close())));

  async function stopAndContinue(name: BrowserName): Promise<void> {
    const site = await startSite({ now: () => Date.now() });
    sites.set(name, site);
    site.policy = { idleTimeoutMs: IDLE, warnBeforeMs: 3_000, touchIntervalMs: 0 };
    site.pages.set('/app', ordersPage());
    const browser = await launch(name);
    const tab = await (await browser.context()).page();
    const snapshot = () => tab.evaluate(() => (globalThis as unknown as Harness).session?.getSnapshot());
    await tab.goto(`${site.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the session', async () => (await snapshot())?.status === 'active');
    const pids = await browser.pids();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await wait(STOPPED);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await until('the end', async () => (await snapshot()).status === 'ended', 30_000);
    snapshots.set(name, await snapshot());
    await browser.close();
  }

  test.each(browsersHere())('ends when it goes on, in %s', async (name) => {
    expect(snapshots.get(name)).toMatchObject({ status: 'ended', reason: 'idle' });
    expect(sites.get(name)!.touches()).toBe(0);
    expect(await sites.get(name)!.session()).toMatchObject({ state: 'ended', endReason: 'idle' });
  });
});
