import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { publishedLocales } from '../../scripts/package-manifest.ts';

/** The first forbidden thing in a bundle: a bundle is too long to be shown whole. */
function found(file: string, forbidden: RegExp): string | undefined {
  return forbidden.exec(readFileSync(file, 'utf8'))?.[0];
}

/** What `npm run build` made, which `npm test` runs first: the walls hold in what is shipped, too. */
function scripts(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.c?js$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

const BROWSER = [...scripts('dist/web'), ...scripts('examples/demo/dist/site')].filter(
  // The panel of the development server, which is handed out by that alone.
  (file) => !file.startsWith(path.join('dist', 'web', 'dev')),
);
const FUNCTIONS = [...scripts('dist/functions'), ...scripts('examples/demo/dist/api')];

/** What dev/ answers for itself: it belongs on a developer's machine, and into no bundle that is deployed. */
const FOR_DEVELOPERS = /__curfew\b/;

describe("the browser's bundles", () => {
  test.each(BROWSER)('%s', (file) => {
    expect(found(file, /@aws-sdk|@middy|aws-lambda/)).toBeUndefined();
    expect(found(file, /\bnode:[a-z]|require\(|process\.env/)).toBeUndefined();
    expect(found(file, /\bzod\b|_zod/i)).toBeUndefined();
    expect(found(file, FOR_DEVELOPERS)).toBeUndefined();
  });

  test('are there', () => {
    expect(BROWSER.length).toBeGreaterThanOrEqual(2);
  });

  test('have each language of the dialog in a file of its own, which its modules name', () => {
    const element = readFileSync('dist/web/element.js', 'utf8');
    const react = readFileSync('dist/web/react.js', 'utf8');
    const site = scripts('examples/demo/dist/site').map((file) => path.basename(file));
    for (const { name } of publishedLocales()) {
      expect(BROWSER).toContain(`dist/web/${name}.js`);
      if (name.endsWith('/en')) continue;
      expect(element).toContain(`import("./${name}.js")`);
      expect(react).toContain(`import("./${name}.js")`);
      // A bundler finds them: the demo's own has made files of them.
      const file = new RegExp(`^${path.basename(name)}-\\w+\\.js$`);
      expect(site.filter((each) => file.test(each))).toHaveLength(1);
    }
  });

  test('the binding of React begins with the directive that makes it a client component', () => {
    expect(readFileSync('dist/web/react.js', 'utf8')).toMatch(/^(['"])use client\1/);
  });
});

describe("the functions' bundles", () => {
  test.each(FUNCTIONS)('%s', (file) => {
    expect(found(file, /dynalite|oidc-provider|aws-cdk-lib/)).toBeUndefined();
    expect(found(file, /\bcustomElements\b|createSessionClient|playwright/)).toBeUndefined();
    expect(found(file, FOR_DEVELOPERS)).toBeUndefined();
  });

  test('are there', () => {
    expect(FUNCTIONS.map((file) => path.basename(path.dirname(file)))).toEqual(
      expect.arrayContaining(['auth', 'session-api', 'sweep', 'publish']),
    );
  });
});
