import { mkdir } from 'node:fs/promises';
import { chromiumDriver, launchChromium } from './chromium.ts';
import { type DevSite, startDevSite } from './dev-site.ts';
import type { TestPage } from './driver.ts';
import { buildIfStale } from './fresh-build.ts';

/**
 * Makes the pictures of the panel in the guide about developing: over a page and as one, light and dark, and as narrow as a phone gets.
 * With a folder, there.
 */
const [OUT = 'docs/images'] = process.argv.slice(2);
const MINUTE = 60_000;
/** Longer than any transition of the panel, and than the tick that brings it up to date, ms. */
const STILL = 1_500;

/** Sessions of other browsers. */
function others(now: number): DevSite['others'] {
  const common = {
    current: false,
    closesAt: null,
    idleTimeoutMs: 15 * MINUTE,
    absoluteTimeoutMs: 720 * MINUTE,
  };
  const warnings = { warnBeforeMs: 2 * MINUTE, absoluteWarnBeforeMs: 10 * MINUTE };
  const live = {
    createdAt: now - 50 * MINUTE,
    lastActivityAt: now - 14 * MINUTE,
    idleExpiresAt: now + MINUTE,
  };
  const until = { absoluteExpiresAt: now + 670 * MINUTE, expiresAt: now + MINUTE };
  return [
    {
      ...common,
      ...warnings,
      ...live,
      ...until,
      sessionId: 'G'.repeat(22),
      subject: 'grace',
      name: 'Grace Hopper',
      state: 'live',
    },
    {
      ...{
        ...common,
        ...warnings,
        ...live,
        ...until,
        sessionId: 'L'.repeat(22),
        subject: 'lin',
        name: 'Lin Ostrom',
      },
      ...{ state: 'ended', reason: 'idle', endedAt: now - 3 * MINUTE },
    },
  ];
}

buildIfStale();
await mkdir(OUT, { recursive: true });
const browser = chromiumDriver(await launchChromium());
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1200, 320]) {
    const suffix = `${width === 320 ? '-narrow' : ''}-${colorScheme}`;
    const site = await startDevSite();
    const context = await browser.context();
    const open = async (path: string): Promise<TestPage> => {
      const page = await context.page();
      await page.size(width, width === 320 ? 640 : 900);
      await page.chromium!.emulateMedia({ colorScheme });
      await page.goto(site.origin + path);
      return page;
    };
    const picture = async (page: TestPage, name: string, fullPage = false) => {
      await page.chromium!.waitForTimeout(STILL);
      await page.chromium!.screenshot({ path: `${OUT}/${name}${suffix}.png`, fullPage });
    };
    const page = await open('/');
    await picture(page, 'panel-closed');
    await page.click('curfew-panel >>> .open');
    await picture(page, 'panel-empty');
    await page.click('curfew-panel >>> [name=name]');
    await page.type('Ada Lovelace');
    await page.press('Enter');
    await page.chromium!.waitForFunction('globalThis.session?.getSnapshot().status === "active"');
    site.others = others(site.now());
    await page.evaluate(() => document.querySelector<HTMLElement>('#note')!.focus());
    await page.type('Water came in under the door.');
    site.tell('request', {
      at: site.now(),
      method: 'GET',
      path: '/orders',
      status: 200,
      touched: true,
      why: 'navigation',
    });
    for (let count = 0; count < 4; count++) {
      site.tell('request', {
        at: site.now(),
        method: 'GET',
        path: '/api/orders',
        status: 200,
        touched: false,
        why: 'passive',
      });
    }
    await site.tellState();
    await picture(page, 'panel');
    await page.chromium!.locator('curfew-panel .drawer').evaluate((drawer) => drawer.scrollBy(0, 560));
    await picture(page, 'panel-lower');
    await page.chromium!.locator('curfew-panel .drawer').evaluate((drawer) => drawer.scrollBy(0, 5_000));
    await picture(page, 'panel-lowest');
    await page.chromium!.locator('curfew-panel .drawer').evaluate((drawer) => drawer.scrollTo(0, 0));
    const own = await open('/__curfew');
    await own.chromium!.waitForTimeout(STILL);
    await own.chromium!.locator('curfew-panel [name=Server][value=down]').check();
    await picture(own, 'panel-page');
    await own.chromium!.locator('curfew-panel [name=Server][value=up]').check();
    await own.chromium!.locator('curfew-panel [value=warning]').click();
    await page.front();
    await picture(page, 'panel-warned');
    await page.click('session-timeout-dialog >>> .stay').catch(() => undefined);
    await context.close();
    await site.close();
  }
}
await browser.close();
