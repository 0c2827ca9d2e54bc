import { expect, test } from '@jest/globals';
import { chromiumDriver, launchChromium } from '../../support/chromium.ts';
import { startSite } from '../../support/site.ts';
import type { Harness } from '../../support/stage.ts';
import { ordersPage } from '../../support/stage.ts';
import { passTime } from '../../support/time.ts';
import { until } from '../../support/until.ts';

/** Chromium alone, with the scroll bars that Playwright hides: a drag of one is nothing but a pointer that goes down to pages. */
test('a scroll bar that is dragged is activity, and what a script scrolls is not', async () => {
  const site = await startSite();
  const browser = chromiumDriver(await launchChromium({ ignoreDefaultArgs: ['--hide-scrollbars'] }));
  try {
    site.policy = { idleTimeoutMs: 60_000, warnBeforeMs: 20_000, absoluteTimeoutMs: 600_000 };
    site.pages.set('/app', ordersPage());
    const context = await browser.context(() => site.now());
    const tab = await context.page();
    await tab.goto(`${site.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the client', () => tab.evaluate(() => 'session' in globalThis));
    const status = () => tab.evaluate(() => (globalThis as unknown as Harness).session.getSnapshot().status);
    await until('the session', async () => (await status()) === 'active');
    const { mouse } = tab.chromium!;
    const bar = await tab.evaluate(() => {
      const text = document.querySelector<HTMLTextAreaElement>('#text')!;
      Object.assign(text.style, { width: '200px', height: '200px' });
      text.value = 'line\n'.repeat(200);
      const { right, top } = text.getBoundingClientRect();
      return { x: right - 8, y: top + 30, width: text.offsetWidth - text.clientWidth };
    });
    expect(bar.width).toBeGreaterThan(8);
    await mouse.move(bar.x, bar.y);
    await passTime(site, [tab], 30_000);
    const before = site.touches();

    await tab.evaluate(() => {
      document.querySelector('#text')!.scrollTop = 400;
    });
    await passTime(site, [tab], 5_000);
    expect(site.touches()).toBe(before);
    await mouse.down();
    await mouse.move(bar.x, bar.y + 80, { steps: 4 });
    await mouse.up();
    await passTime(site, [tab], 5_000);
    expect(site.touches()).toBe(before + 1);
  } finally {
    await browser.close();
    await site.close();
  }
});
