import { expect, test } from '@jest/globals';
import { planFor } from '../../../dev/init/plan.ts';
import { isCode, recognize } from '../../../dev/init/recognize.ts';
import { from, nameOf, nodesOf, readSource, to } from '../../../dev/init/source.ts';
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
    '[a(), (isDev && b())]',
    '[\n    (a()), // First.\n    (isDev && b()),\n  ]',
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

/** The elements of each list that a source calls `plugins`. */
function plugins(file: string, text: string): string[][] {
  const { program } = readSource(file, text);
  return [...nodesOf(program)].flatMap((node) =>
    node.type === 'ObjectProperty' && nameOf(node.key) === 'plugins' && node.value.type === 'ArrayExpression'
      ? [node.value.elements.map((each) => (each ? text.slice(from(each), to(each)) : ''))]
      : [],
  );
}

/** Whether a text is another one into which something was put, and nothing else. */
function isGrown(before: string, after: string): boolean {
  let at = 0;
  for (const character of after) if (character === before[at]) at += 1;
  return at === before.length;
}

test('what was done once is not done again, nothing is taken away, and line ends, comments and plugins stay', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SCAFFOLDS), habits, (scaffold, habit) => {
      const before = rewritten(scaffold, habit);
      const plan = planned(before);
      for (const change of plan.changes) {
        expect(isGrown(change.before ?? '', change.after)).toBe(true);
        if (change.before !== undefined && isCode(change.path)) {
          const [was, is] = [change.before, change.after].map((text) => readSource(change.path, text));
          expect(is!.comments).toEqual(expect.arrayContaining([...was!.comments]));
          const [own] = plugins(change.path, change.before);
          if (own) expect(plugins(change.path, change.after)[0]!.slice(0, own.length)).toEqual(own);
        }
        if (change.before?.includes('\r\n')) expect(change.after).not.toMatch(/(?<!\r)\n/);
      }
      expect(planned(applied(before, plan)).changes).toEqual([]);
    }),
    runs(150),
  );
});
