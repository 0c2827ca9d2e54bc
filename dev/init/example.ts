import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Change } from './draft.ts';
import { ownFiles } from './files.ts';
import { dependsOn, readManifest } from './manifest.ts';

/** Examples that an empty folder can be filled with. */
export const TEMPLATES = ['react', 'vue', 'svelte'] as const;

/** What of an example is not for a new project: it names the others, or was made for another version. */
const NOT_COPIED = /^(?:README\.md|package-lock\.json)$/;

/** The files of an example that a new project gets. */
export async function* exampleSources(example: string): AsyncGenerator<string> {
  for await (const file of ownFiles(example)) if (!NOT_COPIED.test(file)) yield file;
}

/**
 * The files of a new project.
 *
 * @param examples the folder that has them
 * @param name of the project's folder
 * @param version of this package
 * @param there what the folder has of these files: the manifest keeps what it says, and `.gitignore` its lines
 */
export async function exampleFiles(
  examples: string,
  template: (typeof TEMPLATES)[number],
  name: string,
  version: string,
  there: ReadonlyMap<string, string> = new Map(),
): Promise<Change[]> {
  const example = path.join(examples, template);
  const changes: Change[] = [];
  const add = (file: string, after: string) => changes.push({ path: file, before: there.get(file), after });
  add('.gitignore', withLines(there.get('.gitignore') ?? '', ['node_modules', 'dist']));
  for await (const file of exampleSources(example)) {
    const text = await readFile(path.join(example, file), 'utf8');
    add(file, file === 'package.json' ? manifestFor(text, name, version, there.get(file) ?? '{}') : text);
  }
  return changes
    .filter(({ before, after }) => before !== after)
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** A text with the lines that it does not have, with or without slashes. */
function withLines(text: string, wanted: readonly string[]): string {
  const lines = text.split(/\r?\n/).map((line) => line.trim().replaceAll(/^\/|\/$/g, ''));
  const missing = wanted.filter((line) => !lines.includes(line));
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const end = text === '' || text.endsWith('\n') ? '' : lineEnd;
  return missing.length === 0 ? text : `${text}${end}${missing.map((line) => line + lineEnd).join('')}`;
}

/** By a name that npm accepts, and with what the one that is there says. */
function manifestFor(text: string, name: string, version: string, there: string): string {
  const example = JSON.parse(text);
  const own = readManifest(there);
  const ownName = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const { curfew: _, ...dependencies } = example.dependencies;
  const manifest = {
    ...example,
    name: ownName || example.name,
    ...own,
    // Its modules are written for it; `npm init` says otherwise.
    type: example.type,
    scripts: { ...example.scripts, ...own.scripts },
    dependencies: {
      ...(!dependsOn(own, 'curfew') && { curfew: `^${version}` }),
      ...dependencies,
      ...own.dependencies,
    },
    devDependencies: { ...example.devDependencies, ...own.devDependencies },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
