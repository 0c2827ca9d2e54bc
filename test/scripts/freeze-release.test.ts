import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freezeRelease } from '../../scripts/freeze-release.ts';
import { current, last } from '../compat/releases.ts';

let folder: string;

beforeAll(async () => {
  // In the project, so that what the bundle leaves out is found; in a folder that a fresh clone does not have.
  await mkdir('.build', { recursive: true });
  folder = await mkdtemp(path.resolve('.build', 'frozen-'));
  await freezeRelease(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the present code can be frozen as the next last release: it has all that the tests of two releases use', async () => {
  const frozen = (await import(`${folder}/server.mjs`)) as Record<string, unknown>;
  for (const name of Object.keys(current).filter((key) => key !== 'name')) {
    expect([name, typeof frozen[name]]).toEqual([name, 'function']);
    expect([name, typeof last[name as keyof typeof last]]).toEqual([name, 'function']);
  }
});

test('and the pages that belong to it, with nothing of this machine in them', async () => {
  for (const file of ['client.js', 'element.js', 'browser-close.js', 'server.mjs']) {
    const text = await readFile(`${folder}/${file}`, 'utf8');
    expect(text).not.toContain(process.cwd());
    expect(text.length).toBeGreaterThan(1_000);
  }
});
