import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ownFiles } from './files.ts';
import { readManifest } from './manifest.ts';
import type { Change } from './plan.ts';

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
 * @param installed the manifest that names this package, where it was installed before
 */
export async function exampleFiles(
  examples: string,
  template: (typeof TEMPLATES)[number],
  name: string,
  version: string,
  installed: string | undefined,
): Promise<Change[]> {
  const example = path.join(examples, template);
  const changes: Change[] = [{ path: '.gitignore', before: undefined, after: 'node_modules\ndist\n' }];
  for await (const file of exampleSources(example)) {
    const text = await readFile(path.join(example, file), 'utf8');
    changes.push(
      file === 'package.json'
        ? { path: file, before: installed, after: manifestFor(text, name, version, installed) }
        : { path: file, before: undefined, after: text },
    );
  }
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** By a name that npm accepts, and with this package as it was installed. */
function manifestFor(text: string, name: string, version: string, installed: string | undefined): string {
  const manifest = JSON.parse(text);
  const ownName = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  manifest.name = ownName || manifest.name;
  manifest.dependencies.curfew = readManifest(installed ?? '{}').dependencies?.curfew ?? `^${version}`;
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
