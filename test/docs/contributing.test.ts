import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** Written by tools: see .gitignore. `.git` is Git's own. */
const NOT_OURS = new Set([
  '.git',
  ...readFileSync('.gitignore', 'utf8')
    .split('\n')
    .map((line) => line.replace(/\/$/, '')),
]);

/** First and second cells of the tables in CONTRIBUTING.md: folders with their purposes. */
const PURPOSES = new Map(
  [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^\| `([\w./-]+\/)` \| (.+) \|$/gm)].map(
    ([, folder, purpose]) => [folder!, purpose!] as const,
  ),
);

function foldersIn(parent: string): string[] {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NOT_OURS.has(entry.name))
    .map((entry) => `${parent === '.' ? '' : `${parent}/`}${entry.name}/`)
    .sort();
}

test.each(['.', 'functions', 'web', 'infra', 'dev', 'local', 'scripts', 'test'])(
  'every folder in %s has its purpose in CONTRIBUTING, and no other has',
  (parent) => {
    const depth = parent === '.' ? 1 : 2;
    const listed = [...PURPOSES.keys()].filter(
      (folder) =>
        folder.split('/').length === depth + 1 && (parent === '.' || folder.startsWith(`${parent}/`)),
    );
    // The tests of a folder are in the one of its name.
    const named = new Set(parent === 'test' ? foldersIn('.').map((folder) => `test/${folder}`) : []);
    expect(listed.sort()).toEqual(foldersIn(parent).filter((folder) => !named.has(folder)));
  },
);

test('a purpose is one sentence', () => {
  expect(PURPOSES.size).toBeGreaterThan(0);
  for (const [folder, purpose] of PURPOSES) {
    expect([folder, /^(?:[A-Z`]).{20,}[^.]$/.test(purpose), /\. [A-Z]/.test(purpose)]).toEqual([
      folder,
      true,
      false,
    ]);
  }
});

test('each kind of test that CONTRIBUTING names exists, and each that exists is named', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' });
  const kinds = new Set(files.flatMap((file) => /(?:\.[a-z]+)*\.test\.ts$/.exec(file)?.[0] ?? []));
  const named = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^\| `(\.[\w.]*test\.ts)` \|/gm)];
  expect(named.map(([, kind]) => kind).sort()).toEqual([...kinds].sort());
});
