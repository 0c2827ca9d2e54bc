import { get, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { browsersHere, sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../support/driver.ts';
import { startSite, type TestSite } from '../support/site.ts';
import { asHeader } from '../support/spaces.ts';

/**
 * What a sibling subdomain does to be taken for the site: it sets cookies for both, whose names are ours behind a space
 * that browsers keep. Such a name does not begin with `__Host-`, which would forbid `Domain`.
 */
const SPACES = ['\xa0', ...['\x85', '\u2003', '\u3000', '\ufeff'].map(asHeader)];
const SITE = 'app';
const SIBLING = 'evil.app';

describe.each(browsersHere())('cookies of a sibling subdomain, in %s', (name) => {
  let browser: TestBrowser;
  let site: TestSite;
  let context: TestContext;
  let page: TestPage;
  /** The attacker's own, by our names. */
  let values: Record<string, string>;
  /** The address that finishes the attacker's sign-in. */
  let callback: string;

  beforeAll(async () => {
    browser = await sharedBrowser(name);
    site = await startSite({
      answer: async (request, { host }) =>
        host === SIBLING ? plant(new URL(request.url).pathname) : undefined,
    });
    site.pages.set('/', '<!doctype html><title>site</title>');
  });
  afterAll(async () => {
    await site.close();
    await browser.close();
  });
  beforeEach(async () => {
    const done = await beginSignIn();
    const { cookie: session } = await ask(done.callback, done.cookie);
    const { cookie: browserValue, ...begun } = await beginSignIn();
    values = Object.fromEntries([session, browserValue].map((pair) => pair.split('=')));
    callback = begun.callback;
    site.user = { subject: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' };
    context = await browser.context();
    page = await context.page();
  });
  afterEach(() => context.close());

  /** The response of the sibling at `/<cookie's name>`. */
  function plant(pathname: string): Response {
    const headers = new Headers({ 'content-type': 'text/html' });
    const cookie = pathname.slice(1);
    // With the very name, and with none: browsers store neither.
    for (const before of [...SPACES, '', '=']) {
      const pair = `${before}${cookie}=${values[cookie]}`;
      headers.append('set-cookie', `${pair}; Domain=${SITE}.localhost; Path=/; Secure`);
    }
    return new Response('<!doctype html><title>sibling</title>', { headers });
  }

  /** A request without a browser, for the attacker's own sign-in. */
  async function ask(url: string, cookie = ''): Promise<{ location: string; cookie: string }> {
    const { host, port, pathname, search } = new URL(url);
    const { headers } = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = { host: '127.0.0.1', port, path: pathname + search, headers: { host, cookie } };
      get(sent, (incoming) => resolve(incoming.resume())).on('error', reject);
    });
    return { location: headers.location ?? '', cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
  }

  async function beginSignIn(): Promise<{ callback: string; cookie: string }> {
    site.user = { subject: 'mallory', name: 'Mallory', email: 'mallory@example.com' };
    const { location, cookie } = await ask(site.url(SITE, '/api/auth/sign-in'));
    const state = new URL(location).searchParams.get('state');
    return { callback: site.url(SITE, `/api/auth/callback?code=code&state=${state}`), cookie };
  }

  const sentTo = (path: string) => site.requests.findLast((visit) => visit.path === path)?.headers.cookie;

  /** Whom a page of the site is signed in as, or why nobody. */
  async function subject(): Promise<string> {
    await page.goto(site.url(SITE));
    return page.evaluate(async () => {
      const status = await (await fetch('/api/session')).json();
      return status.subject ?? status.code;
    });
  }

  test('are sent with each request, and sign nobody in', async () => {
    await page.goto(site.url(SIBLING, '/__Host-session'));
    expect(await subject()).toBe('ERR_SESSION_MISSING');
    const sent = sentTo('/api/session');
    for (const space of SPACES) expect(sent).toContain(`${space}__Host-session=${values['__Host-session']}`);
    expect(sent).not.toMatch(/(?:^|; )=?__Host-/);
  });

  test("do not stand in for the user's own session, nor beside it", async () => {
    await page.goto(site.url(SIBLING, '/__Host-session'));
    await page.goto(site.url(SITE, '/api/auth/sign-in'));
    expect(await subject()).toBe('ada');
    const sent = sentTo('/api/session');
    expect(sent).toMatch(/(?:^|; )__Host-session=/);
    expect(sent).toContain(`\xa0__Host-session=${values['__Host-session']}`);
  });

  test("do not finish the attacker's sign-in in the user's browser", async () => {
    await page.goto(site.url(SIBLING, '/__Host-signin'));
    await page.goto(callback);
    expect(sentTo('/api/auth/callback')).toContain(`\xa0__Host-signin=${values['__Host-signin']}`);
    expect(await subject()).toBe('ERR_SESSION_MISSING');
  });
});
