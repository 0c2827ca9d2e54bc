import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const CHECKED_IN = 'docs/api';

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
  expect(readdirSync(written).sort()).toEqual([...pages, 'README.md'].sort());
});

test('the reference that is checked in is the one that the sources make (npm run docs)', () => {
  expect(readdirSync(CHECKED_IN).sort()).toEqual(readdirSync(written).sort());
  for (const page of readdirSync(written)) {
    expect(readFileSync(path.join(CHECKED_IN, page), 'utf8')).toBe(
      readFileSync(path.join(written, page), 'utf8'),
    );
  }
});
