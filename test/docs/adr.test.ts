import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const FOLDER = 'docs/adr';
const RECORDS = readdirSync(FOLDER)
  .filter((file) => /^\d{4}-/.test(file))
  .sort();

/** The value of a row in the table at the head of a record. */
function field(text: string, name: string): string | undefined {
  return new RegExp(`^\\| ${name} \\| (.+) \\|$`, 'm').exec(text)?.[1];
}

test('records are numbered without a gap', () => {
  const numbers = RECORDS.map((file) => Number(file.slice(0, 4)));
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(numbers.length).toBeGreaterThan(0);
});

test.each(RECORDS)('%s follows the template', (file) => {
  const text = readFileSync(`${FOLDER}/${file}`, 'utf8');
  expect(text).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `));
  expect(field(text, 'Date')).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(field(text, 'Status')).toMatch(/^(?:proposed|accepted|superseded by \[\d+\]\(\d{4}-[\w-]+\.md\))$/);
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(['Context', 'Decision', 'Consequences', 'Alternatives']);
});

test('the index names each record with its title, date and status', () => {
  const rows = readFileSync(`${FOLDER}/README.md`, 'utf8')
    .split('\n')
    .filter((line) => /^\| \d/.test(line));
  const expected = RECORDS.map((file) => {
    const text = readFileSync(`${FOLDER}/${file}`, 'utf8');
    const [, number, title] = /^# (\d+)\. (.+)$/m.exec(text) ?? [];
    return `| ${number} | [${title}](${file}) | ${field(text, 'Date')} | ${field(text, 'Status')} |`;
  });
  expect(rows).toEqual(expected);
});
