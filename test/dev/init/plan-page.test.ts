import { describe, expect, test } from '@jest/globals';
import { recognize } from '../../../dev/init/recognize.ts';
import { added, paths, plan, result } from './plans.ts';
import { applied, EXPRESS, REACT_TS, VANILLA_TS, withExpress } from './scaffolds.ts';

describe('Vite', () => {
  test('with React: the plugin, the client, and the dialog as a component', () => {
    const made = plan(REACT_TS);
    expect(paths(made)).toEqual(['package.json', 'src/main.tsx', 'src/session.ts', 'vite.config.ts']);
    expect(result(made, 'vite.config.ts')).toContain('  plugins: [react(), curfewDev()],\n');
    expect(added(made, 'src/main.tsx')).toEqual([
      "import { SessionTimeoutDialog } from 'curfew/react'",
      "import { session } from './session.ts'",
      '    <SessionTimeoutDialog session={session} />',
    ]);
    expect(result(made, 'src/session.ts')).toBe(`import { createSessionClient } from 'curfew/client'

/** The session of this page. Its \`fetch\` tells the API of activity. */
export const session = createSessionClient()
`);
    expect(added(made, 'package.json')).toEqual(['    "curfew": "^1.2.3",']);
    expect(made.left).toEqual([expect.stringContaining('<a href="/api/auth/sign-in?returnTo=/">')]);
  });

  test('without a framework or a configuration: both are made', () => {
    const made = plan(VANILLA_TS);
    expect(result(made, 'vite.config.ts')).toContain('plugins: [curfewDev()]');
    expect(added(made, 'src/main.ts')).toEqual(["import './session.ts'"]);
    expect(result(made, 'src/session.ts')).toContain('dialog.session = session\n');
    expect(JSON.parse(result(made, 'package.json')!).dependencies).toEqual({ curfew: '^1.2.3' });
  });

  test('another file of that name stays, and so does the page', () => {
    const made = plan({ ...REACT_TS, 'src/session.ts': 'export {};' });
    expect(paths(made)).toEqual(['package.json', 'vite.config.ts']);
    expect(made.left.join()).toContain('not done here: there is a src/session.ts already');
  });

  test.each(['client', 'react', 'element'])('a page that has curfew/%s stays as it is', (module) => {
    const made = plan({
      ...REACT_TS,
      'src/App.tsx': "import '@/user/index.ts';",
      'src/user/index.ts': `import 'curfew/${module}';`,
    });
    expect(paths(made)).toEqual(['package.json', 'vite.config.ts']);
  });

  test('a client is found behind an empty string in the line that loads it', () => {
    const made = plan({
      ...REACT_TS,
      'src/App.tsx': "export const routes = [{ path: '', component: () => import('./user') }];",
      'src/user.ts': "import 'curfew/client';",
    });
    expect(paths(made)).toEqual(['package.json', 'vite.config.ts']);
  });

  test('a module that nothing loads is not the page’s, and one that was left behind is used again', () => {
    expect(paths(plan({ ...REACT_TS, 'src/old.ts': "import 'curfew/client';" }))).toContain('src/main.tsx');
    const again = plan({ ...REACT_TS, 'src/session.ts': result(plan(REACT_TS), 'src/session.ts')! });
    expect(paths(again)).toEqual(['package.json', 'src/main.tsx', 'vite.config.ts']);
  });

  test('a configuration without a page is none of an application', () => {
    const { 'index.html': _, ...rest } = REACT_TS;
    expect(recognize(new Map(Object.entries(rest)))).toEqual({});
    const elsewhere = { ...rest, 'vite.config.ts': "export default { root: 'client' };" };
    expect(recognize(new Map(Object.entries(elsewhere)))).toMatchObject({ page: { folder: '' } });
  });

  test.each([
    ['vite.config.ts', 'plugins: [react()]', 'plugins: [react()], server: { host: true }'],
    ['package.json', '"vite"', '"vite --host"'],
    ['package.json', '"vite"', '"vite --host 0.0.0.0"'],
  ])('one that serves other machines is told so: %s has %s as %s', (file, usual, open) => {
    const odd = plan({ ...REACT_TS, [file]: REACT_TS[file]!.replace(usual, open) });
    expect(odd.left.join()).toContain('Let Vite listen on this machine alone');
  });

  test('one that serves this machine is told nothing of others', () => {
    const named = REACT_TS['package.json']!.replace(
      '"vite"',
      '"vite --host localhost --port 1", "show": "vite preview --host"',
    );
    expect(plan({ ...REACT_TS, 'package.json': named }).left.join()).not.toContain('Let Vite listen');
  });
});

describe('places in a file', () => {
  test('a value in parentheses stays whole', () => {
    const config = 'export default { plugins: [a(), (isDev && b())], server: ({}) }\n';
    expect(result(plan({ ...VANILLA_TS, 'vite.config.ts': config }), 'vite.config.ts')).toContain(
      '[a(), (isDev && b()), curfewDev()]',
    );
  });

  test('plugins that another object may replace stay as they are', () => {
    const made = plan({ ...VANILLA_TS, 'vite.config.ts': 'export default { plugins: [a()], ...shared }\n' });
    expect(made.left.join('\n')).toContain('may be replaced by those of another object');
    const before = plan({
      ...VANILLA_TS,
      'vite.config.ts': 'export default { ...shared, plugins: [a()] }\n',
    });
    expect(result(before, 'vite.config.ts')).toContain('[a(), curfewDev()]');
  });

  test('a comment that gives a type stays with what it types', () => {
    const config = "// @ts-check\n\n/** @type {import('vite').UserConfig} */\nexport default {}\n";
    expect(result(plan({ ...VANILLA_TS, 'vite.config.ts': config }), 'vite.config.ts')).toContain(
      'UserConfig} */\nexport default',
    );
  });

  test.each(['// TODO', '/* TODO */', '', '// TODO\n'])(
    'a module of nothing but %j gets a line of its own',
    (text) => {
      const made = plan({ ...VANILLA_TS, 'src/main.ts': text });
      expect(result(made, 'src/main.ts')).toMatch(/(?:^|\n)import '\.\/session';\n$/);
    },
  );

  test('a module is imported by the name that it has, whatever its neighbours are', () => {
    const { 'src/main.tsx': entry, 'index.html': html, ...rest } = REACT_TS;
    const files = {
      ...rest,
      'src/main.jsx': entry!.replace('!', ''),
      'index.html': html!.replace('main.tsx', 'main.jsx'),
    };
    const made = plan(files);
    expect(paths(made)).toContain('src/session.js');
    expect(result(made, 'src/main.jsx')).toContain("from './session.js'");
    const server = `import './legacy.js'\n${EXPRESS['server.js']}`;
    const scaffold = withExpress(VANILLA_TS, { 'server.ts': server, 'legacy.js': '' });
    const scripts = scaffold['package.json']!.replace(
      '"dev": "vite"',
      '"dev": "vite", "api": "node server.ts"',
    );
    expect(result(plan({ ...scaffold, 'package.json': scripts }), 'server.ts')).toContain(
      "from './curfew.ts'",
    );
  });

  test.each([
    'export function session() {}',
    "import 'x'\nexports.session = 1",
    'module.exports.session = 1',
    'module.exports = { session }',
  ])('a module that was left behind may export it as %j', (text) => {
    const made = plan({ ...REACT_TS, 'src/session.ts': `${text}\nrun('curfew/client')` });
    expect(paths(made)).not.toContain('src/session.ts');
    expect(paths(made)).toContain('src/main.tsx');
  });

  test('a module that was left behind has to export what is imported of it', () => {
    const made = plan({
      ...REACT_TS,
      'src/session.ts': "export { createSessionClient as client } from 'curfew/client'",
    });
    expect(made.left.join('\n')).toContain('there is a src/session.ts already, which exports no session');
  });

  test('what was done once is not done again below a folder of tests, or beside an index', () => {
    const below = Object.fromEntries(
      Object.entries(VANILLA_TS).map(([file, text]) => [`test/app/${file}`, text]),
    );
    const beside = { ...VANILLA_TS, 'src/session/index.ts': 'export {}' };
    for (const scaffold of [below, beside]) {
      const done = applied(scaffold, plan(scaffold));
      expect(plan(done).changes).toEqual([]);
    }
  });

  test.each([
    ["server: { host: 'shop.example' }", true],
    ["server: { host: '192.168.1.5' }", true],
    ["server: { host: 'localhost' }", false],
    ['preview: { host: true }', false],
  ])('%s serves other machines: %s', (options, isTold) => {
    const made = plan({ ...VANILLA_TS, 'vite.config.ts': `export default { ${options} }\n` });
    expect(made.left.join('\n').includes('Let Vite listen on this machine alone')).toBe(isTold);
  });

  test('a long expression is read in time', () => {
    const long = `const text = ${"'a' + ".repeat(3_000)}'a'\n`;
    const made = plan({ ...VANILLA_TS, 'vite.config.ts': `${long}export default { plugins: [] }\n` });
    expect(result(made, 'vite.config.ts')).toContain('[curfewDev()]');
    const list = `const list = [${'1,'.repeat(200_000)}]\n`;
    const wide = plan({ ...VANILLA_TS, 'vite.config.ts': `${list}export default { plugins: [] }\n` });
    expect(result(wide, 'vite.config.ts')).toContain('[curfewDev()]');
  });
});
