import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

/** Every page of documentation, and the front door. */
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join('docs', file)),
];

/** What a page links to in this repository, images included. */
function targets(page: string): string[] {
  const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!.split('#')[0]!)
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

test.each(PAGES)('%s links to what is there', (page) => {
  const missing = targets(page).filter((target) => !existsSync(path.join(path.dirname(page), target)));
  expect(missing).toEqual([]);
});

test('every page but the front door is linked to', () => {
  const linked = new Set(
    PAGES.flatMap((page) => targets(page).map((to) => path.posix.join(path.posix.dirname(page), to))),
  );
  const folders = [...linked].filter((target) => !target.endsWith('.md'));
  const lost = PAGES.slice(2).filter(
    (page) => !linked.has(page) && !folders.includes(path.posix.dirname(page)),
  );
  expect(lost).toEqual([]);
});
