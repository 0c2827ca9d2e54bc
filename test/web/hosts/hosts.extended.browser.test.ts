import { beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import type { TestPage } from '../../support/driver.ts';
import { onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
/** All of them: CURFEW_HOSTS=all, which `.ci/run` sets. */
const HOSTS = ['focus-trap', 'radix', 'mui', 'react-aria', 'headless-ui'].slice(
  0,
  process.env.CURFEW_HOSTS === 'all' ? undefined : 1,
);
let script: string;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ['test/web/hosts/app.ts'],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  script = outputFiles[0]!.text;
});

onStage('the dialog over a modal of', (stage) => {
  const page = (host: string) =>
    `<!doctype html><html lang="en"><title>Order</title><body data-host="${host}"><h1>Order</h1><session-timeout-dialog></session-timeout-dialog><div id="root"></div><script src="/hosts.js"></script></body></html>`;
  const focused = (tab: TestPage) =>
    tab.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.shadowRoot?.activeElement?.textContent ?? activeElement?.id;
    });
  const heard = (tab: TestPage) =>
    tab.evaluate(() => (globalThis as unknown as { heard: string[] }).heard.splice(0));

  test.each(HOSTS)(
    '%s: is answered by pointer, Enter and Escape, of which the page hears nothing',
    async (host) => {
      // Some of them write their own styles into the page.
      stage.site.contentSecurityPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'";
      stage.site.pages.set('/hosts.js', script);
      stage.site.pages.set('/app', page(host));
      const tab = await stage.openSignedIn();
      await until('the modal', () => tab.evaluate(() => document.querySelector('#inside') !== null));
      await stage.pass(1_000);
      await tab.click('#inside');
      await until('its focus', async () => (await focused(tab)) === 'inside');

      const answers = [
        () => tab.click('session-timeout-dialog >>> [part=stay]'),
        () => tab.press('Enter'),
        () => tab.press('Escape'),
      ];
      for (const answer of answers) {
        await heard(tab);
        await stage.pass(13.25 * MINUTE);
        expect(await stage.state(tab)).toBe('warning');
        expect(await focused(tab)).toBe('Stay signed in');
        expect(
          await tab.evaluate(() => {
            const element = document.querySelector<HTMLElement>('session-timeout-dialog')!;
            return [element.inert, element.ariaHidden];
          }),
        ).toEqual([false, null]);
        await tab.press('Tab');
        expect(await focused(tab)).toBe('Sign out');
        await tab.evaluate(() =>
          document
            .querySelector('session-timeout-dialog')!
            .shadowRoot!.querySelector<HTMLElement>('[part=stay]')!
            .focus(),
        );
        await stage.seen(tab);
        await answer();
        await until('the extension', async () => (await stage.state(tab)) === '');
        expect(await heard(tab)).toEqual([]);
        expect(await focused(tab)).toBe('inside');
      }
      await stage.pass(15.25 * MINUTE);
      expect(await focused(tab)).toMatch(/^Signed out at/);
      await tab.press('Tab');
      expect(await focused(tab)).toBe('Sign in again');
      expect(tab.errors).toEqual([]);
    },
  );
});
