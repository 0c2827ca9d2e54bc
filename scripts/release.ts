import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { releaseChangelog } from './changelog.ts';
import { LAST_RELEASE } from './freeze-release.ts';
import { nextVersion, replaceVersion } from './version.ts';

const USAGE = `Usage:
  npm run release -- patch|minor|major|x.y.z [--dry-run [--skip-tests]] [--date yyyy-mm-dd]

Sets the version, closes the changelog's "Unreleased", runs the checks and every test, packs the tarball into dist/,
commits and tags. --dry-run does all of it but the commit and the tag, in a copy of the working tree.`;

/** What a release changes and commits. */
const RELEASED = [
  'package.json',
  'package-lock.json',
  'docs/openapi.json',
  'CHANGELOG.md',
  LAST_RELEASE,
] as const;

export interface ReleaseOptions {
  /** The working tree of the repository. */
  readonly root: string;
  /** `patch`, `minor`, `major` or a version. */
  readonly target: string;
  /** Day of the release, `yyyy-mm-dd`. */
  readonly date: string;
  /** Neither commits nor tags, and leaves the working tree as it is. @default false */
  readonly dryRun?: boolean | undefined;
  /** Leaves `npm test` out; for dry runs only. @default false */
  readonly skipTests?: boolean | undefined;
}

/**
 * Makes a release, or shows what it would be.
 *
 * @returns the tarball, relative to the folder that it was packed in
 * @throws Error saying what stands in the way. The files are then as they were
 */
export function release({ root, target, date, dryRun = false, skipTests = false }: ReleaseOptions): string {
  if (skipTests && !dryRun) throw new Error('--skip-tests: only with --dry-run');
  const current: string = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
  const version = nextVersion(current, target);
  const obstacles = findObstacles(root, version);
  if (obstacles.length > 0 && !dryRun) throw new Error(obstacles.join('\n'));
  for (const obstacle of obstacles) say(`would stop: ${obstacle}`);

  const folder = dryRun ? copyOf(root) : root;
  try {
    const notes = writeRelease(folder, { current, version, date });
    say(`${current} → ${version}, ${date}\n\n${notes}\n`);
    const tarball = checkAndPack(folder, { version, skipTests });
    if (dryRun) say(`would commit ${RELEASED.join(', ')} and tag v${version}`);
    else commitAndTag(folder, version, notes);
    say(`packed ${tarball}`);
    return tarball;
  } catch (error) {
    // Nothing else was changed: the working tree was clean.
    if (!dryRun) git(root, 'restore', '--staged', '--worktree', '--', ...RELEASED);
    throw error;
  } finally {
    if (dryRun) rmSync(folder, { recursive: true, force: true });
  }
}

/** What stands in the way of a release, a sentence each. */
function findObstacles(root: string, version: string): string[] {
  const obstacles: string[] = [];
  const branch = git(root, 'branch', '--show-current');
  if (branch !== 'main') obstacles.push(`the branch is ${branch || 'none'}, not main`);
  if (git(root, 'status', '--porcelain') !== '') obstacles.push('the working tree has changes');
  if (git(root, 'tag', '--list', `v${version}`) !== '') obstacles.push(`there is a tag v${version} already`);
  if (!JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).repository)
    obstacles.push(
      'package.json names no repository (https://…), by which npm proves where a package was built',
    );
  return obstacles;
}

/** The working tree without what is ignored, in a folder of its own that shares the installed packages. */
function copyOf(root: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'curfew-release-'));
  const files = git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate');
  // What was deleted and is not committed is still listed.
  for (const file of files.split('\0').filter((name) => name && existsSync(path.join(root, name)))) {
    cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

/** Writes the version everywhere that names it. Returns the entries of the changelog. */
function writeRelease(
  folder: string,
  { current, version, date }: { current: string; version: string; date: string },
): string {
  const edit = (file: string, change: (text: string) => string) => {
    const target = path.join(folder, file);
    writeFileSync(target, change(readFileSync(target, 'utf8')));
  };
  let notes = '';
  edit('CHANGELOG.md', (text) => {
    const released = releaseChangelog(text, version, date);
    notes = released.notes;
    return released.text;
  });
  edit('package.json', (text) => replaceVersion(text, current, version, 1));
  edit('package-lock.json', (text) => replaceVersion(text, current, version, 2));
  // The API answers with this document, so the version has to be in it before the functions are built.
  run(folder, process.execPath, 'scripts/openapi.ts');
  return notes;
}

/** Runs the checks, keeps a copy for the tests of the next release and packs what was checked. Returns the tarball, relative to the folder. */
function checkAndPack(
  folder: string,
  { version, skipTests }: { version: string; skipTests: boolean },
): string {
  run(folder, 'npm', 'run', 'check');
  if (!skipTests) run(folder, 'npm', 'test');
  // What was tested against the release before is the release that the next one is tested against. It builds, which empties dist/.
  run(folder, process.execPath, 'scripts/freeze-release.ts');
  run(folder, 'npm', 'run', 'package');
  run(folder, 'npm', 'pack', './dist/package', '--pack-destination', 'dist', '--offline');
  return `dist/curfew-${version}.tgz`;
}

/** The notes are the tag's message, so that a release can be read without its files. */
function commitAndTag(folder: string, version: string, notes: string): void {
  run(folder, 'git', 'commit', '--quiet', '--message', `chore(release): ${version}`, ...RELEASED);
  run(folder, 'git', 'tag', '--annotate', `v${version}`, '--cleanup=verbatim', '--message', notes);
  say(`tagged v${version}. To publish: git push --follow-tags. .github/workflows/publish.yml does the rest`);
}

function git(root: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

/** Runs a step and shows what it prints. @throws Error if it fails */
function run(cwd: string, command: string, ...args: string[]): void {
  say(`$ ${[path.basename(command), ...args].join(' ').split('\n')[0]}`);
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

function say(line: string): void {
  console.log(line);
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean' },
      'skip-tests': { type: 'boolean' },
      date: { type: 'string' },
    },
  });
  const [target, ...more] = positionals;
  if (target === undefined || more.length > 0) throw new Error(USAGE);
  release({
    root: process.cwd(),
    target,
    date: values.date ?? new Date().toISOString().slice(0, 10),
    dryRun: values['dry-run'],
    skipTests: values['skip-tests'],
  });
}

if (import.meta.main) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
