import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { createNotesHandler } from '../../../examples/demo/api/handler.ts';
import type { NoteStore } from '../../../examples/demo/api/notes.ts';
import { browsersHere, sharedBrowser } from '../../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../../support/driver.ts';
import { answerOf, event } from '../../support/http.ts';
import { type AppContext, startSite, type TestSite } from '../../support/site.ts';
import { passTime, settle } from '../../support/time.ts';
import { until } from '../../support/until.ts';
import { memoryNotes } from './memory-notes.ts';

const MINUTE = 60_000;
/** Shorter than the default, since the demo asks the server every few seconds, and each time takes its while. */
const IDLE_MINUTES = 6;
let site: TestSite;

/** The demo's own API as it is deployed, over notes in memory. */
async function answerNotes(
  notes: NoteStore,
  request: Request,
  { store, now }: AppContext,
): Promise<Response> {
  const handler = createNotesHandler({
    notes,
    now,
    guard: { store, now, siteUrl: site.origin, observer: {} },
  });
  const { cookie, ...headers } = Object.fromEntries(request.headers);
  const { pathname: path } = new URL(request.url);
  const sent = { method: request.method, path, headers, cookies: cookie?.split('; ') ?? [] };
  const { status, headers: replied, text } = answerOf(await handler(event(sent), {} as Context));
  return new Response(text, { status, headers: replied });
}

describe.each(browsersHere())('the demo site in %s', (name) => {
  let browser: TestBrowser;
  let context: TestContext;
  let page: TestPage;

  beforeAll(async () => {
    browser = await sharedBrowser(name);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    site = await startSite({ api: answerNotes.bind(undefined, memoryNotes()) });
    site.policy = { idleTimeoutMs: IDLE_MINUTES * MINUTE };
    context = await browser.context(() => site.now());
    page = await context.page();
    await page.goto(`${site.origin}/?case=77`);
  });
  afterEach(async () => {
    await context.close();
    await site.close();
  });

  const dialog = () =>
    page.evaluate(() => {
      const element = document.querySelector<HTMLElement>('session-timeout-dialog')!;
      const { state, reason } = element.dataset;
      return {
        state,
        reason,
        text: element.shadowRoot!.querySelector('dialog')!.innerText,
        focused: (document.activeElement?.shadowRoot?.activeElement ?? document.activeElement)?.textContent,
      };
    });
  /** Until an answer to the dialog can be meant. */
  const seen = async (pages = [page]) => {
    await page.evaluate(() => new Promise(requestAnimationFrame));
    await passTime(site, pages, 700);
  };
  const view = () => page.evaluate(() => document.body.dataset.view);

  async function signIn(): Promise<void> {
    await until('home', async () => (await view()) === 'home');
    await until('the policy', () =>
      page.evaluate(
        (minutes) => document.body.innerText.includes(`after ${minutes} minutes without activity`),
        IDLE_MINUTES,
      ),
    );
    await page.click('#sign-in');
    await until('work', async () => (await view()) === 'work');
    await settle(site, [page]);
  }

  test('signs in, warns, extends, ends, says why and leads back to the same place', async () => {
    await signIn();
    expect(await page.evaluate(() => location.search)).toBe('?case=77');
    await page.click('#details');
    await page.type('Water under the door');
    const typedAt = site.now();

    await passTime(site, [page], 4 * MINUTE - 10_000);
    expect((await dialog()).state).toBe('');
    const polls = site.requests.filter((request) => request.method === 'GET' && request.at > typedAt).length;
    expect(polls).toBeGreaterThan(12);

    await passTime(site, [page], 11_000);
    expect(await dialog()).toMatchObject({ state: 'warning', focused: 'Stay signed in' });

    const before = (await site.session())!.idleExpiresAt;
    await seen();
    await page.press('Enter');
    await until('the extension', async () => (await site.session())!.idleExpiresAt > before);
    await until('the dialog to close', async () => (await dialog()).state === '');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('details');

    await passTime(site, [page], IDLE_MINUTES * MINUTE + 1_000);
    await until('the end', async () => (await dialog()).state === 'ended');
    const ended = await dialog();
    expect(ended.reason).toBe('idle');
    expect(ended.text).toContain(`You were inactive for ${IDLE_MINUTES} minutes.`);
    expect(ended.text).toContain('Your draft is saved on this device.');
    expect(ended.focused).toMatch(/^Signed out at/);
    expect((await site.session())!.state).toBe('ended');

    await seen();
    await page.click('session-timeout-dialog >>> [part=again]');
    await until('work again', async () => (await view()) === 'work');
    await until('the draft', () =>
      page.evaluate(() => document.querySelector('textarea')!.value === 'Water under the door'),
    );
    expect(await page.evaluate(() => location.search)).toBe('?case=77');
    expect(page.errors).toEqual([]);
  });

  test('a long name breaks rather than “Sign out”, and the page is as wide as a small screen', async () => {
    const long = 'Adalbertine Wolfeschlegelsteinhausenbergerdorff';
    site.user = { ...site.user, name: long };
    await page.size(320, 640);
    await signIn();
    const header = await page.evaluate(() => {
      const button = document.querySelector<HTMLElement>('[data-action=sign-out]')!;
      const range = document.createRange();
      range.selectNodeContents(button);
      return {
        name: document.querySelector('[data-text=user]')!.textContent,
        lines: range.getClientRects().length,
        isInside: button.getBoundingClientRect().right <= document.documentElement.clientWidth,
        tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      };
    });
    expect(header).toEqual({ name: long, lines: 1, isInside: true, tooWide: 0 });
  });

  test('typing extends through pulses, at most one a minute', async () => {
    await signIn();
    await page.click('#details');
    for (let minute = 0; minute < 8; minute += 1) {
      await page.type('a');
      await passTime(site, [page], MINUTE);
    }
    expect((await dialog()).state).toBe('');
    expect(site.touches()).toBeGreaterThan(3);
    expect(site.touches()).toBeLessThanOrEqual(8);
  });

  test('a second tab is warned and signed out too', async () => {
    await signIn();
    const second = await context.page();
    await second.goto(`${site.origin}/`);
    const states = () =>
      Promise.all(
        [page, second].map((tab) =>
          tab.evaluate(() => document.querySelector<HTMLElement>('session-timeout-dialog')!.dataset.state),
        ),
      );
    await until('both', async () => (await states()).every((state) => state === ''));
    await passTime(site, [page, second], 4 * MINUTE + 5_000, 5_000);
    expect(await states()).toEqual(['warning', 'warning']);
    // Nothing was typed, and nothing is promised.
    expect((await dialog()).text).not.toContain('draft');
    await page.front();
    await seen();
    await page.click('session-timeout-dialog >>> [part=leave]');
    await until('the other tab', async () => (await states())[1] === 'ended');
    expect(
      await second.evaluate(
        () => document.querySelector<HTMLElement>('session-timeout-dialog')!.dataset.reason,
      ),
    ).toBe('signed-out');
  });
});
