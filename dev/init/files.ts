import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Change } from './plan.ts';
import type { Files } from './recognize.ts';

/** What others make, or what is hidden. */
const NOT_OURS = /^(?:node_modules|dist|build|coverage|out|cdk\.out|\..*)$/;
const READ = /(?:\.(?:[cm]?[jt]sx?|vue|svelte)|^index\.html|^package\.json|^tsconfig\.json|^cdk\.json)$/;
/** What is larger was written by no hand. */
const MAX_BYTES = 500_000;

/** Names in a folder that are not hidden; none where there is no such folder. */
export async function shownNames(folder: string): Promise<string[]> {
  return existsSync(folder) ? (await readdir(folder)).filter((name) => !name.startsWith('.')) : [];
}

export function manifestIn(folder: string): Promise<string> {
  return readFile(path.join(folder, 'package.json'), 'utf8');
}

/** Every file that is the project's own, by its path with `/`. */
export async function* ownFiles(folder: string, below = ''): AsyncGenerator<string> {
  for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
    if (NOT_OURS.test(entry.name)) continue;
    const file = path.posix.join(below, entry.name);
    if (entry.isDirectory()) yield* ownFiles(folder, file);
    else if (entry.isFile()) yield file;
  }
}

/** What of a project may be changed, or tells how. */
export async function readFiles(folder: string): Promise<Files> {
  const files = new Map<string, string>();
  for await (const file of ownFiles(folder)) {
    if (!READ.test(path.posix.basename(file))) continue;
    const full = path.join(folder, file);
    const { size } = await stat(full);
    if (size <= MAX_BYTES) files.set(file, await readFile(full, 'utf8'));
  }
  return files;
}

/** Writes what a plan says. */
export async function writeChanges(folder: string, changes: readonly Change[]): Promise<void> {
  for (const { path: file, after } of changes) {
    const full = path.join(folder, file);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, after);
  }
}
