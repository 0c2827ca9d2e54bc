import { mkdir, readFile } from 'node:fs/promises';
import { chromiumDriver, launchChromium } from './chromium.ts';
import { type DevSite, startDevSite } from './dev-site.ts';
import type { TestPage } from './driver.ts';
import { buildIfStale } from './fresh-build.ts';
import type { Harness } from './stage.ts';
import { until } from './until.ts';

/**
 * Makes the pictures of the panel in `docs/gallery.md`. With a folder, all that there are, there: over a page and as one, light
 * and dark, and as narrow as a phone gets.
 */
const [FOLDER] = process.argv.slice(2);
const OUT = FOLDER ?? 'docs/images';
const GALLERY = await readFile('docs/gallery.md', 'utf8');
const MINUTE = 60_000;
/** Longer than any transition of the panel, and than the tick that brings it up to date, ms. */
const STILL = 1_500;

/** The page that stands behind has looks, too. */
const LOOKS =
  ':root { color-scheme: light dark; background: light-dark(#fff, #14171c); font: 1rem/1.5 system-ui } main { max-width: 24rem; padding: 1rem 2rem } label { display: block; margin: 0.6rem 0 } input:not([type=checkbox]), select, textarea { display: block; width: 100%; padding: 0.5rem; box-sizing: border-box; font: inherit }';

/** One of another browser has ended, and one is in its warning. */
async function signInOthers({ act }: DevSite): Promise<void> {
  await act({ action: 'sign-in', name: 'Lin Ostrom' });
  await act({ action: 'clock', advanceMs: 16 * MINUTE });
  await act({ action: 'sign-in', name: 'Grace Hopper' });
  await act({ action: 'clock', advanceMs: 13.7 * MINUTE });
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
    const picture = async (page: TestPage, name: string) => {
      if (!FOLDER && !GALLERY.includes(`/${name}${suffix}.png)`)) return;
      await page.chromium!.waitForTimeout(STILL);
      await page.chromium!.screenshot({ path: `${OUT}/${name}${suffix}.png` });
    };
    await signInOthers(site);
    const page = await open('/');
    await page.evaluate((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      document.adoptedStyleSheets = [sheet];
    }, LOOKS);
    await picture(page, 'panel-closed');
    await page.click('curfew-panel >>> .open');
    await picture(page, 'panel-empty');
    await page.click('curfew-panel >>> [name=name]');
    await page.type('Ada Lovelace');
    await page.press('Enter');
    await until('the session', () =>
      page.evaluate(() => (globalThis as unknown as Harness).session.getSnapshot().status === 'active'),
    );
    await page.evaluate(() => document.querySelector<HTMLElement>('#note')!.focus());
    await page.type('Water came in under the door.');
    const request = { at: site.world.now(), method: 'GET', path: '/orders', status: 200 } as const;
    site.world.report({ ...request, touched: true, why: 'navigation' });
    for (let count = 0; count < 4; count++) {
      site.world.report({ ...request, path: '/api/orders', touched: false, why: 'passive' });
    }
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
