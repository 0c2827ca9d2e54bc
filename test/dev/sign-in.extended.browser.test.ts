import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { type Development, development } from '../support/development.ts';

let browser: Browser;
let dev: Development;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  dev = await development({ users: ['alice', 'somebody-whose-name-is-long-and-has-no-space-in-it'] });
});
afterEach(() => dev.close());

describe.each(['light', 'dark'] as const)('the sign-in page, %s', (colorScheme) => {
  let page: Page;

  beforeEach(async () => {
    // axe opens pages of its own, which a page without a context would not have.
    const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 } });
    page = await context.newPage();
    await page.goto(`${dev.origin}/api/auth/sign-in?returnTo=/orders`);
  });
  afterEach(() => page.context().close());

  test('has nothing that axe finds, and fits 320 px', async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  });

  test('signs in by the keyboard alone, under a name that is chosen or typed', async () => {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${dev.origin}/orders`);
    await page.goto(`${dev.origin}/api/auth/sign-in?returnTo=/orders`);
    for (let at = 0; at < 3; at += 1) await page.keyboard.press('Tab');
    await page.keyboard.type('Zoë');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${dev.origin}/orders`);
    const { sessions } = dev.world.state(undefined);
    expect(sessions.map(({ subject, reason }) => [subject, reason])).toEqual([
      ['alice', 'superseded'],
      ['Zoë', undefined],
    ]);
  });
});
