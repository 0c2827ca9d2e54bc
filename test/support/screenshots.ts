import { mkdir, readFile } from 'node:fs/promises';
import { chromiumDriver, launchChromium } from './chromium.ts';
import type { TestPage } from './driver.ts';
import { buildIfStale } from './fresh-build.ts';
import { startSite, type TestSite } from './site.ts';
import { passTime } from './time.ts';

/**
 * Makes the pictures of `docs/gallery.md`: each state of the demo, light and dark, and as narrow as a phone gets, and the dialog in
 * other languages. With a folder, there; with a pattern besides, those whose name it matches, in the gallery or not.
 */
const [OUT = 'docs/images', ONLY] = process.argv.slice(2);
const GALLERY = await readFile('docs/gallery.md', 'utf8');
const PAGE = (await readFile('test/support/pages/orders.html', 'utf8')).replace(
  '<head>',
  '<head><meta name="color-scheme" content="light dark">',
);
const MINUTE = 60_000;
/** Longer than any transition of the page, ms. */
const STILL = 700;

interface Stage {
  readonly page: TestPage;
  readonly site: TestSite;
  readonly pass: (ms: number) => Promise<void>;
}

interface Scene {
  readonly name: string;
  readonly play: (stage: Stage) => Promise<unknown>;
}

/** Until an answer to the dialog can be meant. */
async function answerable(page: TestPage, pass: Stage['pass']): Promise<void> {
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await pass(700);
}

const SCENES: readonly Scene[] = [
  { name: 'work', play: async () => undefined },
  { name: 'warning', play: ({ pass }) => pass(13.4 * MINUTE) },
  {
    name: 'extending',
    play: async ({ page, site, pass }) => {
      await pass(13.4 * MINUTE);
      await answerable(page, pass);
      site.breakage = 'hang';
      await page.press('Enter');
    },
  },
  {
    name: 'failed',
    play: async ({ page, site, pass }) => {
      await pass(14.2 * MINUTE);
      await answerable(page, pass);
      site.breakage = 'network';
      await page.press('Enter');
    },
  },
  {
    name: 'offline',
    play: async ({ site, pass }) => {
      await pass(12 * MINUTE);
      site.breakage = 'network';
      await pass(2.6 * MINUTE);
    },
  },
  { name: 'urgent', play: ({ pass }) => pass(14.8 * MINUTE) },
  {
    name: 'unsure',
    play: async ({ site, pass }) => {
      await pass(14 * MINUTE);
      site.breakage = 'unavailable';
      await pass(1.5 * MINUTE);
    },
  },
  { name: 'ended', play: ({ pass }) => pass(15.5 * MINUTE) },
  {
    name: 'again',
    play: async ({ page, site, pass }) => {
      await pass(15.5 * MINUTE);
      await answerable(page, pass);
      // The small window waits.
      site.breakage = 'hang';
      await page.click('session-timeout-dialog >>> .again');
    },
  },
];
const ABSOLUTE: readonly Scene[] = [
  { name: 'limit', play: ({ pass }) => pass(13.6 * MINUTE) },
  { name: 'absolute', play: ({ pass }) => pass(14.2 * MINUTE) },
];

/** A page in a language of the dialog's own, and in one that it answers in English, from right to left. */
const LANGUAGES = ['de', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt', 'zh', 'ar'];
const TRANSLATED = ['warning', 'failed', 'ended'];

buildIfStale();
await mkdir(OUT, { recursive: true });
const browser = chromiumDriver(await launchChromium());
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1200, 320]) {
    const suffix = `${width === 320 ? '-narrow' : ''}-${colorScheme}`;

    /** A page of a site of its own. */
    const show = async (policy: TestSite['policy'], play: (stage: Stage) => Promise<unknown>) => {
      const site = await startSite();
      site.policy = policy;
      const context = await browser.context(site.now);
      const page = await context.page();
      await page.size(width, width === 320 ? 640 : 780);
      await page.chromium!.emulateMedia({ colorScheme });
      await play({ page, site, pass: (ms) => passTime(site, [page], ms) });
      await context.close();
      await site.close();
    };
    const isWanted = (name: string) =>
      ONLY === undefined
        ? GALLERY.includes(`/${name}${suffix}.png)`)
        : new RegExp(ONLY).test(`${name}${suffix}`);
    const picture = async (tab: TestPage, name: string, fullPage: boolean) => {
      const { chromium: page } = tab;
      // A link under the pointer would be underlined.
      await tab.move(0, 0);
      await page!.waitForTimeout(STILL);
      await page!.screenshot({ path: `${OUT}/${name}${suffix}.png`, fullPage });
    };
    const scene = async (policy: TestSite['policy'], { name, play }: Scene) =>
      isWanted(name) &&
      show(policy, async (stage) => {
        const { page, site } = stage;
        await page.goto(`${site.origin}/api/auth/sign-in?returnTo=/?case=2041`);
        await page.chromium!.waitForSelector('#work:not([hidden])');
        await page.click('#details');
        await page.type('Water came in under the door of the server room at about ten to six. ');
        await play(stage);
        await picture(page, name, name === 'work');
      });

    if (isWanted('home'))
      await show({}, async ({ page, site }) => {
        await page.goto(site.origin);
        await page.chromium!.waitForSelector('#home:not([hidden])');
        await picture(page, 'home', true);
      });
    // The small window itself, in which the user has cancelled.
    if (isWanted('again-window'))
      await show({}, async ({ page, site }) => {
        site.cancels = true;
        if (width > 480) await page.size(480, 640);
        await page.goto(`${site.origin}/api/auth/sign-in?display=popup`);
        await picture(page, 'again-window', false);
      });
    for (const each of SCENES) await scene({}, each);
    // The page that the tests work in, in the light on a wide screen and in the dark on a narrow one.
    for (const lang of (colorScheme === 'light') === width > 320 ? LANGUAGES : []) {
      for (const { name, play } of SCENES.filter((each) => TRANSLATED.includes(each.name))) {
        if (!isWanted(`${name}-${lang}`)) continue;
        await show({}, async (stage) => {
          const { page, site } = stage;
          const tag = `lang="${lang}" dir="${lang === 'ar' ? 'rtl' : 'ltr'}"`;
          site.pages.set('/app', PAGE.replace('lang="en"', tag));
          await page.goto(`${site.origin}/api/auth/sign-in?returnTo=/app`);
          await page.chromium!.waitForFunction('globalThis.session?.getSnapshot().status === "active"');
          await play(stage);
          await picture(page, `${name}-${lang}`, false);
        });
      }
    }
    for (const each of ABSOLUTE) await scene({ absoluteTimeoutMs: 15 * MINUTE }, each);
  }
}
await browser.close();
