import { existsSync, readFileSync } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Change } from './draft.ts';
import { type Files, TOO_LARGE } from './recognize.ts';

/** What others make, or what is hidden. */
const NOT_OURS = /^(?:node_modules|dist|build|coverage|out|cdk\.out|\..*)$/;
const READ =
  /(?:\.(?:[cm]?[jt]sx?|vue|svelte)|^index\.html|^www$|^package\.json|^tsconfig\.json|^cdk\.json)$/;
const NO_UTF_8 = 'is not UTF-8';
/** What is larger was written by no hand. */
const MAX_BYTES = 500_000;

/** Names in a folder that are not hidden; none where there is no such folder. */
export async function shownNames(folder: string): Promise<string[]> {
  return existsSync(folder) ? (await readdir(folder)).filter((name) => !name.startsWith('.')) : [];
}

/** The texts of these files, of those that are there. @throws Error for one that is not UTF-8, of which a part would be lost */
export async function textsIn(folder: string, names: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const name of names) {
    const full = path.join(folder, name);
    if (!existsSync(full)) continue;
    const text = decoded(await readFile(full));
    if (text === undefined) throw new Error(`${name} ${NO_UTF_8}: save it as UTF-8. Nothing was written.`);
    texts.set(name, text);
  }
  return texts;
}

/** Every file that is the project's own, by its path with `/`, links included. */
export async function* ownFiles(folder: string, below = ''): AsyncGenerator<string> {
  const full = path.join(folder, below);
  // A folder that may not be read is passed over; the one that was named is not.
  const entries = await readdir(full, { withFileTypes: true }).catch((error) => {
    if (below === '') throw error;
    return [];
  });
  for (const entry of entries) {
    if (NOT_OURS.test(entry.name)) continue;
    const file = path.posix.join(below, entry.name);
    if (entry.isDirectory()) yield* ownFiles(folder, file);
    else if (entry.isFile() || entry.isSymbolicLink()) yield file;
  }
}

/** What was read of a project. */
interface ReadProject {
  readonly files: Files;
  /** What was not, by its path: the reason, after the file's name. */
  readonly unread: ReadonlyMap<string, string>;
}

/**
 * What of a project may be changed, or tells how. Where it has no manifest of its own, the nearest one above it, by its path from here,
 * such as `../package.json`.
 */
export async function readFiles(folder: string): Promise<ReadProject> {
  const files = new Map<string, string>();
  const unread = new Map<string, string>();
  for await (const file of ownFiles(folder)) {
    if (!READ.test(path.posix.basename(file))) continue;
    const full = path.join(folder, file);
    const status = await lstat(full);
    if (status.isSymbolicLink()) {
      unread.set(file, 'is a symbolic link');
      continue;
    }
    if (status.size > MAX_BYTES) {
      unread.set(file, TOO_LARGE);
      continue;
    }
    const bytes = await readFile(full).catch(() => undefined);
    const text = bytes && decoded(bytes);
    if (text === undefined) unread.set(file, bytes ? NO_UTF_8 : 'can’t be read');
    else files.set(file, text);
  }
  if (!files.has('package.json') && !unread.has('package.json')) {
    for (const above of foldersAbove(folder)) {
      const bytes = await readFile(path.join(above, 'package.json')).catch(() => undefined);
      if (bytes === undefined) continue;
      const text = decoded(bytes);
      const name = `${path.relative(folder, above).replaceAll(path.sep, '/')}/package.json`;
      if (text === undefined) unread.set(name, NO_UTF_8);
      else files.set(name, text);
      break;
    }
  }
  return { files, unread };
}

/** With its byte order mark, which is written again; undefined: it is not UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The folders around one, up to that of the repository, or of the workspace; none where there is neither. */
function foldersAbove(folder: string): string[] {
  const above = [folder];
  for (let at = folder; path.dirname(at) !== at; ) {
    at = path.dirname(at);
    above.push(at);
  }
  const repository = above.findIndex((each) => existsSync(path.join(each, '.git')));
  const top = repository < 0 ? above.findIndex(isWorkspace) : repository;
  return above.slice(1, top + 1);
}

function isWorkspace(folder: string): boolean {
  return existsSync(path.join(folder, 'pnpm-workspace.yaml')) || /"workspaces"\s*:/.test(manifestIn(folder));
}

/** '' where there is none that can be read. */
function manifestIn(folder: string): string {
  try {
    return readFileSync(path.join(folder, 'package.json'), 'utf8');
  } catch {
    return '';
  }
}

/** The package manager of a project, by its lock file or the manifest's `packageManager`, here or above. */
export function managerOf(folder: string): string {
  for (const at of [folder, ...foldersAbove(folder)]) {
    const named = /"packageManager"\s*:\s*"(npm|pnpm|yarn|bun)@/.exec(manifestIn(at))?.[1];
    if (named !== undefined) return named;
    const lock = LOCKS.find(([name]) => existsSync(path.join(at, name)));
    if (lock) return lock[1];
  }
  return 'npm';
}

const LOCKS = [
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
] as const;

/**
 * Writes what a plan says: new files first, and what replaces others beside them; they take their places once all of it is there.
 *
 * @throws Error that says what was written
 */
export async function writeChanges(folder: string, changes: readonly Change[]): Promise<void> {
  const placed = changes.map((change) => ({ ...change, full: path.join(folder, change.path) }));
  for (const { path: file, before, full } of placed) {
    const status = await lstat(full).catch(() => undefined);
    if (before === undefined ? status : status?.isSymbolicLink())
      throw new Error(`${file} is there already, and stays as it is. Nothing was written.`);
    const bytes = before === undefined ? undefined : await readFile(full).catch(() => undefined);
    if (before !== undefined && !bytes?.equals(Buffer.from(before)))
      throw new Error(`${file} has changed meanwhile. Nothing was written.`);
  }
  const made: string[] = [];
  try {
    for (const { before, after, full } of placed) {
      await mkdir(path.dirname(full), { recursive: true });
      const target = before === undefined ? full : beside(full);
      const handle = await open(target, 'wx');
      made.push(target);
      try {
        if (before !== undefined) await handle.chmod((await stat(full)).mode);
        await handle.writeFile(after);
      } finally {
        await handle.close();
      }
    }
  } catch (error) {
    for (const each of made) await rm(each, { force: true });
    throw new Error(`${messageOf(error)}. Nothing was written.`);
  }
  const replaced = placed.filter(({ before }) => before !== undefined);
  const written = placed.filter(({ before }) => before === undefined).map(({ path: file }) => file);
  for (const { path: file, full } of replaced) {
    try {
      await rename(beside(full), full);
      written.push(file);
    } catch (error) {
      for (const each of replaced) await rm(beside(each.full), { force: true });
      throw new Error(
        `${messageOf(error)}. Written: ${written.join(', ') || 'nothing'}. Not written: ${placed
          .map(({ path: each }) => each)
          .filter((each) => !written.includes(each))
          .join(', ')}.`,
      );
    }
  }
}

/** Where the new text of a file stands until all of them are written. */
function beside(full: string): string {
  return path.join(path.dirname(full), `.${path.basename(full)}.curfew-init`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
