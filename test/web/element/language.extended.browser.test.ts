import { beforeEach, expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage, ordersPage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
/** Files that the site does not serve. */
let missing: RegExp | undefined;

onStage(
  'the language of the dialog',
  (stage) => {
    beforeEach(() => {
      missing = undefined;
    });

    /** A page in a language, on which the warning has opened. */
    async function warned(lang: string, body = (page: string) => page): Promise<TestPage> {
      stage.site.pages.set('/app', body(ordersPage()).replace('lang="en"', lang && `lang="${lang}"`));
      const tab = await stage.openSignedIn();
      await stage.pass(13 * MINUTE);
      await stage.pass(500);
      expect(await stage.state(tab)).toBe('warning');
      return tab;
    }
    const said = (tab: TestPage) =>
      tab.evaluate(() => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const part = (name: string) => root.querySelector<HTMLElement>(`[part=${name}]`)!;
        const card = part('card');
        return {
          title: part('title').textContent,
          stay: part('stay').textContent,
          live: part('live').textContent,
          lang: card.lang,
          direction: getComputedStyle(card).direction,
        };
      });
    const saying = (tab: TestPage, stay: string) => until(stay, async () => (await said(tab)).stay === stay);
    const asked = () =>
      stage.site.visits.map(({ path }) => path).filter((path) => path.includes('/locales/'));

    test('is the page’s, and its file the only one that is loaded, under a strict policy', async () => {
      const tab = await warned('de-AT');
      await saying(tab, 'Angemeldet bleiben');
      await stage.pass(61_000);
      expect(await said(tab)).toEqual({
        title: 'Sind Sie noch da?',
        stay: 'Angemeldet bleiben',
        live: 'Sie werden in 1 Minute abgemeldet.',
        lang: 'de-AT',
        direction: 'ltr',
      });
      expect(asked()).toEqual(['/web/element/locales/de.js']);
      expect(tab.errors).toEqual([]);
    });

    test('is loaded before the network is gone', async () => {
      stage.site.pages.set('/app', ordersPage().replace('lang="en"', 'lang="ja"'));
      const tab = await stage.openSignedIn();
      await until('its file', async () => asked().length === 1);
      stage.site.breakage = 'network';
      missing = /./;
      await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
      await stage.pass(14.5 * MINUTE);
      await saying(tab, 'サインインしたままにする');
      expect((await said(tab)).live).toBe('オフラインです。再試行しています…');
    });

    test('is English where its file can’t be loaded, which is tried again with the next thing to say', async () => {
      missing = /locales/;
      const tab = await warned('de');
      // Firefox remembers for as long as the document lives that a module was not there.
      const isKept = stage.name === 'firefox';
      const attempts = isKept ? 1 : 2;
      await until('the attempts', async () => asked().length === attempts);
      await stage.settle();
      expect(await said(tab)).toMatchObject({
        stay: 'Stay signed in',
        live: 'You’ll be signed out in 2 minutes.',
        lang: 'en',
      });
      await stage.pass(10_000);
      expect(asked()).toHaveLength(attempts);
      missing = undefined;
      await tab.evaluate(() => (globalThis as unknown as Harness).session.stop());
      await tab.evaluate(() => (globalThis as unknown as Harness).session.start());
      await saying(tab, isKept ? 'Stay signed in' : 'Angemeldet bleiben');
      // Firefox notes in the console that the file is not there.
      expect(tab.errors.filter((error) => !error.includes('Loading module'))).toEqual([]);
    });

    test('is English in a page that is in another one, from right to left where the page is', async () => {
      const tab = await warned('ar', (page) => page.replace('<html', '<html dir="rtl"'));
      expect(await said(tab)).toEqual({
        title: 'Are you still there?',
        stay: 'Stay signed in',
        live: 'You’ll be signed out in 2 minutes.',
        lang: 'en',
        direction: 'rtl',
      });
      expect(asked()).toEqual([]);
    });

    test('follows the page: when it changes, and the nearest of several', async () => {
      const tab = await warned('en');
      expect((await said(tab)).stay).toBe('Stay signed in');
      const set = (selector: string, lang: string) =>
        tab.evaluate(
          (where, value) => document.querySelector(where)!.setAttribute('lang', value),
          selector,
          lang,
        );
      await set('html', 'nl');
      await saying(tab, 'Aangemeld blijven');
      await set('body', 'it');
      await saying(tab, 'Prolunga la sessione');
      await set('html', 'fr');
      await set('body', 'zh-TW');
      await saying(tab, '保持登入');
      expect((await said(tab)).lang).toBe('zh-TW');
      // The page says all of it in words of its own, and one of them after all not.
      await tab.evaluate(() => {
        const element = document.querySelector('session-timeout-dialog')!;
        element.texts = { stay: 'Here!', warningTitle: undefined, duration: undefined };
      });
      expect(await said(tab)).toMatchObject({ title: '您還在嗎？', stay: 'Here!' });
    });

    test('is that around the host, where the element stands in the shadow tree of another', async () => {
      const tab = await warned('en');
      await tab.evaluate(() => {
        const host = document.createElement('div');
        host.lang = 'pl';
        const element = document.querySelector('session-timeout-dialog')!;
        host.attachShadow({ mode: 'open' }).append(element);
        document.body.append(host);
        Object.assign(globalThis, { element });
      });
      await until('Polish', () =>
        tab.evaluate(() => {
          const { element } = globalThis as unknown as { element: Element };
          return element.shadowRoot!.querySelector('[part=stay]')!.textContent === 'Kontynuuj sesję';
        }),
      );
    });
  },
  () => ({
    answer: async (request) =>
      missing?.test(new URL(request.url).pathname) ? new Response(null, { status: 404 }) : undefined,
  }),
);
