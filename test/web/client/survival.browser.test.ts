import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { browsersHere, launch } from '../../support/browsers.ts';
import type { TestBrowser, TestPage } from '../../support/driver.ts';
import { startSite, type TestSite } from '../../support/site.ts';
import { type Harness, ordersPage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

/** Real time: processes that are stopped and killed know no other. */
const IDLE = 8_000;
const POLICY = { idleTimeoutMs: IDLE, warnBeforeMs: 3_000, touchIntervalMs: 0 };
jest.setTimeout(120_000);
describe.each(browsersHere())('survival, in %s', (name) => {
  let browser: TestBrowser;
  let site: TestSite;

  beforeEach(async () => {
    browser = await launch(name);
    site = await startSite({ now: Date.now });
    site.policy = POLICY;
    site.pages.set('/app', ordersPage());
  });
  afterEach(async () => {
    await browser.close();
    await site.close();
  });

  const status = (tab: TestPage) =>
    tab.evaluate(() => (globalThis as unknown as Harness).session?.getSnapshot().status);
  const reason = (tab: TestPage) =>
    tab.evaluate(() => (globalThis as unknown as Harness).session.getSnapshot().reason);

  test('a browser that was stopped (SIGSTOP) for longer than the idle timeout ends when it goes on', async () => {
    const context = await browser.context();
    const tab = await context.page();
    await tab.goto(`${site.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the session', async () => (await status(tab)) === 'active');
    const pids = await browser.pids();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, IDLE + 4_000));
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await until('the end', async () => (await status(tab)) === 'ended', 20_000);
    expect(await reason(tab)).toBe('idle');
    expect(site.touches()).toBe(0);
    expect(await site.session()).toMatchObject({ state: 'ended', endReason: 'idle' });
    await context.close();
  });

  // Firefox shares its content processes among tabs: there is no process that is one tab.
  if (name !== 'chromium') return;

  test('a tab that is killed (SIGKILL) while it holds news costs nobody anything', async () => {
    const context = await browser.context();
    const survivor = await context.page();
    await survivor.goto(`${site.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the session', async () => (await status(survivor)) === 'active');
    const before = new Set(await browser.pids());
    const victim = await context.page();
    await victim.goto(`${site.origin}/app`);
    await until('the second tab', async () => (await status(victim)) === 'active');
    const [pid] = (await browser.pids()).filter((id) => !before.has(id));
    expect(pid).toBeDefined();
    await victim.click('#note');
    await victim.type('a');
    const typedAt = site.now();
    process.kill(pid!, 'SIGKILL');

    await until('the warning', async () => (await status(survivor)) === 'warning', 20_000);
    // What the dead tab had seen of the user was told in its place, or by itself at the last moment.
    expect((await site.session())!.lastActivityAt).toBeGreaterThan(typedAt - 1_500);
    expect(site.now()).toBeGreaterThan(typedAt + IDLE - 3_000 - 1_500);
    await survivor.evaluate(() => (globalThis as unknown as Harness).session.extend());
    expect(await status(survivor)).toBe('active');
    await until('the end', async () => (await status(survivor)) === 'ended', 20_000);
    expect(await reason(survivor)).toBe('idle');
    await context.close();
  });
});
