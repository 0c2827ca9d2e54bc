import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import type { SessionEnded } from '../../core/protocol.ts';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { chromiumPage, connectChromium } from '../support/chromium.ts';
import { fakeClockScript } from '../support/fake-clock/fake-clock.ts';
import { sharedEndpoint } from '../support/shared-endpoint.ts';
import { passTime } from '../support/time.ts';
import { until } from '../support/until.ts';

/**
 * The whole path as a user walks it: a real browser, the real site, the deployed bundles, a real OpenID provider
 * on another site. Time is moved on both sides; nothing is waited through.
 */
const MINUTE = 60_000;
/** Shorter than the default, since the demo asks the server every few seconds, and each time takes its while. */
const IDLE_MINUTES = 6;
const STEP = 15_000;
const PLACE = '/?case=7';

let local: LocalRuntime;
let browser: Browser;
let context: BrowserContext;
let tab: Page;
let other: Page;
const requests: Request[] = [];
/** What the browser says of the content security policy. */
const violations: string[] = [];

beforeAll(async () => {
  local = await startLocal({ reuse: true, context: { 'curfew:idle': `${IDLE_MINUTES}m` } });
  browser = await connectChromium(await sharedEndpoint('chromium'));
  context = await browser.newContext();
  context.on('request', (request) => requests.push(request));
  context.on('console', (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) violations.push(message.text());
  });
  tab = await open(PLACE);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await local?.close();
});

async function open(path: string): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript({ content: await fakeClockScript(local.now()) });
  await page.goto(local.siteUrl + path);
  return page;
}

/** Moves the time of the server and of every tab together, at least so far at once (see `passTime`). */
async function pass(ms: number, pages: readonly Page[] = [tab]): Promise<void> {
  const site = {
    breakage: 'none',
    advance: (step: number) => local.advance(step),
    idle: async () => undefined,
  };
  await passTime(site, pages.map(chromiumPage), ms, pages.length > 1 ? 5_000 : 0);
}

async function fillProviderForm(page: Page): Promise<void> {
  await page.fill('input[name=login]', 'demo');
  await page.fill('input[name=password]', 'demo');
  await page.press('input[name=password]', 'Enter');
}

async function row(): Promise<Record<string, unknown>> {
  const rows = await local.sessions();
  return rows.reduce((newest, one) => (Number(one.createdAt) > Number(newest.createdAt) ? one : newest));
}

/** Until the user could have seen what the dialog says, and meant the answer. */
async function read(): Promise<void> {
  await tab.evaluate(() => new Promise(requestAnimationFrame));
  await pass(1_000, [tab, other]);
}

const dialog = (page: Page) => page.locator('session-timeout-dialog dialog[open]');
const touches = () => requests.filter((request) => request.url().endsWith('/api/session/touch'));

describe('sign in', () => {
  test("goes through the provider's own form, on another site, and comes back to the same place", async () => {
    await tab.getByRole('link', { name: 'Sign in' }).click();
    await tab.waitForURL(`${local.issuer}/**`);
    expect(new URL(local.issuer).hostname).not.toBe(new URL(local.siteUrl).hostname);
    await fillProviderForm(tab);
    await tab.waitForURL(local.siteUrl + PLACE);
    await tab.getByRole('heading', { name: 'Incident report' }).waitFor();
  });

  test('sets a cookie that the browser drops when it closes, and that no script or other site gets', async () => {
    const cookies = await context.cookies(local.siteUrl);
    expect(cookies.find((cookie) => cookie.name === '__Host-session')).toMatchObject({
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
      expires: -1,
      value: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/),
    });
    expect(await tab.evaluate(() => document.cookie)).toBe('');
  });

  test('came back from another site, as sent on the wire', async () => {
    const callback = requests.find((request) => request.url().includes('/api/auth/callback'))!;
    expect((await callback.allHeaders())['sec-fetch-site']).toBe('cross-site');
  });

  test('asked the provider to authenticate the user anew', () => {
    const authorization = requests.find((request) => request.url().startsWith(`${local.issuer}/auth?`))!;
    const query = new URL(authorization.url()).searchParams;
    expect(query.get('prompt')).toBe('login');
    expect(query.get('max_age')).toBe('0');
    expect(query.get('code_challenge_method')).toBe('S256');
  });
});

describe('work', () => {
  test('background polling never extends', async () => {
    const before = await row();
    const polls = () =>
      requests.filter((request) => new URL(request.url()).pathname === '/api/session').length;
    const polled = polls();
    await pass(3 * MINUTE);
    expect(polls() - polled).toBeGreaterThan(5);
    expect((await row()).idleExpiresAt).toBe(before.idleExpiresAt);
    expect(touches()).toHaveLength(0);
  }, 120_000);

  test('typing does, with no request but a pulse', async () => {
    const before = await row();
    await tab.locator('#details').pressSequentially('The door was open.');
    await pass(2 * MINUTE);
    expect(Number((await row()).idleExpiresAt)).toBeGreaterThan(Number(before.idleExpiresAt) + 2 * MINUTE);
    expect(touches().length).toBeGreaterThan(0);
  }, 120_000);
});

describe('the warning', () => {
  test('comes before the end, in every tab', async () => {
    other = await open('/?case=8');
    await other.getByRole('heading', { name: 'Incident report' }).waitFor();
    const { idleExpiresAt } = await row();
    const untilWarning = Number(idleExpiresAt) - local.now() - 2 * MINUTE;
    // A client that can't tell how long an answer took warns early, by a step of this test at the most.
    await pass(untilWarning - 4 * STEP, [tab, other]);
    expect(await dialog(tab).count()).toBe(0);
    await pass(5 * STEP, [tab, other]);
    for (const page of [tab, other]) {
      await dialog(page).waitFor();
      expect(await dialog(page).innerText()).toContain(`after ${IDLE_MINUTES} minutes without activity`);
    }
  }, 180_000);

  test('typing then no longer extends: only an explicit choice does', async () => {
    const before = await row();
    await tab.keyboard.type('x');
    await pass(STEP, [tab, other]);
    expect((await row()).idleExpiresAt).toBe(before.idleExpiresAt);
  });

  test('"Stay signed in" in one tab moves the deadline and closes the warning in both', async () => {
    await read();
    await tab.getByRole('button', { name: 'Stay signed in' }).click();
    await dialog(tab).waitFor({ state: 'detached' });
    await dialog(other).waitFor({ state: 'detached' });
    expect((await row()).idleExpiresAt).toBe(Number((await row()).lastActivityAt) + IDLE_MINUTES * MINUTE);
    expect(Number((await row()).lastActivityAt)).toBeGreaterThan(local.now() - MINUTE);
  });
});

describe('the end', () => {
  test('comes by itself, and both tabs say why', async () => {
    await tab.locator('#summary').fill('Unsaved words');
    await pass((IDLE_MINUTES + 1) * MINUTE, [tab, other]);
    for (const page of [tab, other]) {
      await page.getByRole('heading', { name: /^Signed out at/ }).waitFor();
      expect(await dialog(page).innerText()).toContain(`You were inactive for ${IDLE_MINUTES} minutes.`);
    }
    expect(await row()).toMatchObject({ state: 'ended', endReason: 'idle' });
  }, 180_000);

  test('leaves the cookie, so that every request is told the reason', async () => {
    const told = await tab.evaluate(async () => {
      const response = await fetch('/api/session');
      return { status: response.status, problem: await response.json() };
    });
    expect(told).toMatchObject({ status: 401, problem: { code: 'ERR_SESSION_ENDED', reason: 'idle' } });
    const cookies = await context.cookies(local.siteUrl);
    expect(cookies.some((cookie) => cookie.name === '__Host-session')).toBe(true);
  });

  test('is on the bus, once', async () => {
    await local.advance(2 * MINUTE);
    const { sessionId } = await row();
    const ended = local
      .events()
      .filter(
        (event) =>
          event['detail-type'] === 'Session Ended' && (event.detail as SessionEnded).sessionId === sessionId,
      );
    expect(ended).toHaveLength(1);
    expect(ended[0]!.detail).toMatchObject({ reason: 'idle' });
  });
});

describe('signing in again', () => {
  const again = () => tab.getByRole('link', { name: 'Sign in again' }).click();

  test("in a small window that shows the provider's form although its own session is still live, and closes", async () => {
    const before = violations.length;
    const provider = await context.cookies(local.issuer);
    expect(provider.some((cookie) => cookie.name === '_session')).toBe(true);
    for (const page of [tab, other]) await page.evaluate(() => Object.assign(globalThis, { isSame: true }));
    await read();
    const opened = context.waitForEvent('page');
    await again();
    const small = await opened;
    await small.locator('input[name=password]').waitFor();
    expect(await small.evaluate(() => opener)).toBeNull();
    const closed = small.waitForEvent('close');
    await fillProviderForm(small);
    await closed;
    expect(violations).toHaveLength(before);
  });

  test('after which both tabs go on where they were, and nothing was loaded again', async () => {
    for (const page of [tab, other]) {
      await dialog(page).waitFor({ state: 'detached' });
      expect(await page.evaluate(() => 'isSame' in globalThis)).toBe(true);
    }
    expect(await tab.locator('#summary').inputValue()).toBe('Unsaved words');
    expect(await tab.evaluate(() => document.activeElement!.id)).toBe('summary');
    expect(await row()).toMatchObject({ state: 'active' });
    const kept = () =>
      tab.evaluate(() =>
        JSON.stringify(Object.entries(localStorage).filter(([name]) => name.startsWith('curfew-draft:'))),
      );
    const before = await kept();
    await tab.locator('#summary').fill('More unsaved words');
    // The key to encrypt it with comes with a request of the session that has just begun.
    await until('the draft to be kept', async () => (await kept()) !== before);
  });

  test('through the page itself where the browser opens no window, and back to the same place', async () => {
    await tab.evaluate(async () => {
      const { sessionId } = await (await fetch('/api/session')).json();
      await fetch('/api/sessions/revoke', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sessionId, target: 'all' }),
      });
      Object.assign(globalThis, { open: () => null });
      dispatchEvent(new Event('online'));
    });
    await dialog(tab).waitFor();
    await read();
    await again();
    await tab.waitForURL(`${local.issuer}/**`);
    await tab.locator('input[name=password]').waitFor();
    await fillProviderForm(tab);
    await tab.waitForURL(local.siteUrl + PLACE);
    await tab.getByRole('heading', { name: 'Incident report' }).waitFor();
  });

  test('brings back what was not saved', async () => {
    const field = tab.locator('#summary');
    await until('the draft', async () => {
      // The key to it comes with a request, which is made again some time after it has failed.
      await pass(1_000, [tab, other]);
      return (await field.inputValue()) === 'More unsaved words';
    });
  });

  test('"Sign out" ends it, clears the cookie, goes on to the provider and comes back signed out', async () => {
    const { sessionId } = await row();
    await tab.getByRole('button', { name: 'Sign out' }).first().click();
    await tab.waitForURL(`${local.issuer}/**`);
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await tab.waitForURL(`${local.siteUrl}/**`);
    await tab.getByRole('link', { name: 'Sign in' }).waitFor();
    const ended = (await local.sessions()).find((one) => one.sessionId === sessionId);
    expect(ended).toMatchObject({ state: 'ended', endReason: 'signed-out' });
    const cookies = await context.cookies(local.siteUrl);
    expect(cookies.some((cookie) => cookie.name === '__Host-session')).toBe(false);
  });
});

test('all of it under a policy in which no script may make markup or script of text', async () => {
  expect(violations).toEqual([]);
  const attempts = await tab.evaluate(() => {
    const failed = (attempt: () => unknown) => {
      try {
        attempt();
        return 'done';
      } catch (error) {
        return (error as Error).name;
      }
    };
    const { trustedTypes } = globalThis as unknown as {
      trustedTypes: { createPolicy(name: string, rules: object): unknown };
    };
    return [
      failed(() => trustedTypes.createPolicy('any', { createHTML: (text: string) => text })),
      failed(() => Object.assign(document.createElement('p'), { innerHTML: '<b>text</b>' })),
      failed(() => Object.assign(document.createElement('script'), { text: '1' })),
    ];
  });
  expect(attempts).toEqual(['TypeError', 'TypeError', 'TypeError']);
  expect(violations).toHaveLength(3);
});

describe('another sign-in in the same browser', () => {
  let second: BrowserContext;
  beforeAll(async () => {
    second = await browser.newContext();
  });
  afterAll(() => second?.close());

  async function finish(page: Page): Promise<string> {
    await fillProviderForm(page);
    await page.waitForURL(`${local.siteUrl}/`);
    const cookies = await second.cookies(local.siteUrl);
    return cookies.find(({ name }) => name === '__Host-session')!.value.split('.')[0]!;
  }
  const endOf = async (sessionId: string) =>
    (await local.sessions()).find((one) => one.sessionId === sessionId)?.endReason;

  test('that was begun at the same time, in another tab, ends the session of the one that finished first', async () => {
    const [one, two] = [await second.newPage(), await second.newPage()];
    for (const page of [one, two]) await page.goto(`${local.siteUrl}/api/auth/sign-in`);
    const first = await finish(two);
    const later = await finish(one);
    expect([await endOf(first), await endOf(later)]).toEqual(['superseded', undefined]);
  });

  test('that a link on another site begins ends the session before it, although its cookie stays away', async () => {
    const page = await second.newPage();
    await page.goto(`${local.siteUrl}/api/auth/sign-in`);
    const before = await finish(page);
    await page.goto(`${local.issuer}/`);
    const asked = page.waitForRequest((request) => request.url().includes('/api/auth/sign-in'));
    await page.evaluate((href) => {
      location.href = href;
    }, `${local.siteUrl}/api/auth/sign-in`);
    const { cookie } = await (await asked).allHeaders();
    expect(cookie).toContain('__Host-last=');
    expect(cookie).not.toContain('__Host-session=');
    await page.locator('input[name=password]').waitFor();
    const after = await finish(page);
    expect([await endOf(before), await endOf(after)]).toEqual(['superseded', undefined]);
  });
});
