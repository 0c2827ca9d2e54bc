import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

/** What is not part of the repository, or is shared with it. */
const LEFT_OUT = new Set(['node_modules', '.git', 'dist', '.build', 'cdk.out', 'coverage']);

const root = process.cwd();
let copy = '';

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: copy, encoding: 'utf8' }).trim();
}

/** What `npm run release` answers in the copy. */
function release(...args: string[]) {
  const options = { cwd: copy, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.ts', ...args], options);
  return { status, stdout, stderr };
}

function text(file: string): string {
  return readFileSync(path.join(copy, file), 'utf8');
}

/** A repository of its own on `main`, in which a release may commit. Its checks are stand-ins that say that they ran. */
beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'curfew-release-test-'));
  for (const name of readdirSync(root).filter((entry) => !LEFT_OUT.has(entry))) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  // An ignore rule that ends in a slash is for folders, and this is a link.
  writeFileSync(path.join(copy, '.gitignore'), `${text('.gitignore')}node_modules\n`);
  const manifest = JSON.parse(text('package.json'));
  manifest.version = '1.2.3';
  manifest.repository = 'https://git.example.com/curfew';
  manifest.scripts.check = 'node -e "console.log(\'stand-in: checked\')"';
  manifest.scripts.test = 'node -e "console.log(\'stand-in: tested\')"';
  writeFileSync(path.join(copy, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const lock = JSON.parse(text('package-lock.json'));
  lock.version = '1.2.3';
  lock.packages[''].version = '1.2.3';
  writeFileSync(path.join(copy, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
  writeFileSync(
    path.join(copy, 'CHANGELOG.md'),
    '# Changelog\n\n## Unreleased\n\n### Fixed\n\n- A "quoted" thing.\n',
  );
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.com');
  git('config', 'commit.gpgsign', 'false');
  git('config', 'tag.gpgsign', 'false');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'start');
}, 60_000);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('a dry run does everything, and leaves nothing behind', () => {
  const before = git('rev-parse', 'HEAD');
  const { status, stdout } = release('minor', '--dry-run', '--skip-tests', '--date', '2027-01-02');
  expect(stdout).toContain('1.2.3 → 1.3.0, 2027-01-02\n\n### Fixed\n\n- A "quoted" thing.\n');
  expect(stdout).toContain('stand-in: checked');
  expect(stdout).not.toContain('stand-in: tested');
  expect(stdout).toContain('wrote dist/package\n');
  expect(stdout).toContain('curfew-1.3.0.tgz\n');
  expect(stdout).toContain(
    'would commit package.json, package-lock.json, docs/openapi.json, CHANGELOG.md, test/compat/last-release and tag v1.3.0',
  );
  expect(stdout).not.toContain('would stop');
  expect(status).toBe(0);
  expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')]).toEqual([before, '', '']);
  expect(readdirSync(copy)).not.toContain('dist');
}, 120_000);

test('a check that fails stops the release and leaves the files as they were', () => {
  const manifest = text('package.json');
  writeFileSync(
    path.join(copy, 'package.json'),
    manifest.replace('stand-in: checked', "'); process.exit(1); ('"),
  );
  git('commit', '--quiet', '--all', '--message', 'a defect');
  const { status, stdout } = release('minor', '--date', '2027-01-02');
  expect([status, git('status', '--porcelain'), git('tag')]).toEqual([1, '', '']);
  expect(stdout).not.toContain('npm run package');
  git('reset', '--quiet', '--hard', 'HEAD~1');
}, 60_000);

test('a release commits, tags and packs the version', () => {
  // The dry run has packed the real thing, and that takes as long as all the rest.
  const standIn = "require('node:fs').cpSync('package.json', 'dist/package/package.json')";
  const manifest = JSON.parse(text('package.json'));
  manifest.scripts.package = `node -e "${standIn}"`;
  delete manifest.private;
  writeFileSync(path.join(copy, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  git('commit', '--quiet', '--all', '--message', 'a stand-in for the package');
  const { status, stdout } = release('minor', '--date', '2027-01-02');
  expect([status, git('status', '--porcelain')]).toEqual([0, '']);
  expect(stdout).toContain('stand-in: tested');
  expect(git('log', '-1', '--format=%s')).toBe('chore(release): 1.3.0');
  const frozen = 'test/compat/last-release/';
  const changed = git('show', '--name-only', '--format=', 'HEAD').split('\n').sort();
  expect(changed.filter((file) => !file.startsWith(frozen))).toEqual([
    'CHANGELOG.md',
    'docs/openapi.json',
    'package-lock.json',
    'package.json',
  ]);
  // Which of its files differ depends on what has changed since the release before.
  expect(stdout).toContain(`froze the present code as ${frozen.slice(0, -1)}\n`);
  expect(git('tag', '--list', '--format=%(refname:short) %(contents)')).toBe(
    'v1.3.0 ### Fixed\n\n- A "quoted" thing.',
  );
  expect(text('CHANGELOG.md')).toContain('## Unreleased\n\n## 1.3.0 - 2027-01-02\n\n### Fixed\n');
  expect(JSON.parse(text('docs/openapi.json')).info.version).toBe('1.3.0');
  const lock = JSON.parse(text('package-lock.json'));
  expect([JSON.parse(text('package.json')).version, lock.version, lock.packages[''].version]).toEqual(
    Array(3).fill('1.3.0'),
  );
  const listing = execFileSync('tar', ['-xzOf', 'dist/curfew-1.3.0.tgz', 'package/package.json'], {
    cwd: copy,
  });
  expect(JSON.parse(String(listing))).toMatchObject({ name: 'curfew', version: '1.3.0' });
}, 120_000);

test.each([
  ['the same version again', ['1.3.0'], 'there is a tag v1.3.0 already'],
  ['no target', [], 'Usage:'],
  ['an option that does not exist', ['patch', '--force'], '--force'],
  ['tests left out of a release', ['patch', '--skip-tests'], '--skip-tests: only with --dry-run'],
])('rejects %s', (_, args, message) => {
  const { status, stderr } = release(...args);
  expect([status, git('status', '--porcelain')]).toEqual([1, '']);
  expect(stderr).toContain(message);
});

test('rejects changes that are not committed, another branch, and a manifest without a repository; a dry run only says so', () => {
  git('checkout', '--quiet', '-b', 'topic');
  const { repository: _, ...manifest } = JSON.parse(text('package.json'));
  writeFileSync(path.join(copy, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const { status, stderr } = release('patch');
  expect(status).toBe(1);
  const obstacles = [
    'the branch is topic, not main',
    'the working tree has changes',
    'package.json names no repository (https://…), by which npm proves where a package was built',
  ];
  expect(stderr.trimEnd().split('\n')).toEqual(obstacles);
  const { stdout } = release('patch', '--dry-run', '--skip-tests');
  expect(stdout).toMatch(obstacles.map((obstacle) => `would stop: ${obstacle}\n`).join(''));
  // Nothing has been collected since the release before.
  expect(stdout).not.toContain('→');
});
