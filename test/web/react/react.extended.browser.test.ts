import { beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import type { Drafts } from '../../../web/drafts/index.ts';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
let script: string;
let draftsScript: string;

async function bundle(app: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`test/web/react/${app}.ts`],
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  return outputFiles[0]!.text;
}

beforeAll(async () => {
  [script, draftsScript] = await Promise.all([bundle('app'), bundle('drafts-app')]);
});

onStage('React', (stage) => {
  test.each([
    ['rendered in the browser', ''],
    [
      'hydrated from a server’s markup',
      '<main><h1>React</h1><button id="toggle" type="button">Toggle</button><p id="status">loading</p><session-timeout-dialog></session-timeout-dialog></main>',
    ],
  ])(
    '%s, in StrictMode: warns, extends, leaves nothing when it goes, and tells the end',
    async (_name, markup) => {
      const html = `<!doctype html><html lang="en"><title>React</title><div id="root">${markup}</div><script src="/react.js"></script></html>`;
      stage.site.pages.set('/react.js', script);
      stage.site.pages.set('/app', html);
      const tab = await stage.openSignedIn();
      const status = () => tab.evaluate(() => document.querySelector('#status')?.textContent);
      await until('the session', async () => (await status()) === 'active');
      const { errors, seen } = await tab.evaluate(() => {
        const page = globalThis as unknown as { errors: string[]; seen: string[] };
        return { errors: page.errors, seen: page.seen };
      });
      expect(errors).toEqual([]);
      expect(seen).toEqual(['loading', 'active']);

      await stage.pass(13.25 * MINUTE);
      expect(await status()).toBe('warning');
      expect(await tab.evaluate(() => document.activeElement!.shadowRoot?.activeElement?.textContent)).toBe(
        'Bleiben',
      );
      await stage.answer(tab, 'Enter');
      await until('the extension', async () => (await status()) === 'active');

      await tab.evaluate(() => document.querySelector<HTMLButtonElement>('#toggle')!.click());
      await until('it to be gone', async () => (await status()) === undefined);
      const before = stage.site.requests.length;
      await stage.pass(5 * MINUTE);
      await tab.press('a');
      await stage.pass(2 * MINUTE);
      expect(stage.site.requests.length).toBe(before);
      await tab.evaluate(() => document.querySelector<HTMLButtonElement>('#toggle')!.click());
      await until('it to be back', async () => (await status()) === 'active');
      await stage.settle();
      await tab.evaluate(() =>
        document
          .querySelector('session-timeout-dialog')!
          .addEventListener('ended', ({ detail }) => detail.clear()),
      );
      await stage.site.end('revoked');
      await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh().then(() => {}));
      await until('the end', async () => (await stage.state(tab)) === 'ended');
      await stage.settle();
      expect(await tab.evaluate(() => (globalThis as unknown as { events: string[] }).events)).toEqual([
        'revoked',
      ]);
      // What React had made is gone as a whole, which it does not notice.
      expect(await tab.evaluate(() => document.body.innerHTML)).toMatch(
        /^<session-timeout-dialog [^<]*><\/session-timeout-dialog>$/,
      );
      expect(tab.errors).toEqual([]);
    },
  );

  test('controlled fields, one that is rendered later and a state in no field come back after an expiry', async () => {
    const page =
      '<!doctype html><html lang="en"><title>React</title><div id="root"></div><script src="/react.js"></script></html>';
    stage.site.pages.set('/react.js', draftsScript);
    stage.site.pages.set('/app', page);
    const shows = (tab: TestPage) => tab.evaluate(() => document.querySelector('output')?.textContent);
    const saved = (tab: TestPage) =>
      until('the draft', () =>
        tab.evaluate(() => (globalThis as unknown as { drafts: Drafts }).drafts.isSaved()),
      );
    const tab = await stage.openSignedIn();
    await tab.click('#note');
    await tab.type('a note');
    await tab.click('#gift');
    await tab.click('#late');
    await tab.type('later');
    await tab.click('#size');
    expect(await shows(tab)).toBe('["a note",true,"later","M"]');
    await saved(tab);
    await stage.pass(16 * MINUTE);
    await until('the end', async () => (await stage.snapshot(tab)).status === 'ended');

    const next = await stage.openSignedIn();
    await until('all of it', async () => (await shows(next)) === '["a note",true,"later","M"]');
    await next.click('#late');
    await next.press('End');
    await next.type('!');
    await saved(next);
    const last = await stage.openSignedIn();
    await until('the rest, too', async () => (await shows(last)) === '["a note",true,"later!","M"]');
    expect(last.errors).toEqual([]);

    // Somebody has saved another size since: that shows, until the user has chosen.
    stage.site.pages.set('/app', page.replace('id="root"', 'id="root" data-size="L"'));
    const newer = await stage.openSignedIn();
    await until('what is as it was', async () => (await shows(newer)) === '["a note",true,"later!","L"]');
    await newer.evaluate(() => (globalThis as unknown as { drafts: Drafts }).drafts.restore());
    await until('the choice', async () => (await shows(newer)) === '["a note",true,"later!","M"]');
  });
});
