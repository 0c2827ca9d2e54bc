import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** What `npm run build` made, which `npm test` runs first: the walls hold in what is shipped, too. */
function scripts(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.c?js$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

const BROWSER = [...scripts('dist/web'), ...scripts('dist/site')];
const FUNCTIONS = scripts('dist/functions');

describe("the browser's bundles", () => {
  test.each(BROWSER)('%s', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(text).not.toMatch(/@aws-sdk|@middy|aws-lambda/);
    expect(text).not.toMatch(/\bnode:[a-z]|require\(|process\.env/);
    expect(text).not.toMatch(/\bzod\b|_zod/i);
  });

  test('are there', () => {
    expect(BROWSER.length).toBeGreaterThanOrEqual(2);
  });
});

describe("the functions' bundles", () => {
  test.each(FUNCTIONS)('%s', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(text).not.toMatch(/dynalite|oidc-provider|aws-cdk-lib|demo-identity/);
    expect(text).not.toMatch(/\bdocument\.querySelector|\bwindow\.location\b/);
  });

  test('are there', () => {
    expect(FUNCTIONS.map((file) => path.basename(path.dirname(file)))).toEqual(
      expect.arrayContaining(['auth', 'session', 'sweep', 'publish']),
    );
  });
});
