import { mkdir } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { buildWeb } from '../../scripts/build-web.ts';
import { launchChromium } from './chromium.ts';
import { type FakeApi, startFakeApi } from './fake-api.ts';
import { type FakeClock, installFakeClock } from './fake-clock.ts';

/** Makes the pictures of the README: each state of the demo, light and dark, and as narrow as a phone gets. */
const OUT = process.argv[2] ?? 'docs/images';
const MINUTE = 60_000;

interface Scene {
  readonly name: string;
  readonly play: (stage: {
    page: Page;
    api: FakeApi;
    pass: (ms: number, stepMs?: number) => Promise<void>;
  }) => Promise<unknown>;
}

const extend = (page: Page) => page.keyboard.press('Enter');
const SCENES: readonly Scene[] = [
  { name: 'work', play: async () => undefined },
  { name: 'warning', play: ({ pass }) => pass(13.4 * MINUTE) },
  {
    name: 'extending',
    play: async ({ page, api, pass }) => {
      await pass(13.4 * MINUTE);
      api.breakage = 'hang';
      await extend(page);
    },
  },
  {
    name: 'failed',
    play: async ({ page, api, pass }) => {
      await pass(14.2 * MINUTE);
      api.breakage = 'network';
      await extend(page);
    },
  },
  {
    name: 'offline',
    play: async ({ api, pass }) => {
      await pass(12 * MINUTE);
      api.breakage = 'network';
      await pass(2.6 * MINUTE);
    },
  },
  { name: 'ended', play: ({ pass }) => pass(15.5 * MINUTE) },
];

async function scene(page: Page, api: FakeApi, { name, play }: Scene, suffix: string): Promise<void> {
  const pass = async (ms: number, stepMs = 5_000) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      api.advance(stepMs);
      await page.evaluate(
        (step) => (globalThis as unknown as { __clock: FakeClock }).__clock.run(step),
        stepMs,
      );
      await page.waitForTimeout(5);
    }
    await page.waitForTimeout(300);
  };
  await page.goto(`${api.origin}/api/auth/sign-in?returnTo=/?case=2041`);
  await page.waitForSelector('#work:not([hidden])');
  await page.click('#details');
  await page.keyboard.type('Water came in under the door of the server room at about ten to six. ');
  await play({ page, api, pass });
  await page.waitForTimeout(400);
  await page.screenshot({ path: `${OUT}/${name}${suffix}.png`, fullPage: name === 'work' });
}

async function run(): Promise<void> {
  await buildWeb();
  await mkdir(OUT, { recursive: true });
  const browser = await launchChromium();
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1200, 320]) {
      const suffix = `${width === 320 ? '-narrow' : ''}-${colorScheme}`;
      const viewport = width === 320 ? { width, height: 640 } : { width, height: 780 };
      const open = async (policy = {}) => {
        const api = await startFakeApi(policy);
        const context = await browser.newContext({ viewport, colorScheme });
        await context.addInitScript(installFakeClock, api.now());
        const page = await context.newPage();
        return { api, page, close: () => Promise.all([context.close(), api.close()]) };
      };
      const home = await open();
      await home.page.goto(home.api.origin);
      await home.page.waitForSelector('#home:not([hidden])');
      await home.page.waitForTimeout(300);
      await home.page.screenshot({ path: `${OUT}/home${suffix}.png`, fullPage: true });
      await home.close();
      for (const each of SCENES) {
        const stage = await open();
        await scene(stage.page, stage.api, each, suffix);
        await stage.close();
      }
      const absolute = await open({ absoluteTimeoutMs: 15 * MINUTE });
      const play: Scene['play'] = ({ pass }) => pass(13.4 * MINUTE);
      await scene(absolute.page, absolute.api, { name: 'absolute', play }, suffix);
      await absolute.close();
    }
  }
  await browser.close();
}

await run();
