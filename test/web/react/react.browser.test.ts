import { beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
let script: string;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ['test/web/react/app.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  script = outputFiles[0]!.text;
});

onStage('React', (stage) => {
  test.each([
    ['rendered in the browser', ''],
    [
      'hydrated from a server’s markup',
      '<main><h1>React</h1><button id="toggle" type="button">Toggle</button><p id="status">loading</p><session-timeout-dialog></session-timeout-dialog></main>',
    ],
  ])('%s, in StrictMode: warns, extends, and leaves nothing when it goes', async (_name, markup) => {
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
    expect(tab.errors).toEqual([]);
  });
});
