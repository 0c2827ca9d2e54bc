import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { COOKIES, END_REASONS, ENVIRONMENT_VARIABLES, HEADERS, METRICS } from '../../core/contract.ts';

const VOCABULARY = readFileSync('docs/vocabulary.md', 'utf8');
const ROWS = readFileSync('functions/store/dynamodb/item.ts', 'utf8');

/** The code spans that follow a label in the column "elsewhere": `metric: \`Touches\``. */
function named(label: string): string[] {
  const [...found] = VOCABULARY.matchAll(new RegExp(`\\b${label}: (\`[^\`]+\`(?:, \`[^\`]+\`)*)`, 'g'));
  return found.flatMap(([, spans]) => spans!.split(', ').map((span) => span.slice(1, -1)));
}

test.each<[label: string, known: readonly string[]]>([
  ['environment', ENVIRONMENT_VARIABLES],
  ['metric', METRICS],
  ['cookie', Object.values(COOKIES)],
  ['header', Object.values(HEADERS)],
])('names that the vocabulary gives for %s are those of the contract', (label, known) => {
  expect(named(label).length).toBeGreaterThan(0);
  for (const name of named(label)) {
    expect(known.map((entry) => entry.toLowerCase())).toContain(name.toLowerCase());
  }
});

test('attributes that the vocabulary gives for rows are in the rows', () => {
  expect(named('row').length).toBeGreaterThan(0);
  for (const attribute of named('row')) expect(ROWS).toMatch(new RegExp(`\\b${attribute}\\b`));
});

test('the reasons are all there, in their order', () => {
  const [, list] = /^\| \*\*reason\*\* \| (.+?)\. \|/m.exec(VOCABULARY) ?? [];
  expect([...list!.matchAll(/`([^`]+)`/g)].map(([, reason]) => reason)).toEqual([...END_REASONS]);
});

/** Terms that this project used before, and what they are called now. */
const RETIRED = new Map([
  ['lease', 'close grace'],
  ['verdict', 'evaluation'],
  ['unmarked', 'unbound'],
  ['carried out', 'supported'],
  ['none of ours', 'a plain clause'],
  ['who has no session', 'a request without a session'],
]);

test('no page uses a term that was given up', () => {
  const pages = [
    ...readdirSync('.').filter((file) => file.endsWith('.md')),
    ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !file.startsWith('api'))
      .map((file) => path.join('docs', file)),
  ];
  const used = pages.flatMap((page) => {
    const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
    return [...RETIRED]
      .filter(([term]) => new RegExp(`\\b${term}s?\\b`, 'i').test(text))
      .map(([term, instead]) => `${page}: "${term}" is now "${instead}"`);
  });
  expect(used).toEqual([]);
});
