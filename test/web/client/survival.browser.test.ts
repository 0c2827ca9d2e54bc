import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { browsersHere, launch, until } from '../../support/browsers.ts';
import type { TestBrowser, TestPage } from '../../support/driver.ts';
import { type FakeApi, startFakeApi } from '../../support/fake-api.ts';
import type { Harness } from '../../support/stage.ts';

/** Real time: processes that are stopped and killed know no other. */
const IDLE = 8_000;
const POLICY = { idleTimeoutMs: IDLE, warnBeforeMs: 3_000, touchIntervalMs: 0 };
const PAGE = `<!doctype html><html lang="en"><title>Survival</title><h1>Survival</h1><input id="note">
<script type="module">import { createSessionClient } from '/web/client.js';
window.log = []; window.session = createSessionClient();
for (const type of ['warning', 'ended', 'error']) session.addEventListener(type, () => log.push(type));
session.start();</script></html>`;

jest.setTimeout(120_000);
describe.each(browsersHere())('survival, in %s', (name) => {
  let browser: TestBrowser;
  let api: FakeApi;
  let running: NodeJS.Timeout;

  beforeEach(async () => {
    browser = await launch(name);
    api = await startFakeApi(POLICY);
    api.pages.set('/app', PAGE);
    let last = performance.now();
    running = setInterval(() => {
      const now = performance.now();
      api.advance(Math.round(now - last));
      last = now;
    }, 20);
  });
  afterEach(async () => {
    clearInterval(running);
    await browser.close();
    await api.close();
  });

  const status = (tab: TestPage) =>
    tab.evaluate(() => (globalThis as unknown as Harness).session?.getSnapshot().status);
  const reason = (tab: TestPage) =>
    tab.evaluate(() => (globalThis as unknown as Harness).session.getSnapshot().reason);

  test('a browser that was stopped (SIGSTOP) for longer than the idle timeout ends when it goes on', async () => {
    const context = await browser.context();
    const tab = await context.page();
    await tab.goto(`${api.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the session', async () => (await status(tab)) === 'active');
    const pids = await browser.pids();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, IDLE + 4_000));
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await until('the end', async () => (await status(tab)) === 'ended', 20_000);
    expect(await reason(tab)).toBe('idle');
    expect(api.touches()).toBe(0);
    expect(api.current).toMatchObject({ state: 'ended', endReason: 'idle' });
    await context.close();
  });

  // Firefox shares its content processes among tabs: there is no process that is one tab.
  if (name !== 'chromium') return;

  test('a tab that is killed (SIGKILL) while it holds news costs nobody anything', async () => {
    const context = await browser.context();
    const survivor = await context.page();
    await survivor.goto(`${api.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the session', async () => (await status(survivor)) === 'active');
    const before = new Set(await browser.pids());
    const victim = await context.page();
    await victim.goto(`${api.origin}/app`);
    await until('the second tab', async () => (await status(victim)) === 'active');
    const [pid] = (await browser.pids()).filter((id) => !before.has(id));
    expect(pid).toBeDefined();
    await victim.click('#note');
    await victim.type('a');
    const typedAt = api.now();
    process.kill(pid!, 'SIGKILL');

    await until('the warning', async () => (await status(survivor)) === 'warning', 20_000);
    // What the dead tab had seen of the user was told in its place, or by itself at the last moment.
    expect(api.current!.lastActivityAt).toBeGreaterThan(typedAt - 1_500);
    expect(api.now()).toBeGreaterThan(typedAt + IDLE - 3_000 - 1_500);
    await survivor.evaluate(() => (globalThis as unknown as Harness).session.extend());
    expect(await status(survivor)).toBe('active');
    await until('the end', async () => (await status(survivor)) === 'ended', 20_000);
    expect(await reason(survivor)).toBe('idle');
    await context.close();
  });
});
