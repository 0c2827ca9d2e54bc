import { beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
let script: string;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ['test/web/vue/app.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true',
    },
  });
  script = outputFiles[0]!.text;
});

const MARKUP =
  '<main><h1>Vue</h1><button id="toggle" type="button">Toggle</button><p id="status">loading<button id="size" type="button">S</button></p><session-timeout-dialog></session-timeout-dialog></main>';

onStage('Vue', (stage) => {
  const open = async (root: string): Promise<TestPage> => {
    // Vue makes a policy of that name for its templates.
    stage.site.contentSecurityPolicy = "default-src 'self'; trusted-types vue";
    stage.site.pages.set('/vue.js', script);
    stage.site.pages.set(
      '/app',
      `<!doctype html><html lang="en"><title>Vue</title>${root}<script src="/vue.js"></script></html>`,
    );
    return stage.openSignedIn();
  };
  const status = (tab: TestPage) =>
    tab.evaluate(() => document.querySelector('#status')?.firstChild?.textContent);
  const left = (tab: TestPage) =>
    tab.evaluate(() => {
      const page = globalThis as unknown as Record<'errors' | 'seen' | 'events', string[]>;
      return { errors: page.errors, seen: page.seen, events: page.events };
    });

  test.each([
    ['rendered in the browser', '<div id="root"></div>', ['loading', 'active']],
    ['hydrated from a server’s markup', `<div id="root">${MARKUP}</div>`, ['loading', 'active']],
    ['hydrated once the session is known', `<div id="root" data-late>${MARKUP}</div>`, ['loading', 'active']],
    ['rendered once the session is known', '<div id="root" data-late></div>', ['active']],
  ])('%s: shows the session, and a state that is kept', async (_name, root, seen) => {
    const tab = await open(root);
    await until('the session', async () => (await status(tab)) === 'active');
    expect(await left(tab)).toEqual({ errors: [], seen, events: [] });
    await tab.click('#size');
    await until('the state', () => tab.evaluate(() => document.querySelector('#size')!.textContent === 'M'));
    expect(tab.errors).toEqual([]);
  });

  test('warns, extends, leaves nothing when it goes, and tells the end', async () => {
    const tab = await open('<div id="root"></div>');
    await until('the session', async () => (await status(tab)) === 'active');
    await stage.pass(13.25 * MINUTE);
    expect(await status(tab)).toBe('warning');
    expect(await tab.evaluate(() => document.activeElement!.shadowRoot?.activeElement?.textContent)).toBe(
      'Bleiben',
    );
    await stage.answer(tab, 'Enter');
    await until('the extension', async () => (await status(tab)) === 'active');

    await tab.click('#toggle');
    await until('it to be gone', async () => (await status(tab)) === undefined);
    const before = stage.site.requests.length;
    await stage.pass(5 * MINUTE);
    await tab.press('a');
    await stage.pass(2 * MINUTE);
    expect(stage.site.requests.length).toBe(before);
    await tab.click('#toggle');
    await until('it to be back', async () => (await status(tab)) === 'active');
    await tab.evaluate(() =>
      document
        .querySelector('session-timeout-dialog')!
        .addEventListener('ended', ({ detail }) => detail.clear()),
    );
    await stage.site.end('revoked');
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh().then(() => {}));
    await until('the end', async () => (await stage.state(tab)) === 'ended');
    await stage.settle();
    // What Vue had made is gone as a whole, which it does not notice.
    expect(await tab.evaluate(() => document.body.innerHTML)).toMatch(
      /^<session-timeout-dialog [^<]*><\/session-timeout-dialog>$/,
    );
    const { errors, events } = await left(tab);
    expect([...errors, ...tab.errors]).toEqual([]);
    expect(events).toEqual(['revoked']);
  });
});
