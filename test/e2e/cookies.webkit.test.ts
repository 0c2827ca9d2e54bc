import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { IWebDriverOptionsCookie } from 'selenium-webdriver';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../support/driver.ts';
import { html, startSite, type TestSite } from '../support/site.ts';
import { until } from '../support/until.ts';

describe('the cookies of a session, in WebKit', () => {
  let browser: TestBrowser;
  /** By https, and by http. */
  let site: TestSite;
  let plain: TestSite;
  let context: TestContext;
  let tab: TestPage;

  beforeAll(async () => {
    browser = await sharedBrowser('webkit');
    const answer = async () => html('<!doctype html><title>site</title><link rel="icon" href="data:,">');
    site = await startSite({ https: true, answer });
    plain = await startSite({ answer });
  });
  afterAll(async () => {
    await Promise.all([site, plain].map((each) => each.close()));
    await browser.close();
  });
  beforeEach(async () => {
    context = await browser.context();
    tab = await context.page();
  });
  afterEach(() => context.close());

  async function signIn(): Promise<void> {
    await tab.goto(`${site.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the page', async () => (await tab.evaluate(() => location.pathname)) === '/app');
  }
  const kept = async (): Promise<IWebDriverOptionsCookie[]> => tab.webkit!.manage().getCookies();
  /** Names of the cookies that came with the last request for a path. */
  const sentTo = (path: string, { visits } = site) => {
    const visit = visits.findLast((one) => one.path === path);
    if (!visit) throw new Error(`nothing asked for ${path}`);
    const { cookie = '' } = visit.headers;
    return cookie
      .split('; ')
      .map((pair) => pair.split('=')[0])
      .sort();
  };

  test('it keeps that of the session as it is sent: Secure, HttpOnly, Strict, for this host and without a lifetime', async () => {
    await signIn();
    const { value, ...session } = (await kept()).find(({ name }) => name === '__Host-session')!;
    expect(session).toEqual({
      name: '__Host-session',
      path: '/',
      domain: 'localhost',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
    });
    expect(await tab.evaluate(async () => (await fetch('/api/session')).status)).toBe(200);
    expect(await tab.evaluate(() => document.cookie)).toBe('');
  });

  test('it sends none to a name below this host, and none by http', async () => {
    await signIn();
    await tab.goto(site.url('below', '/page'));
    expect(sentTo('/page')).toEqual(['']);
    await tab.goto(`${plain.origin}/page`);
    expect(sentTo('/page', plain)).toEqual(['']);
  });

  test('what another site asks for is sent none, and its link all but the Strict one', async () => {
    await signIn();
    await tab.goto(`${site.elsewhere}/`);
    await tab.evaluate(async (origin) => {
      await fetch(`${origin}/api/session`, { mode: 'no-cors', credentials: 'include' }).catch(
        () => 'refused',
      );
      location.assign(`${origin}/linked`);
    }, site.origin);
    await until('the linked page', async () => (await tab.evaluate(() => location.pathname)) === '/linked');
    expect(sentTo('/api/session')).toEqual(['']);
    expect(sentTo('/linked')).toEqual(['__Host-last', '__Host-signin']);
    expect(await tab.evaluate(async () => (await fetch('/api/session')).status)).toBe(200);
  });

  test('over http://localhost it keeps no Secure cookie: nobody can sign in', async () => {
    await tab.goto(`${plain.origin}/api/auth/sign-in?returnTo=/app`);
    await until('the end', async () =>
      (await tab.evaluate(() => location.href)).endsWith('/?error=sign_in_expired'),
    );
    expect(await kept()).toEqual([]);
  });

  test('a browser that is started again has none: the session goes with the run', async () => {
    await signIn();
    await context.close();
    context = await browser.context();
    tab = await context.page();
    await tab.goto(`${site.origin}/page`);
    expect(sentTo('/page')).toEqual(['']);
    expect(await tab.evaluate(async () => (await (await fetch('/api/session')).json()).code)).toBe(
      'ERR_SESSION_MISSING',
    );
  });
});
