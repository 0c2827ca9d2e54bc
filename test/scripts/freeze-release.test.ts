import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freezeAssembly, freezeRelease } from '../../scripts/freeze-release.ts';
import { unpackAssembly } from '../compat/last-assembly.ts';
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

test('and its cloud assembly, without the site, and without the paths of this machine', async () => {
  const [assembly, again] = [path.join(folder, 'assembly'), path.join(folder, 'again')];
  const files = {
    'manifest.json': '{"artifacts":{}}',
    'Demo.template.json': '{"Resources":{}}',
    'Demo.metadata.json': `{"trace":"${process.cwd()}"}`,
    'asset.1/index.cjs': 'exports.handler = async () => {};',
    'asset.2/index.html': '<!doctype html>',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(assembly, name)), { recursive: true });
    await writeFile(path.join(assembly, name), text);
  }
  await freezeAssembly(assembly, folder);
  await unpackAssembly(again, folder);
  const { 'asset.2/index.html': _, ...kept } = { ...files, 'Demo.metadata.json': '{}' };
  for (const [name, text] of Object.entries(kept))
    expect(await readFile(path.join(again, name), 'utf8')).toBe(text);
  await expect(readFile(path.join(again, 'asset.2/index.html'))).rejects.toThrow();
});
