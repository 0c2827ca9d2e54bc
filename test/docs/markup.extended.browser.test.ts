import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { onStage, ordersPage } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** What the documentation shows for pages beside scripts, which are compiled and run elsewhere. */
function blocks(language: string): string[] {
  const guides = readdirSync('docs/guides').map((name) => `docs/guides/${name}`);
  const pages = ['README.md', 'docs/browser-close.md', ...guides].map((file) => readFileSync(file, 'utf8'));
  return pages.flatMap((text) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code!),
  );
}

onStage('the markup in the documentation', (stage) => {
  test('of pages runs, with the import map that it has', async () => {
    const pages = blocks('html');
    expect(pages).not.toEqual([]);
    for (const markup of pages) {
      // Where it has the files of the package beside it, they are where this site has them; inline scripts need leave by their hashes.
      stage.site.contentSecurityPolicy = "default-src 'self' 'unsafe-inline'";
      const page = `<!doctype html><html lang="en"><title>Page</title>${markup}</html>`;
      stage.site.pages.set('/app', page.replaceAll('./curfew/', '/web/'));
      const tab = await stage.context.page();
      await tab.goto(`${stage.site.origin}/api/auth/sign-in?returnTo=/app`);
      const isActive = () =>
        tab.evaluate(
          () => document.querySelector('session-timeout-dialog')?.session?.getSnapshot().status === 'active',
        );
      await until('the session', isActive);
      expect(tab.errors).toEqual([]);
    }
  });

  test('of styles is valid, names what there is, and takes effect', async () => {
    const sheets = blocks('css').filter((css) => css.includes('session-timeout-dialog'));
    expect(sheets).not.toEqual([]);
    stage.site.pages.set('/app', ordersPage());
    const tab = await stage.openSignedIn();
    for (const css of sheets) {
      const unknown = await tab.evaluate((text) => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const own = root.adoptedStyleSheets
          .flatMap(({ cssRules }) => [...cssRules].map((rule) => rule.cssText))
          .join();
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(text);
        document.adoptedStyleSheets = [sheet];
        const rules = [...sheet.cssRules].filter((rule) => rule instanceof CSSStyleRule);
        return [
          ...rules.flatMap(({ style, selectorText }) => {
            const [, part] = /::part\((\w+)\)/.exec(selectorText) ?? [];
            const target = part ? root.querySelector(`[part=${part}]`) : root.host;
            return [...style].filter((name) =>
              name.startsWith('--')
                ? !own.includes(`var(${name},`) && !own.includes(`var(${name})`)
                : !target || getComputedStyle(target).getPropertyValue(name) !== style.getPropertyValue(name),
            );
          }),
          // What a browser does not understand, it leaves out.
          ...(text.match(/;$/gm)?.length === rules.reduce((sum, { style }) => sum + style.length, 0)
            ? []
            : ['a declaration that is none']),
        ];
      }, css);
      expect(unknown).toEqual([]);
    }
  });
});
