import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { transform } from 'esbuild';
import { createProject, type Project } from './project.ts';
import { type Snippet, snippets } from './snippets.ts';

// Most of the time is the registry's.
jest.setTimeout(180_000);

/** What the guide about testing shows, run by each runner from the tarball, in a project that has installed these. */
const PACKAGES = {
  '@aws-sdk/client-dynamodb': '3.1164.0',
  '@testing-library/dom': '10.4.2',
  '@testing-library/react': '16.3.3',
  '@types/react': '19.3.0',
  jest: '30.5.2',
  'jest-environment-jsdom': '30.5.2',
  jsdom: '29.1.1',
  react: '19.3.1',
  'react-dom': '19.3.1',
  vitest: '5.1.2',
};
/** How each runner is told that a file needs a document. */
const WITH_DOCUMENT = '/**\n * @jest-environment jsdom\n * @vitest-environment jsdom\n */\n';
const VM_MODULES = { NODE_OPTIONS: '--experimental-vm-modules' };

let project: Project;
let shown: Snippet[];

beforeAll(async () => {
  project = await createProject();
  shown = snippets().filter(({ place }) => place === 'test');
  const manifest = { private: true, dependencies: { ...PACKAGES, curfew: `file:${project.tarball}` } };
  await writeFile(path.join(project.folder, 'package.json'), JSON.stringify(manifest));
  await project.npm(project.folder, ['install', '--ignore-scripts', '--no-audit', '--no-fund']);
}, 300_000);
afterAll(() => project?.remove());

/** A folder with the guide's files, as a project of one kind has them. */
async function folderOf(name: string, manifest: object, write: (snippet: Snippet) => Promise<Snippet>) {
  const cwd = path.join(project.folder, name);
  await mkdir(cwd);
  await writeFile(path.join(cwd, 'package.json'), JSON.stringify(manifest));
  for (const snippet of shown) {
    const { name: file, code } = await write(snippet);
    const head = snippet.name.endsWith('.test.tsx') ? WITH_DOCUMENT : '';
    await writeFile(path.join(cwd, file), head + code);
  }
  return cwd;
}

/** A file as the tools of a project that uses Jest compile it. */
const compiledTo = (format: 'esm' | 'cjs') => async (snippet: Snippet) => {
  const source = snippet.code
    .replace("'vitest'", "'@jest/globals'")
    .replaceAll(/(\.\/[\w-]+)\.tsx?'/g, "$1.js'");
  const { code } = await transform(source, { loader: 'tsx', format, jsx: 'automatic' });
  return { ...snippet, name: snippet.name.replace(/tsx?$/, 'js'), code };
};

/** @returns how many tests passed @throws Error with the output, if one failed */
async function runJest(cwd: string, env: object = {}): Promise<number> {
  const bin = path.join(project.folder, 'node_modules/jest/bin/jest.js');
  const results = JSON.parse(await project.node([bin, '--json'], { cwd, env }));
  return results.numPassedTests;
}

const TESTS = 5;

test('Vitest', async () => {
  const cwd = await folderOf('vitest', { type: 'module' }, async (snippet) => snippet);
  const bin = path.join(project.folder, 'node_modules/vitest/vitest.mjs');
  await project.node([bin, 'run', '--reporter=json', '--outputFile=results.json'], { cwd });
  const results = JSON.parse(await readFile(path.join(cwd, 'results.json'), 'utf8'));
  expect(results).toMatchObject({ numPassedTests: TESTS, numFailedTests: 0 });
});

test('Jest, ES modules', async () => {
  const cwd = await folderOf('esm', { type: 'module', jest: { transform: {} } }, compiledTo('esm'));
  expect(await runJest(cwd, VM_MODULES)).toBe(TESTS);
});

test('Jest, CommonJS, as it is', async () => {
  const cwd = await folderOf('cjs', { jest: { transform: {} } }, compiledTo('cjs'));
  expect(await runJest(cwd)).toBe(TESTS);
});

test('the guide’s files compile, and a state that cannot be does not', async () => {
  await folderOf('types', { type: 'module' }, async (snippet) => snippet);
  const mistake = path.join(project.folder, 'types/mistake.ts');
  await writeFile(
    mistake,
    `import { createFakeSession } from 'curfew/testing/client';
const session = createFakeSession({ status: 'ended', reason: 'closed' });
// @ts-expect-error: a session that is active has not ended
session.set({ status: 'active', reason: 'idle' });
// @ts-expect-error: the seconds are of a warning
createFakeSession({ status: 'active', remainingSeconds: 30 });
`,
  );
  await project.typecheck(['types'], { types: [] });
});
