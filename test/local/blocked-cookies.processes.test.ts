import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { startDisplay } from '../support/processes.ts';
import {
  createProfile,
  type Engine,
  killBrowsers,
  noRealBrowsers,
  startDriven,
} from '../support/real-browsers.ts';

const ENGINES: readonly Engine[] = ['chromium', 'firefox'];

(noRealBrowsers ? describe.skip : describe)('the local runtime, where the user has blocked cookies', () => {
  let runtime: LocalRuntime;
  let screen: Awaited<ReturnType<typeof startDisplay>>;

  beforeAll(async () => {
    screen = await startDisplay();
    runtime = await startLocal({ reuse: true });
  }, 120_000);
  afterAll(async () => {
    killBrowsers();
    await runtime?.close();
    await screen?.stop();
  });

  test.each(ENGINES)('says so before anybody types a password, in %s', async (engine) => {
    const profile = await createProfile(engine, false, false);
    const browser = await startDriven(profile, { display: screen.display });
    try {
      const page = await browser.open();
      await page.goto(`${runtime.siteUrl}/api/auth/sign-in`);
      const text = await page.evaluate(() => document.body.innerText);
      expect(text).toContain('This browser keeps no cookies of this site');
      expect(text).toContain('allow them for this site');
    } finally {
      await browser.kill();
      await profile.remove();
    }
  });
});
