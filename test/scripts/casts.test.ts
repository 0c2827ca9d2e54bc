import { describe, expect, test } from '@jest/globals';
import { castsWithoutReason } from '../../scripts/casts.ts';

const found = (...lines: string[]) => castsWithoutReason('core/a.ts', lines.join('\n'));

describe('a cast needs its reason beside it', () => {
  test.each([
    ['as', 'const a = b as C;'],
    ['as unknown as, found once for each', 'const a = b as unknown as C;'],
    ['!', 'const a = b!;'],
    ['! before a member', 'const a = b!.c;'],
  ])('%s', (_, line) => {
    expect(found(line)[0]).toMatch(/^core\/a\.ts:1: `.*` says nowhere why it holds$/);
  });

  test.each([
    ['on the line above', '// The caller checks it.', 'const a = b as C;'],
    ['on the line', 'const a = b as C; // the caller checks it'],
    ['before the statement', '// The caller checks it.', 'const a = [', '  b as C,', '];'],
    ['before the line inside the statement', 'const a = [', '  // The caller checks it.', '  b as C,', '];'],
    ['in a doc comment', '/** Keys are text on both sides. */', 'const a = (b) => b as C;'],
  ])('a reason %s is enough', (_, ...lines) => {
    expect(found(...lines)).toEqual([]);
  });

  test.each([
    ['as const', "const a = ['b'] as const;"],
    ['a renamed import', "import { a as b } from './c.ts';"],
    ['an inequality', 'const a = b !== c;'],
    ['a comment that mentions one', '/** Served as text. */', 'const a = 1;'],
    ['a text', "const a = 'b as C';"],
  ])('%s is none', (_, ...lines) => {
    expect(found(...lines)).toEqual([]);
  });

  test('a reason of another statement is not one', () => {
    expect(found('// Two of them.', 'const a = 1;', 'const b = a as C;')).toHaveLength(1);
  });

  test('JSX is read as such', () => {
    expect(castsWithoutReason('web/a.tsx', 'const a = <b>{c as D}</b>;')).toHaveLength(1);
  });
});
