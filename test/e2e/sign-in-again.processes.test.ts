import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer-core';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { startDisplay } from '../support/processes.ts';
import {
  createProfile,
  type Driven,
  killBrowsers,
  noRealBrowsers,
  type Profile,
  startDriven,
} from '../support/real-browsers.ts';
import { until } from '../support/until.ts';

/** The deployed bundles and a real OpenID provider on another site, in windows as users have them. The server's time is moved. */
const MINUTE = 60_000;
/** Longer than an answer to the dialog needs to be meant. */
const MEANT_MS = 1_000;

/** Several browsers run at once. */
const PATIENCE_MS = 20_000;

const AGAIN = 'session-timeout-dialog >>> .again';

(noRealBrowsers ? describe.skip : describe).each(['chromium', 'firefox'] as const)(
  'signing in again in place, in %s',
  (engine) => {
    let local: LocalRuntime;
    let screen: Awaited<ReturnType<typeof startDisplay>>;
    let profile: Profile;
    let driven: Driven;
    let tabs: Page[];

    beforeAll(async () => {
      [local, screen, profile] = await Promise.all([
        startLocal({ reuse: true }),
        startDisplay(),
        createProfile(engine, false),
      ]);
      driven = await startDriven(profile, { display: screen.display });
      const [one, two] = [await driven.open(), await driven.open()];
      await one.bringToFront();
      await one.goto(`${local.siteUrl}/api/auth/sign-in?returnTo=/?case=1`);
      await authenticate(one, 'demo');
      await one.waitForSelector('#work:not([hidden])');
      await two.goto(`${local.siteUrl}/?case=2`);
      tabs = [one, two];
      for (const [index, tab] of tabs.entries()) {
        await tab.bringToFront();
        await tab.waitForSelector('#work:not([hidden])');
        await tab.type('#summary', `unsaved ${index}`);
        await tab.evaluate(() => Object.assign(globalThis, { isSame: true }));
      }
    }, 120_000);
    afterAll(async () => {
      killBrowsers();
      await driven?.exited;
      await profile?.remove();
      await screen?.stop();
      await local?.close();
    });

    async function authenticate(page: Page, user: string): Promise<void> {
      await page.waitForSelector('input[name=login]');
      // Keys may go to another window meanwhile.
      await page.$eval(
        'form',
        (form, name) => {
          for (const input of form.querySelectorAll<HTMLInputElement>('[name=login], [name=password]'))
            input.value = name;
          form.requestSubmit();
        },
        user,
      );
    }
    const state = (tab: Page) =>
      tab.evaluate(() => document.querySelector<HTMLElement>('session-timeout-dialog')!.dataset.state);
    const seen = (tab: Page) =>
      tab.evaluate(() => ({
        isSame: 'isSame' in globalThis,
        summary: document.querySelector<HTMLInputElement>('#summary')?.value,
        focus: document.activeElement?.id,
      }));
    const windows = async () => (await driven.browser.pages()).filter((page) => !tabs.includes(page));
    async function small(): Promise<Page> {
      const isIt = (page: Page) => page.url().startsWith(local.issuer);
      await until('the small window', async () => (await windows()).some(isIt), PATIENCE_MS);
      return (await windows()).find(isIt)!;
    }

    /** The session ends by inactivity, and the tabs find out. */
    async function end(): Promise<void> {
      await local.advance(16 * MINUTE);
      for (const tab of tabs) {
        // One that is hidden does not ask.
        await tab.bringToFront();
        await tab.evaluate(() => void dispatchEvent(new Event('online')));
        await until('the end', async () => (await state(tab)) === 'ended', PATIENCE_MS);
      }
    }
    async function click(tab: Page): Promise<void> {
      await tab.bringToFront();
      const before = (await windows()).length;
      const isThere = async () => (await windows()).length > before;
      // A click that comes too soon after the dialog was painted is not meant. A second one would open a second window.
      for (let opened = false; !opened; ) {
        await wait(MEANT_MS);
        await tab.click(AGAIN);
        opened = await until('a window', isThere, 5_000).catch(() => false);
      }
    }

    test('both tabs go on where they were once the user has signed in: nothing is loaded again, and nothing is lost', async () => {
      const others = (await windows()).length;
      await end();
      await click(tabs[0]!);
      const opened = await small();
      // A small window, and not a tab.
      expect(await opened.evaluate(() => innerWidth)).toBeLessThan(600);
      await authenticate(opened, 'demo');
      for (const [index, tab] of tabs.entries()) {
        await until('the tab to be live', async () => (await state(tab)) === '', PATIENCE_MS);
        expect(await seen(tab)).toEqual({ isSame: true, summary: `unsaved ${index}`, focus: 'summary' });
      }
      await until('the window to be closed', async () => (await windows()).length === others, PATIENCE_MS);
      const live = (await local.sessions()).filter((session) => session.state === 'active');
      expect(live).toHaveLength(1);
    }, 120_000);

    test('a window that the user closes changes nothing, and the next one does', async () => {
      await end();
      await click(tabs[1]!);
      await (await small()).close();
      expect([await state(tabs[0]!), await state(tabs[1]!)]).toEqual(['ended', 'ended']);
      await click(tabs[1]!);
      await authenticate(await small(), 'demo');
      for (const [index, tab] of tabs.entries()) {
        await until('the tab to be live', async () => (await state(tab)) === '', PATIENCE_MS);
        expect(await seen(tab)).toMatchObject({ isSame: true, summary: `unsaved ${index}` });
      }
    }, 120_000);

    test('somebody else: both tabs show their own start, and nothing of before', async () => {
      await end();
      await click(tabs[0]!);
      await authenticate(await small(), 'alice');
      for (const tab of tabs) {
        await until('the start', async () => tab.url() === `${local.siteUrl}/`, PATIENCE_MS);
        await tab.waitForSelector('#work:not([hidden])');
        expect(await seen(tab)).toMatchObject({ isSame: false, summary: '' });
      }
    }, 120_000);
  },
);
