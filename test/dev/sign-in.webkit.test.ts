import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sharedBrowser } from '../support/browsers.ts';
import { type RunningCommand, startCommand } from '../support/dev-command.ts';
import type { TestBrowser, TestContext, TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';

describe('the development server, in WebKit', () => {
  let browser: TestBrowser;
  let byHttps: RunningCommand;
  let byHttp: RunningCommand;
  let context: TestContext;
  let tab: TestPage;

  beforeAll(async () => {
    [byHttps, byHttp] = await Promise.all([startCommand({ https: true }), startCommand({ https: false })]);
    browser = await sharedBrowser('webkit');
  });
  afterAll(async () => {
    await Promise.all([byHttps?.close(), byHttp?.close()]);
    await browser?.close();
  });
  beforeEach(async () => {
    context = await browser.context();
    tab = await context.page();
  });
  afterEach(() => context.close());

  const text = () => tab.evaluate(() => document.body.innerText);

  test('by https a user signs in under a name, and the panel shows the session', async () => {
    await tab.goto(`${byHttps.origin}/api/auth/sign-in?returnTo=/orders`);
    await tab.click('button[value=alice]');
    await until('the page', async () => (await text()).includes('https: alice'));
    await tab.click('curfew-panel >>> .open');
    await until('the session in the panel', () =>
      tab.evaluate(() => {
        const root = document.querySelector('curfew-panel')!.shadowRoot!;
        return root.querySelector('.session')?.textContent?.includes('this browser') === true;
      }),
    );
    expect(tab.errors).toEqual([]);
  });

  test('by http it keeps no cookie, and the sign-in page says what to do in place of names', async () => {
    await tab.goto(`${byHttp.origin}/api/auth/sign-in?returnTo=/orders`);
    expect(await text()).toContain('This browser keeps no cookies of this site');
    expect(await text()).toContain('curfew dev --https');
    expect(await tab.evaluate(() => document.querySelector('form'))).toBeNull();
  });
});
