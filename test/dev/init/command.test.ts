import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { INIT_USAGE, type InitIo, init } from '../../../dev/init/command.ts';
import { TEMPLATES } from '../../../dev/init/example.ts';
import { writeChanges } from '../../../dev/init/files.ts';
import { EXPRESS, REACT_TS, type Scaffold } from './scaffolds.ts';

let folder: string;
let printed: { out: string; err: string };

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'curfew-init-'));
  printed = { out: '', err: '' };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const io = (more: Partial<InitIo> = {}): InitIo => ({
  out: (text) => {
    printed.out += text;
  },
  err: (text) => {
    printed.err += text;
  },
  ask: undefined,
  hasColors: false,
  version: '1.2.3',
  examples: path.join(import.meta.dirname, '../../../examples'),
  ...more,
});
const run = (args: readonly string[], more?: Partial<InitIo>) => init([folder, ...args], io(more));

async function write(scaffold: Scaffold): Promise<void> {
  for (const [file, text] of Object.entries(scaffold)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
}
const read = (file: string) => readFile(path.join(folder, file), 'utf8');

describe('an application', () => {
  beforeEach(() => write(REACT_TS));

  test('is not changed where nobody is asked, and its changes are shown', async () => {
    expect(await run([])).toBe(1);
    expect(printed.out).toContain('Found Vite (vite.config.ts).');
    expect(printed.out).toContain(`--- a/vite.config.ts
+++ b/vite.config.ts
@@ -1,7 +1,8 @@
 import react from '@vitejs/plugin-react'
 import { defineConfig } from 'vite'
+import { curfewDev } from 'curfew/dev/vite'
 
 // https://vite.dev/config/
 export default defineConfig({
-  plugins: [react()],
+  plugins: [react(), curfewDev()],
 })
`);
    expect(printed.out).toContain('--- /dev/null\n+++ b/src/session.ts\n');
    expect(printed.err).toBe('Nothing was written. With --yes it is.\n');
    expect(await read('vite.config.ts')).toBe(REACT_TS['vite.config.ts']);
  });

  test.each([
    ['y', 0],
    ['Yes ', 0],
    ['', 1],
    ['no', 1],
  ])('is changed as its developer answers: %j', async (answer, code) => {
    expect(await run([], { ask: async () => answer })).toBe(code);
    expect((await read('vite.config.ts')).includes('curfewDev()')).toBe(code === 0);
    expect(printed.err).toBe(code === 0 ? '' : 'Nothing was written.\n');
  });

  test('with --yes is changed without a question, and then no more', async () => {
    const asked = { ask: () => Promise.reject(new Error('asked')) };
    await writeFile(path.join(folder, 'pnpm-lock.yaml'), '');
    expect(await run(['--yes'], asked)).toBe(0);
    expect(printed.out).toContain('  pnpm install\n  pnpm run dev\n');
    printed.out = '';
    expect(await run(['--yes'], asked)).toBe(0);
    expect(printed.out).toContain('Curfew is there already: nothing is to change.\n');
  });

  test('is shown in colours where the terminal has them', async () => {
    await run([], { hasColors: true });
    expect(printed.out).toContain("\u001b[32m+import { curfewDev } from 'curfew/dev/vite'\u001b[39m");
  });

  test('is no place for a template', async () => {
    expect(await run(['--template', 'vue'])).toBe(1);
    expect(printed.err).toContain('--template is for an empty folder');
  });
});

test('parts in folders of their own are told what to run in each', async () => {
  const manifest = JSON.stringify({ type: 'module', dependencies: { express: '^5.3.0' } }, null, 2);
  await write({ 'server/package.json': manifest, 'server/server.js': EXPRESS['server.js']! });
  await write(Object.fromEntries(Object.entries(REACT_TS).map(([file, text]) => [`client/${file}`, text])));
  expect(await run(['--yes'])).toBe(0);
  expect(printed.out).toContain('Found Vite (client/vite.config.ts), Express (server/server.js).');
  expect(printed.out).toContain(`  (cd server && npm install)
  (cd client && npm install)
  (cd client && npm run dev)
Start server/server.js as well: (cd server && node server.js)
Open the page at`);
});

test('a server alone is said to have no page, and folders with spaces are quoted', async () => {
  const manifest = JSON.stringify({ type: 'module', dependencies: { express: '^5.3.0' } });
  await write({ 'my api/package.json': manifest, 'my api/server.js': EXPRESS['server.js']! });
  expect(await run(['--yes'])).toBe(0);
  expect(printed.out).toContain(`  (cd "my api" && npm install)
  (cd "my api" && node server.js)
Open /api/auth/sign-in?returnTo=/ at the server and sign in under any name. The panel is at /__curfew.
`);
});

test('folders are quoted as a shell takes them', async () => {
  const manifest = JSON.stringify({ type: 'module', dependencies: { express: '^5.3.0' } });
  await write({ "it's $5/package.json": manifest, "it's $5/server.js": EXPRESS['server.js']! });
  expect(await run(['--yes'])).toBe(0);
  expect(printed.out).toContain(String.raw`(cd 'it'\''s $5' && node server.js)`);
});

test('scripts that are none stop nothing', async () => {
  await write({
    ...REACT_TS,
    'package.json': REACT_TS['package.json']!.replace(/"scripts": \{.*?\}/s, '"scripts": "x"'),
  });
  expect(await run(['--yes'])).toBe(0);
  expect(printed.out).toContain('npx vite');
});

test('the package manager is the one that is named, whatever an old lock says', async () => {
  const named = REACT_TS['package.json']!.replace('"private"', '"packageManager": "pnpm@9.1.0", "private"');
  await write({ ...REACT_TS, 'package.json': named, 'package-lock.json': '{}' });
  expect(await run(['--yes'])).toBe(0);
  expect(printed.out).toContain('  pnpm install\n');
});

test('what is left of a part comes before its page is opened', async () => {
  await write({ ...REACT_TS, 'vite.config.ts': 'export default all();\n' });
  expect(await run(['--yes'])).toBe(0);
  expect(printed.out).toMatch(/npm run dev\nWhat is left to you comes first\.\nOpen the page at .*\n$/);
});

test('the manifest and the package manager may be those of the folders around', async () => {
  const manifest = JSON.stringify({
    type: 'module',
    packageManager: 'pnpm@10.1.0',
    dependencies: { express: '5' },
  });
  await write({ 'package.json': manifest, 'apps/api/server.js': EXPRESS['server.js']! });
  const run = () => init([path.join(folder, 'apps/api'), '--yes'], io());
  // Nothing says that the folders around are of the same project.
  expect(await run()).toBe(1);
  expect(await read('package.json')).toBe(manifest);
  await mkdir(path.join(folder, '.git'));
  expect(await run()).toBe(0);
  expect(printed.out).toContain('  (cd ../.. && pnpm install)\n  node server.js\n');
  expect(JSON.parse(await read('package.json')).dependencies).toHaveProperty('curfew');
});

test.each([
  {
    'package.json': JSON.stringify({
      type: 'module',
      workspaces: ['apps/*'],
      dependencies: { express: '5' },
    }),
  },
  {
    'package.json': JSON.stringify({ type: 'module', dependencies: { express: '5' } }),
    'pnpm-workspace.yaml': 'packages: [apps/*]',
  },
])('a workspace is a project without a repository, too: %j', async (scaffold) => {
  await write({ ...scaffold, 'yarn.lock': '', 'apps/api/server.js': EXPRESS['server.js']! });
  expect(await init([path.join(folder, 'apps/api'), '--yes'], io())).toBe(0);
  expect(printed.out).toContain('  (cd ../.. && yarn install)\n');
});

describe('how it is started', () => {
  const server = (scripts: object, more: object = {}) =>
    JSON.stringify({ type: 'module', scripts, dependencies: { express: '5' }, ...more });
  const both = (scripts: object): Scaffold => ({
    ...REACT_TS,
    'server.js': EXPRESS['server.js']!,
    'package.json': server({ dev: 'vite', ...scripts }, { devDependencies: { vite: '8' } }),
  });

  test.each([
    { dev: 'concurrently "vite" "node server.js"' },
    { dev: 'npm-run-all --parallel dev:*', 'dev:web': 'vite', 'dev:api': 'nodemon ./server' },
    { dev: "concurrently 'npm:web' 'npm:api'", web: 'vite', api: 'node --watch server.js' },
    { dev: 'vite & npm run api', api: 'tsx watch server.js' },
    { dev: 'concurrently "vite" "tsnd server.js"' },
  ])('by a script that starts both: %j', async (scripts) => {
    await write(both(scripts));
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).not.toContain('as well');
    expect(printed.out).toContain('Open the page at');
  });

  test.each([
    [{}, 'node server.js'],
    [{ api: 'node --watch server.js' }, 'npm run api'],
    [{ build: 'tsc server.js', lint: 'eslint server.js' }, 'node server.js'],
    [{ start: 'NODE_ENV=production node server.js' }, 'node server.js'],
    [{ dev: 'nodemon server.js', client: 'vite' }, 'npm run dev'],
    [{ bundle: 'esbuild server.js --bundle', deploy: 'scp server.js host:' }, 'node server.js'],
    [{ server: 'bun build server.js', 'start:check': 'node --check server.js' }, 'node server.js'],
    [{ describe: 'node scripts/openapi.js', 'dev:api': 'tsx watch server.js' }, 'npm run dev:api'],
    [{ start: 'npm run build && node server.js' }, 'npm run start'],
    [{ 'start:prod': 'node server.js', 'start:dev': 'node --watch server.js' }, 'npm run start:dev'],
    [{ 'seed:dev': 'node scripts/openapi.js', server: 'pm2 stop server.js' }, 'node server.js'],
    [{ serve: 'concurrently "tsc -w" "node --watch server.js"' }, 'npm run serve'],
  ])('by the server’s own script, where there is one: %j', async (scripts, command) => {
    await write({ ...both(scripts), 'scripts/openapi.js': "import '../server.js'" });
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain(`Start server.js as well: ${command}\n`);
  });

  test('by the script that runs Vite, whatever it is called', async () => {
    await write(both({ dev: 'nodemon server.js', client: 'vite --port 5000', preview: 'vite preview' }));
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('  npm run client\n');
  });

  test('by Vite itself where the script starts the server alone', async () => {
    await write(both({ dev: 'nodemon server.js', build: 'vite build' }));
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('  npx vite\nStart server.js as well: npm run dev\n');
  });

  test('by the script for development, whatever runs Vite in it', async () => {
    await write(both({ dev: 'framework dev' }));
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('  npm run dev\nStart server.js as well: node server.js\n');
  });

  test('an application that another module listens for is started by that one', async () => {
    const app = EXPRESS['server.js']!.replace(/app\.listen.*/s, 'export default app');
    const { 'server.js': _, ...rest } = both({});
    await write({ ...rest, 'app.js': app, 'main.js': "import app from './app.js'\napp.listen(4000)\n" });
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('Start main.js as well: node main.js\n');
  });

  test('a server that another program runs is not run itself', async () => {
    const app = EXPRESS['server.js']!.replace(/app\.listen.*/s, 'export default app');
    await write({ 'package.json': server({ start: 'node ./bin/www' }), 'app.js': app });
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).not.toContain('node app.js');
    await write({ 'app.js': app, 'bin/www': "#!/usr/bin/env node\nimport '../app.js'\n" });
    await rm(path.join(folder, 'curfew.js'));
    printed.out = '';
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('  npm run start\n');
    await write({ 'package.json': server({ start: 'node .' }), 'index.js': "import './app.js'" });
    printed.out = '';
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).not.toContain('node app.js');
  });

  test('a server in TypeScript by its script, with the package manager of its folder', async () => {
    await write({
      'api/package.json': server({ dev: 'tsx watch src/index.ts' }),
      'api/bun.lock': '',
      'api/src/index.ts': EXPRESS['server.js']!,
    });
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('  (cd api && bun install)\n  (cd api && bun run dev)\n');
  });
});

test('of several pages the advice names a folder that works', async () => {
  for (const name of ['a', 'b']) {
    await write(
      Object.fromEntries(Object.entries(REACT_TS).map(([file, text]) => [`${name}/${file}`, text])),
    );
  }
  expect(await run(['--yes'])).toBe(1);
  const [, named = ''] = /`curfew init ([^`]+)`/.exec(printed.err) ?? [];
  expect(path.resolve(named)).toBe(path.join(folder, 'a'));
});

describe('what is not read', () => {
  test('is left to the user by name: other encodings, and links', async () => {
    await write(REACT_TS);
    await writeFile(path.join(folder, 'src/main.tsx'), Buffer.from('const a = "\xe9";', 'latin1'));
    await rm(path.join(folder, 'vite.config.ts'));
    await symlink('../vite.base.ts', path.join(folder, 'vite.config.ts'));
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('(not done here: src/main.tsx is not UTF-8)');
    expect(printed.out).toContain('(not done here: vite.config.ts is a symbolic link)');
    expect(await readdir(path.join(folder, 'src'))).not.toContain('session.ts');
  });

  test('a manifest that is a link is still the one that holds', async () => {
    const app = path.join(folder, 'app');
    await write({
      'package.json': '{}',
      ...Object.fromEntries(Object.entries(REACT_TS).map(([file, text]) => [`app/${file}`, text])),
    });
    await rename(path.join(app, 'package.json'), path.join(folder, 'linked.json'));
    await symlink('../linked.json', path.join(app, 'package.json'));
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('(not done here: app/package.json is a symbolic link)');
    expect(await read('package.json')).toBe('{}');
  });

  test('does not matter where it is not looked at', async () => {
    await write(REACT_TS);
    await writeFile(path.join(folder, '.gitignore'), Buffer.from('caf\xe9', 'latin1'));
    expect(await run(['--yes'])).toBe(0);
  });

  test('a manifest above in another encoding stays as it is', async () => {
    const manifest = Buffer.from('{"author":"Ren\xe9","dependencies":{"express":"5"}}', 'latin1');
    await mkdir(path.join(folder, '.git'));
    await writeFile(path.join(folder, 'package.json'), manifest);
    await write({ 'app/server.js': EXPRESS['server.js']! });
    expect(await init([path.join(folder, 'app'), '--yes'], io())).toBe(1);
    expect(printed.err).toContain('../package.json is not UTF-8');
    const change = { path: 'package.json', before: manifest.toString(), after: '{}' };
    await expect(writeChanges(folder, [change])).rejects.toThrow('package.json has changed meanwhile');
    expect(await readFile(path.join(folder, 'package.json'))).toEqual(manifest);
  });

  test('is never written over', async () => {
    await write(REACT_TS);
    await symlink('elsewhere.ts', path.join(folder, 'src/session.ts'));
    expect(await run(['--yes'])).toBe(0);
    expect(printed.out).toContain('there is a src/session.ts already');
    expect(await readlink(path.join(folder, 'src/session.ts'))).toBe('elsewhere.ts');
  });

  test('and has come meanwhile is not, either: then nothing is written', async () => {
    await write(REACT_TS);
    await symlink('elsewhere.ts', path.join(folder, 'src/session.ts'));
    const change = (file: string, before: string | undefined) => ({ path: file, before, after: 'new' });
    const changes = [change('a.ts', undefined), change('src/session.ts', undefined)];
    await expect(writeChanges(folder, changes)).rejects.toThrow('Nothing was written.');
    expect(await readdir(folder)).not.toContain('a.ts');
  });
});

describe('what can’t be written', () => {
  const changes = [
    { path: 'new.ts', before: undefined, after: 'new' },
    { path: 'main.ts', before: 'old', after: 'new' },
    { path: 'taken/new.ts', before: undefined, after: 'new' },
  ];

  test('leaves all as it was', async () => {
    await write({ 'main.ts': 'old', taken: 'a file' });
    await expect(writeChanges(folder, changes)).rejects.toThrow('Nothing was written.');
    expect(await readdir(folder)).toEqual(['main.ts', 'taken']);
    expect(await read('main.ts')).toBe('old');
  });

  test('since somebody has written meanwhile, is not', async () => {
    await write({ 'main.ts': 'other' });
    await expect(writeChanges(folder, changes)).rejects.toThrow('main.ts has changed meanwhile');
    expect(await readdir(folder)).toEqual(['main.ts']);
  });

  test('otherwise all is there, with its permissions', async () => {
    await write({ 'main.ts': 'old' });
    await chmod(path.join(folder, 'main.ts'), 0o751);
    await writeChanges(folder, changes);
    expect(await readdir(folder)).toEqual(['main.ts', 'new.ts', 'taken']);
    expect((await stat(path.join(folder, 'main.ts'))).mode & 0o777).toBe(0o751);
  });
});

test('what is not known is told what was looked for', async () => {
  await write({ 'main.py': 'print()' });
  expect(await run(['--yes'])).toBe(1);
  expect(printed.err).toMatch(/neither empty nor an application.*vite\.config.*express\(\).*cdk\.json/s);
  expect(await readdir(folder)).toEqual(['main.py']);
});

describe('an empty folder', () => {
  test.each(TEMPLATES)('gets an example: %s', async (template) => {
    await mkdir(path.join(folder, '.git'));
    expect(await run(['--yes', '--template', template])).toBe(0);
    const manifest = JSON.parse(await read('package.json'));
    expect(manifest.dependencies.curfew).toBe('^1.2.3');
    expect(manifest.name).toBe(path.basename(folder).toLowerCase());
    expect(await read('vite.config.ts')).toContain('curfewDev()');
    expect(await readdir(folder)).not.toContain('README.md');
    expect(await read('.gitignore')).toContain('node_modules');
  });

  test('may have this package in it: it stays as it was installed', async () => {
    const manifest = JSON.stringify({ dependencies: { curfew: 'file:../curfew.tgz' } });
    await write({ 'package.json': manifest, 'package-lock.json': '{}', 'node_modules/curfew/index.js': '' });
    expect(await run(['--yes'])).toBe(0);
    const { dependencies } = JSON.parse(await read('package.json'));
    expect(dependencies).toMatchObject({ curfew: 'file:../curfew.tgz', react: expect.any(String) });
  });

  test('may be one of npm init: what is there stays, and is shown as it grows', async () => {
    const own = {
      name: 'mine',
      license: 'MIT',
      private: false,
      type: 'commonjs',
      scripts: { test: 'true', build: 'mine' },
      devDependencies: { curfew: 'file:../curfew.tgz' },
    };
    await write({ 'package.json': JSON.stringify(own), '.gitignore': '.env\n/dist/' });
    expect(await run(['--yes'])).toBe(0);
    const manifest = JSON.parse(await read('package.json'));
    expect(manifest).toMatchObject({ ...own, type: 'module', scripts: { ...own.scripts, dev: 'vite' } });
    expect(manifest.dependencies).not.toHaveProperty('curfew');
    expect(manifest.dependencies).toHaveProperty('react');
    expect(await read('.gitignore')).toBe('.env\n/dist/\nnode_modules\n');
    expect(printed.out).toContain('--- a/package.json\n');
    expect(printed.out).toContain('--- a/.gitignore\n');
  });

  test.each(['README.md', 'LICENSE', 'license.txt'])('may have a %s', async (name) => {
    await write({ [name]: 'mine' });
    expect(await run(['--yes'])).toBe(0);
    expect(await read(name)).toBe('mine');
    expect(await read('main.tsx')).toContain('react');
  });

  test.each(['.gitignore', 'package.json'])('with a %s in another encoding stays so', async (name) => {
    const text = Buffer.from('{"name":"caf\xe9"}', 'latin1');
    await writeFile(path.join(folder, name), text);
    expect(await run(['--yes'])).toBe(1);
    expect(printed.err).toBe(`${name} is not UTF-8: save it as UTF-8. Nothing was written.\n`);
    expect(await readdir(folder)).toEqual([name]);
    expect(await readFile(path.join(folder, name))).toEqual(text);
  });

  test('is none where other packages are installed', async () => {
    await write({ 'package.json': JSON.stringify({ devDependencies: { curfew: '1', next: '1' } }) });
    expect(await run(['--yes'])).toBe(1);
    expect(printed.err).toContain('neither empty nor');
  });

  test('gets the first of them, and is made where it is not there', async () => {
    expect(await init([path.join(folder, 'My Shop!'), '--yes'], io())).toBe(0);
    expect(JSON.parse(await read('My Shop!/package.json')).name).toBe('my-shop');
    expect(await read('My Shop!/main.tsx')).toContain('react');
  });
});

test('wrong arguments are told with the usage', async () => {
  for (const [args, reason] of [
    [['--template', 'cobol'], "not 'cobol'"],
    [['other'], 'one folder at a time'],
    [['--force'], '--force'],
  ] as const) {
    printed.err = '';
    expect(await run(args)).toBe(2);
    expect(printed.err).toContain(reason);
    expect(printed.err).toContain(INIT_USAGE);
  }
  expect(await run(['--help'])).toBe(0);
  expect(printed.out).toBe(INIT_USAGE);
});
