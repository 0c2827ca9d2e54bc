import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { blocks, WRITTEN_PAGES } from '../support/documentation.ts';

/** Where a snippet is compiled and run: on a server, in a page of no framework or React's, with the tools of another one, or as a test. */
export type Place = 'server' | 'page' | 'vue' | 'svelte' | 'next' | 'angular' | 'test';

/** A piece of code that stands in the documentation. */
export interface Snippet {
  /** Where it stands. */
  readonly page: string;
  /** Its own, where its first line says one (`// session.ts`): others import it. */
  readonly name: string;
  readonly isNamed: boolean;
  readonly code: string;
  readonly place: Place;
}

const PLACES: readonly [what: RegExp, place: Place][] = [
  [/ from '@angular\//, 'angular'],
  [/ from 'next[/']/, 'next'],
  [/ from 'svelte[/']/, 'svelte'],
  // Uses the page's document without a module of ours.
  [/\bdocument\.querySelector/, 'page'],
  [/'curfew\/(?:client|element|activity|drafts|react|browser-close)[/']/, 'page'],
];

/** What it shows is run by test runners: testing.package.test.ts. */
const ABOUT_TESTS = 'docs/guides/testing.md';

/** What all pages show, in TypeScript or in templates with it. */
export function snippets(): Snippet[] {
  const found: Snippet[] = [];
  for (const page of WRITTEN_PAGES) {
    for (const { language: kind, code: shown } of blocks(page)) {
      if (!/^(?:tsx?|vue|svelte)$/.test(kind)) continue;
      const code = shown.includes('(this, ') ? inStack(shown) : shown;
      const name = /^\/\/ (\S+\.tsx?)\n/.exec(code)?.[1];
      const own = kind === 'vue' || kind === 'svelte' ? kind : PLACES.find(([what]) => what.test(code))?.[1];
      const place = page === ABOUT_TESTS ? 'test' : own;
      found.push({
        page,
        name: name ?? `${path.basename(page, '.md')}-${found.length}.${kind}`,
        isNamed: name !== undefined,
        code,
        place: place ?? 'server',
      });
    }
  }
  return found;
}

/** What stands in the constructor of a stack, in one. */
function inStack(code: string): string {
  const [imports = ''] = /^(?:import .*\n)*/.exec(code) ?? [];
  return `import { Stack as Surrounding } from 'aws-cdk-lib';
${imports}
class Documented extends Surrounding {
  constructor() {
    super();
${code.slice(imports.length)}  }
}
new Documented();
`;
}

/** Writes those of some places into a folder, and what they import. */
export async function writeSnippets(folder: string, ...places: readonly Place[]): Promise<Snippet[]> {
  const here = snippets().filter(
    ({ place, isNamed }) => places.includes(place) || (isNamed && place === 'page'),
  );
  for (const { name, code } of here) await writeFile(path.join(folder, name), code);
  return here;
}
