import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Every page of documentation. */
export const PAGES: readonly string[] = [
  ...readdirSync('.').filter((file) => file.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join('docs', file)),
  ...globSync('examples/**/*.md', { exclude: (file) => file === 'node_modules' }),
];

/** Pages that are written by hand. The reference has signatures of what the sources export, which are no code to run. */
export const WRITTEN_PAGES: readonly string[] = PAGES.filter((page) => !page.startsWith('docs/api/'));

/** A block of code in a page. */
export interface Block {
  /** What stands behind the fence: `ts`, `sh`, or nothing. */
  readonly language: string;
  /** Without the indentation of the list that it is in. */
  readonly code: string;
}

/** The blocks of code of a page, those inside of lists too. */
export function blocks(page: string): Block[] {
  const found = readFileSync(page, 'utf8').matchAll(/^( *)```([^\n]*)\n(.*?)^\1```$/gms);
  return [...found].map(([, indentation = '', language = '', code = '']) => ({
    language,
    code: code.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
  }));
}

/** What stands in code spans of a page, outside of its blocks. */
export function spans(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^( *)```.*?^\1```$/gms, '');
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
}
