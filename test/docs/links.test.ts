import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PAGES } from '../support/documentation.ts';

const FRONT_DOOR = 'README.md';

/**
 * Pages that are written by hand: what they name in code spans and looks like a path is in this repository. An example
 * names the files of its own folder.
 */
const WRITTEN_BY_HAND = PAGES.filter((page) => !/^(?:docs\/api|examples)\//.test(page));

const { name, scripts, dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

function read(page: string): string {
  return readFileSync(page, 'utf8');
}

/** What a page links to in this repository, images included. */
function links(page: string): string[] {
  const text = read(page).replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The file that a link leads to, and the heading in it, if it names one. */
function resolve(page: string, link: string): { file: string; heading: string | undefined } {
  const [target, heading] = link.split('#');
  return { file: target ? path.posix.join(path.posix.dirname(page), target) : page, heading };
}

/** What a link into a page may name: its headings, as GitHub makes anchors of them, and the anchors that it sets itself. */
function anchors(page: string): string[] {
  const text = read(page);
  const used = new Map<string, number>();
  const headings = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const slug = heading!
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = used.get(slug) ?? 0;
    used.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id!)];
}

/** What stands in code spans and blocks of a page. */
function code(page: string): string[] {
  return [...read(page).matchAll(/```\w*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
    ([, block, span]) => block ?? span!,
  );
}

describe.each(PAGES)('%s', (page) => {
  test('links to what is there', () => {
    const missing = links(page).filter((link) => {
      const { file, heading } = resolve(page, link);
      return !existsSync(file) || (heading !== undefined && !anchors(file).includes(heading));
    });
    expect(missing).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const commands = code(page).flatMap((text) => [...text.matchAll(/\bnpm (?:run )?([\w:-]+)/g)]);
    // Of this repository, of the example that the page is about, or of what `curfew init` makes.
    const made = JSON.parse(read('examples/react/package.json')).scripts;
    const manifest = path.posix.join(path.posix.dirname(page), 'package.json');
    const known = {
      ...scripts,
      dev: made.dev,
      ...(existsSync(manifest) && JSON.parse(read(manifest)).scripts),
    };
    const missing = commands
      .filter(([command, script]) => command.startsWith('npm run') && !(script! in known))
      .map(([command]) => command);
    expect(missing).toEqual([]);
  });
});

/** Folders that a build writes. */
const BUILT = /^(?:dist|cdk\.out|coverage|\.build|node_modules)\//;
/** Have a slash in their entries' names, and are not folders: this package and those that it uses. */
const PACKAGES = new Set([name, ...Object.keys(dependencies), ...Object.keys(devDependencies)]);

/** Whether a code span is a path in this repository: it has a slash inside or at its end, and none at the start. */
function isPath(text: string): boolean {
  return /^(?:[\w.-]+\/)+[\w.*-]*$/.test(text) && !PACKAGES.has(text.split('/')[0]) && !BUILT.test(text);
}

test.each(WRITTEN_BY_HAND)('%s names files and folders that exist', (page) => {
  // What a block is a file of, by its first line, is the user's own.
  const shown = code(page).flatMap((text) => /^\/\/ (\S+)\n/.exec(text)?.[1] ?? []);
  const named = code(page).flatMap((text) =>
    text.includes('\n')
      ? (text.match(/[\w./-]+\.test\.tsx?|\btest\/[\w./-]+/g) ?? [])
      : [text].filter(isPath),
  );
  const missing = named.filter((name) => globSync(name).length === 0 && !shown.includes(name));
  expect(missing).toEqual([]);
});

test('every page but the front door is linked to', () => {
  const linked = new Set(
    PAGES.flatMap((page) => links(page).map((link) => ({ page, ...resolve(page, link) })))
      .filter(({ page, file }) => page !== file)
      .map(({ file }) => file),
  );
  expect(PAGES.filter((page) => page !== FRONT_DOOR && !linked.has(page))).toEqual([]);
});
