import { expect, test } from '@jest/globals';
import { planFor } from '../../../dev/init/plan.ts';
import { recognize } from '../../../dev/init/recognize.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { applied, CDK_TS, REACT_TS, type Scaffold, VANILLA_TS, withExpress } from './scaffolds.ts';

const SCAFFOLDS = [
  REACT_TS,
  VANILLA_TS,
  CDK_TS,
  withExpress(REACT_TS),
  withExpress(VANILLA_TS),
  {
    ...withExpress(REACT_TS),
    ...Object.fromEntries(Object.entries(CDK_TS).map(([file, text]) => [`cdk/${file}`, text])),
  },
];

/** How somebody may have written it. */
const habits = fc.record({
  quote: fc.constantFrom("'", '"'),
  semicolon: fc.constantFrom('', ';'),
  indent: fc.constantFrom('  ', '    ', '\t'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  plugins: fc.constantFrom(
    '[]',
    '[a()]',
    '[a(), b()]',
    '[\n    a(),\n    b(),\n  ]',
    'all()',
    '[a()].concat(b)',
  ),
  root: fc.constantFrom('<App />', '<Provider><App /></Provider>', '<><App /></>', 'tree'),
  // What of the scaffold is gone.
  without: fc.subarray([
    'src/main.tsx',
    'index.html',
    'vite.config.ts',
    'lib/cdkapp-stack.ts',
    'tsconfig.json',
  ]),
});

function rewritten(
  scaffold: Scaffold,
  { quote, semicolon, indent, lineEnd, plugins, root, without }: Habits,
): Scaffold {
  const files = Object.entries(scaffold).filter(([file]) => !without.includes(file));
  return Object.fromEntries(
    files.map(([file, text]) => {
      if (file.endsWith('.json')) return [file, text.replaceAll('  ', indent).replaceAll('\n', lineEnd)];
      const changed = text
        .replace('[react()]', plugins)
        .replace(/<StrictMode>.*<\/StrictMode>/s, root)
        .replaceAll("'", quote)
        .replaceAll(/(?<=['")\w]);?$/gm, semicolon);
      return [
        file,
        changed
          .replaceAll(/^(?: {2})+/gm, (spaces) => indent.repeat(spaces.length / 2))
          .replaceAll('\n', lineEnd),
      ];
    }),
  );
}
type Habits = typeof habits extends fc.Arbitrary<infer T> ? T : never;

function planned(scaffold: Scaffold) {
  const files = new Map(Object.entries(scaffold));
  return planFor(files, recognize(files), '1.2.3');
}

/** Whether a text is another one into which something was put, and nothing else. */
function isGrown(before: string, after: string): boolean {
  let at = 0;
  for (const character of after) if (character === before[at]) at += 1;
  return at === before.length;
}

test('what was done once is not done again, nothing is taken away, and line ends stay', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SCAFFOLDS), habits, (scaffold, habit) => {
      const before = rewritten(scaffold, habit);
      const plan = planned(before);
      for (const change of plan.changes) {
        expect(isGrown(change.before ?? '', change.after)).toBe(true);
        if (change.before?.includes('\r\n')) expect(change.after).not.toMatch(/(?<!\r)\n/);
      }
      expect(planned(applied(before, plan)).changes).toEqual([]);
    }),
    runs(150),
  );
});
