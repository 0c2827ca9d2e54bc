import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { STYLES } from '../../web/element/styles.ts';

test('the page about colours has each property of the dialog, with its values', () => {
  const value = String.raw`light-dark\((#\w+), (#\w+)\)|([\d.]+em)`;
  const styles = [...STYLES.matchAll(new RegExp(`var\\((--session-timeout-[\\w-]+), (?:${value})\\)`, 'g'))];
  const used = styles.map(([, name, light, dark, both]) => [name, light ?? both, dark ?? both]);
  expect(used).toHaveLength(STYLES.match(/var\(--session-timeout-/g)!.length);
  const rows = readFileSync('docs/guides/appearance.md', 'utf8').matchAll(
    /^\| `(--session-timeout-[\w-]+)` \| .* \| `([^`]+)` \| `([^`]+)` \|$/gm,
  );
  expect([...rows].map(([, ...row]) => row).sort()).toEqual(used.sort());
});
