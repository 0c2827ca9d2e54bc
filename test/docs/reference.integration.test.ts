import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const CHECKED_IN = 'docs/api';

/** Pages in a folder, `testing/client.md` too. */
const pagesOf = (folder: string) => globSync('**/*.md', { cwd: folder }).sort();

let written = '';
let run: ReturnType<typeof spawnSync>;

// A process of its own: it takes another TypeScript than the rest.
beforeAll(() => {
  written = mkdtempSync(path.join(tmpdir(), 'curfew-reference-'));
  const env = { ...process.env, NODE_OPTIONS: '' };
  run = spawnSync(process.execPath, ['scripts/reference.ts', written], { encoding: 'utf8', env });
}, 120_000);
afterAll(() => rmSync(written, { recursive: true, force: true }));

test('every export, and every member of an exported interface or class, has a doc comment', () => {
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
});

test('there is a page for each published entry', () => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  // The languages of the dialog are published as a pattern: each has the one export that its type describes.
  const entries = Object.entries<string>(exports).filter(([, file]) => /^[^*]+\.ts$/.test(file));
  const pages = entries.map(([entry]) => `${entry.replace('./', '')}.md`);
  expect(pagesOf(written)).toEqual([...pages, 'README.md'].sort());
});

test('the reference that is checked in is the one that the sources make (npm run docs)', () => {
  expect(pagesOf(CHECKED_IN)).toEqual(pagesOf(written));
  for (const page of pagesOf(written)) {
    expect(readFileSync(path.join(CHECKED_IN, page), 'utf8')).toBe(
      readFileSync(path.join(written, page), 'utf8'),
    );
  }
});
