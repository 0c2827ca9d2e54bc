import { describe, expect, test } from '@jest/globals';
import { DYNAMO_DB, type Plan, planFor } from '../../../dev/init/plan.ts';
import { recognize } from '../../../dev/init/recognize.ts';
import { readSource } from '../../../dev/init/source.ts';
import { PEERS } from '../../../scripts/package-manifest.ts';
import { applied, CDK_TS, EXPRESS, REACT_TS, type Scaffold, VANILLA_TS, withExpress } from './scaffolds.ts';

function plan(scaffold: Scaffold): Plan {
  const files = new Map(Object.entries(scaffold));
  return planFor(files, recognize(files), '1.2.3');
}

/** The lines that a plan adds to a file, if it takes none away. */
function added({ changes }: Plan, file: string): string[] {
  const { before = '', after = '' } = changes.find(({ path }) => path === file) ?? {};
  const rest = before.split('\n');
  const lines = after.split('\n').filter((line) => {
    if (line !== rest[0]) return true;
    rest.shift();
    return false;
  });
  expect(rest).toEqual([]);
  return lines;
}

const result = ({ changes }: Plan, file: string) => changes.find(({ path }) => path === file)?.after;
const paths = ({ changes }: Plan) => changes.map(({ path }) => path).sort();

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

const NOT_KNOWN = 'the port at which it listens is not written out';

describe('Vite and Express', () => {
  const made = plan(withExpress(VANILLA_TS));

  test('the server has Curfew, in front of everything else, and guards its API', () => {
    expect(added(made, 'server.js')).toEqual([
      "import { curfew, signedIn } from './curfew.js'",
      'app.use(curfew)',
      '// Everything under /api needs a session. What needs none belongs above this line.',
      "app.use('/api', signedIn)",
    ]);
    expect(result(made, 'server.js')).toMatch(
      /express\(\)\napp\.use\(curfew\)\n.*\napp\.use\('\/api', signedIn\)\n/,
    );
    expect(made.left.join('\n')).toContain("app.use('/orders', signedIn)");
  });

  test('it loads what is for development in development alone', () => {
    const text = result(made, 'curfew.js')!;
    expect(text).toContain(
      "NODE_ENV === 'production' ? undefined : (await import('curfew/dev')).curfewDev()\n",
    );
    expect(text).toContain('export const signedIn = sessionGuard(dev?.guard)\n');
    expect(text).not.toContain(';');
  });

  test('Vite passes on to it, by the port that it listens at', () => {
    expect(result(made, 'vite.config.ts')).toContain(
      "plugins: [curfewDev({ api: 'http://localhost:3000' })]",
    );
  });

  test('the guard’s client of DynamoDB is a dependency, the oldest that it admits', () => {
    expect(JSON.parse(result(made, 'package.json')!).dependencies).toEqual({
      [DYNAMO_DB[0]]: DYNAMO_DB[1],
      curfew: '^1.2.3',
      express: '^5.3.0',
    });
    expect(DYNAMO_DB[1]).toBe(PEERS[DYNAMO_DB[0]].replace('>=', '^'));
  });

  test.each([
    ['listen(port,', 'listen(process.env.ADDRESS,', 'the port at which it listens is not written out'],
    [
      'const app = express()',
      'const { app } = { app: express() }',
      'it does not make exactly one application of Express at its top',
    ],
    ["app.get('/api", "const curfew = 1\napp.get('/api", 'server.js with these lines does not parse'],
    ['res.send(', 'res.send((', 'server.js does not parse'],
  ])('a server with %s as %s stays as it is, and Vite has Curfew itself', (usual, unusual, reason) => {
    const odd = plan(withExpress(VANILLA_TS, { 'server.js': EXPRESS['server.js']!.replace(usual, unusual) }));
    expect(paths(odd)).toEqual(['package.json', 'src/main.ts', 'src/session.ts', 'vite.config.ts']);
    expect(result(odd, 'vite.config.ts')).toContain('plugins: [curfewDev()]');
    expect(odd.left.join('\n')).toContain(`(not done here: ${reason}`);
    expect(odd.left.join('\n')).toContain('app.use(dev);');
  });

  test('a server that loads by require gets it so', () => {
    const server = `"use strict";
const express = require("express");

const app = express();
app.get("/api/me", (req, res) => res.json(req.curfew.session));
app.listen(8000);
`;
    const odd = plan({ ...withExpress(VANILLA_TS, {}), 'server/index.cjs': server });
    expect(added(odd, 'server/index.cjs')).toEqual([
      'const { curfew, signedIn } = require("./curfew.cjs");',
      'app.use(curfew);',
      '// Everything under /api needs a session. What needs none belongs above this line.',
      'app.use("/api", signedIn);',
    ]);
    expect(result(odd, 'server/curfew.cjs')).toContain('exports.signedIn = sessionGuard(dev?.guard);');
    expect(result(odd, 'vite.config.ts')).toContain('http://localhost:8000');
  });

  test('a server that loads modules below its application too gets the middleware above it', () => {
    const server = `const express = require('express');
const app = express();
const routes = require('./routes');
app.use('/api', routes);
app.listen(3000);
`;
    const text = result(plan({ ...withExpress(VANILLA_TS, {}), 'server.cjs': server }), 'server.cjs')!;
    expect(text).toMatch(
      /^const express.*\nconst \{ curfew, signedIn \}.*\nconst app.*\napp\.use\(curfew\);\n/,
    );
  });

  test('a server in JavaScript whose imports are compiled stays as it is', () => {
    const odd = withExpress(VANILLA_TS);
    const compiled = { ...odd, 'package.json': odd['package.json']!.replace('"type": "module",', '') };
    expect(paths(plan(compiled))).not.toContain('server.js');
    expect(plan(compiled).left.join('\n')).toContain('its imports may be compiled to `require`');
  });

  test('a module that was left behind is used again, and one that the server does not load is not its own', () => {
    const scaffold = withExpress(VANILLA_TS);
    const again = plan({ ...scaffold, 'curfew.js': result(plan(scaffold), 'curfew.js')! });
    expect(paths(again)).not.toContain('curfew.js');
    expect(result(again, 'server.js')).toBe(result(plan(scaffold), 'server.js'));
    expect(paths(plan({ ...scaffold, 'old.js': "import 'curfew/express';" }))).toContain('server.js');
    const own = { 'app/session.js': "import 'curfew/express';", 'app/index.js': "import './session'" };
    const server = `import './app/index.js'\n${scaffold['server.js']}`;
    expect(paths(plan({ ...scaffold, ...own, 'server.js': server }))).not.toContain('server.js');
  });

  test('a server without a guard needs no client of DynamoDB', () => {
    const odd = plan(
      withExpress(VANILLA_TS, { 'server.js': EXPRESS['server.js']!.replace('res.send(', '((') }),
    );
    expect(JSON.parse(result(odd, 'package.json')!).dependencies).toEqual({
      curfew: '^1.2.3',
      express: '^5.3.0',
    });
  });

  test('of several servers the user says which, and the page has Curfew itself', () => {
    const several = { 'a/server.js': EXPRESS['server.js']!, 'b/server.js': EXPRESS['server.js']! };
    const odd = plan(withExpress(VANILLA_TS, several));
    expect(result(odd, 'vite.config.ts')).toContain('plugins: [curfewDev()]');
    expect(odd.left.join()).toContain('several servers of Express: a/server.js, b/server.js');
    const own = withExpress(VANILLA_TS, { ...several, ...EXPRESS });
    expect(recognize(new Map(Object.entries(own)))).toMatchObject({ server: 'server.js' });
  });

  test.each([
    ["const express = require('express'), app = express();", /^const \{ curfew.*\nconst express/],
    [
      "const express = require('express');\n\n// Ours.\nconst app = express();",
      /express'\);\nconst \{ curfew.*\n\n\/\/ Ours\.\nconst app/,
    ],
    [
      "const express = require('express');\nconst app = express(), port = 3000;",
      /express'\);\nconst \{ curfew.*\nconst app/,
    ],
  ])('a server that loads by require loads the middleware above its application: %j', (server, expected) => {
    const listening = `${server}\napp.listen(3000);`;
    const text = result(plan(withExpress(VANILLA_TS, { 'server.cjs': listening })), 'server.cjs');
    expect(text).toMatch(expected);
    expect(text).toMatch(/app\.use\(curfew\);\n.*\napp\.use\('\/api', signedIn\);\napp\.listen/);
  });

  describe('variables of a file are read before the module that reads them', () => {
    const FIXED = EXPRESS['server.js']!.replace('process.env.PORT || 3000', '3000');

    test.each([
      ["import dotenv from 'dotenv'\ndotenv.config()"],
      ["import { config } from 'dotenv-flow'\nconfig({ path: '.env.local' })"],
      ['process.loadEnvFile()'],
      ["import { loadEnvFile } from 'node:process'\nloadEnvFile()"],
    ])('%j', (line) => {
      const server = FIXED.replace("'express'\n", `'express'\n${line}\n`);
      const text = result(plan(withExpress(VANILLA_TS, { 'server.js': server })), 'server.js')!;
      expect(text).toContain(
        "const { curfew, signedIn } = await import('./curfew.js')\nconst app = express()\n",
      );
      expect(text.indexOf(line)).toBeLessThan(text.indexOf("await import('./curfew.js')"));
    });

    test('loaded by require, too', () => {
      const server =
        "const express = require('express');\nrequire('dotenv').config();\nconst app = express();\napp.listen(3000);\n";
      expect(result(plan(withExpress(VANILLA_TS, { 'server.cjs': server })), 'server.cjs')).toMatch(
        /config\(\);\nconst \{ curfew, signedIn \} = require\('\.\/curfew\.cjs'\);\nconst app/,
      );
    });

    test('an import that reads them is one of the imports above', () => {
      const server = FIXED.replace("'express'\n", "'express'\nimport 'dotenv/config'\n");
      expect(added(plan(withExpress(VANILLA_TS, { 'server.js': server })), 'server.js')[0]).toBe(
        "import { curfew, signedIn } from './curfew.js'",
      );
    });

    test('one that reads them below its application stays as it is', () => {
      const server = FIXED.replace('const port', 'process.loadEnvFile()\nconst port');
      const odd = plan(withExpress(VANILLA_TS, { 'server.js': server }));
      expect(paths(odd)).not.toContain('server.js');
      expect(odd.left.join('\n')).toContain('it reads its environment below its application');
    });
  });

  test.each([
    [
      "import express from 'express'",
      "import express from 'express'\nimport https from 'node:https'",
      'https',
    ],
    ['app.listen(port,', 'admin.listen(4000)\napp.listen(port,', NOT_KNOWN],
    ['app.listen(port,', 'metrics.listen(9090)\napp.listen(config.port,', NOT_KNOWN],
    ['app.listen(port,', 'metrics.listen(9090,', NOT_KNOWN],
    ['app.listen(port,', 'app?.listen(config.port,', NOT_KNOWN],
    ['app.listen(port,', 'app.listen(await free(3000),', NOT_KNOWN],
    ['app.listen(port,', 'app.listen(free(3000),', NOT_KNOWN],
    ['app.listen(port,', 'app.listen(0,', NOT_KNOWN],
    ['app.listen(port,', "app.listen('/tmp/server',", NOT_KNOWN],
    ['process.env.PORT || 3000', 'isTest && 3000', NOT_KNOWN],
  ])('of an address that is not sure Vite is told none: %s as %s', (usual, unusual, reason) => {
    const odd = plan(withExpress(VANILLA_TS, { 'server.js': EXPRESS['server.js']!.replace(usual, unusual) }));
    expect(result(odd, 'vite.config.ts')).toContain('plugins: [curfewDev()]');
    expect(odd.left.join('\n')).toContain(reason);
  });

  test.each(["import 'dotenv/config'", 'process.loadEnvFile()', "import './env.js'"])(
    'nor where %s may set it',
    (line) => {
      const server = EXPRESS['server.js']!.replace("'express'\n", `'express'\n${line}\n`);
      const files = { 'server.js': server, 'env.js': "import dotenv from 'dotenv'\ndotenv.config()\n" };
      expect(plan(withExpress(VANILLA_TS, files)).left.join('\n')).toContain('may be set elsewhere');
    },
  );

  test.each([
    'createServer(app).listen(8000,',
    'const server = http.createServer(options, app)\nserver.listen({ port: 8000 },',
    'app.listen(Number(process.env.PORT ?? 8000),',
    "app.listen(normalizePort('8000'),",
    'app.listen(parseInt(process.env.PORT || 8000, 10),',
  ])('an address that is sure is known: %s', (listening) => {
    const server = EXPRESS['server.js']!.replace('app.listen(port,', listening);
    expect(result(plan(withExpress(VANILLA_TS, { 'server.js': server })), 'vite.config.ts')).toContain(
      "curfewDev({ api: 'http://localhost:8000' })",
    );
  });

  test('a port without a choice is known whatever the environment says', () => {
    const server = EXPRESS['server.js']!.replace("'express'\n", "'express'\nimport 'dotenv/config'\n");
    const fixed = server.replace('process.env.PORT || 3000', '3000');
    expect(result(plan(withExpress(VANILLA_TS, { 'server.js': fixed })), 'vite.config.ts')).toContain(
      ':3000',
    );
  });

  test.each([
    ['server.ts', { api: 'node --watch-path src server.ts' }, './curfew.ts'],
    ['server.ts', { api: 'ts-node --esm server.ts' }, './curfew.js'],
    ['server.ts', { api: 'node --import tsx server.ts' }, './curfew.js'],
    ['server.mts', {}, './curfew.mjs'],
    ['server.mts', { api: 'node server.mts' }, './curfew.mts'],
  ])('%s with the scripts %j loads %s', (file, scripts, module) => {
    const scaffold = withExpress(VANILLA_TS, { [file]: EXPRESS['server.js']! });
    const manifest = JSON.stringify({ ...JSON.parse(scaffold['package.json']!), scripts });
    const odd = plan({ ...scaffold, 'package.json': manifest });
    expect(result(odd, file)).toContain(`from '${module}'`);
    expect(paths(odd)).toContain(file.replace('server', 'curfew'));
  });

  test.each([
    [";(async () => { app.use('/api', routes) })()\n"],
    [";[log, cors()].forEach((each) => app.use('/api', each))\n"],
    ["\n// These.\n;[log].forEach((each) => app.use('/api', each))\n"],
    ["const more = 1\n;`x`.split('/api/').map((each) => app.use(each))\n"],
  ])('without semicolons nothing runs into what is put before it: %j', (line) => {
    const server = `import express from 'express'\nconst app = express()\n${line}`;
    const text = result(
      plan(withExpress(VANILLA_TS, { 'server.js': `${server}app.listen(1)\n` })),
      'server.js',
    )!;
    const statements = (code: string) => readSource('server.js', code).program.body.length;
    expect(statements(text)).toBe(statements(server) + 4);
    expect(text).toMatch(/signedIn\);?\s+(?:\/\/ These\.\n)?[;c]/);
    expect(text).toMatch(/express\(\)\napp\.use\(curfew\)\n/);
  });

  test('a server that has it already is told nothing of itself where its port is not known', () => {
    const there = {
      'server.js': EXPRESS['server.js']!.replace("'express'", "'express'\nimport 'curfew/dev'").replace(
        'port,',
        'config.port,',
      ),
    };
    const config = `import { curfewDev } from 'curfew/dev/vite'\nexport default { plugins: [curfewDev({ api: 'http://localhost:4000' })] }\n`;
    const told = plan({ ...withExpress(VANILLA_TS, there), 'vite.config.ts': config });
    expect(told.left.join('\n')).not.toContain('server.js');
    expect(told.left.join('\n')).not.toContain('vite.config');
    const without = plan(withExpress(VANILLA_TS, there));
    expect(paths(without)).not.toContain('vite.config.ts');
    expect(without.left.join('\n')).toContain(
      "vite.config.ts: add curfewDev({ api: 'http://localhost:3000' })",
    );
    const passedElsewhere = config.replace(
      "[curfewDev({ api: 'http://localhost:4000' })]",
      "[curfewDev()], server: { proxy: { '/api': 'http://localhost:4000' } }",
    );
    const odd = plan({ ...withExpress(VANILLA_TS, there), 'vite.config.ts': passedElsewhere });
    expect(odd.left.join('\n')).toContain("vite.config.ts: add curfewDev({ api: 'http://localhost:3000' })");
  });

  test('a server that loads by require is told its lines so', () => {
    const server = "const express = require('express');\nlet app = { app: express() };\n";
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const told = plan({ 'package.json': JSON.stringify(manifest), 'server.js': server }).left.join('\n');
    expect(told).toContain("const { sessionGuard } = require('curfew/express');");
    expect(told).not.toContain('await');
  });

  test.each(['PORT', 'API_PORT'])('nor where a script sets its %s', (name) => {
    const scaffold = withExpress(VANILLA_TS);
    const scripts = scaffold['package.json']!.replace(
      '"dev": "vite"',
      `"dev": "vite", "api": "${name}=4000 node server.js"`,
    );
    expect(plan({ ...scaffold, 'package.json': scripts }).left.join('\n')).toContain('may be set elsewhere');
  });

  test('a plugin that is there passes on, once the server has Curfew', () => {
    const alone = applied(VANILLA_TS, plan(VANILLA_TS));
    expect(result(plan(withExpress(alone)), 'vite.config.ts')).toContain(
      "plugins: [curfewDev({ api: 'http://localhost:3000' })]",
    );
  });

  test('a server whose pages are in another folder is told what Vite needs there', () => {
    const { 'index.html': _, ...alone } = withExpress(VANILLA_TS);
    expect(plan(alone).left.join('\n')).toContain("plugins: [curfewDev({ api: 'http://localhost:3000' })]");
    expect(plan(applied(alone, plan(alone))).left).toEqual([]);
  });

  test.each([
    'http://localhost:3000/api/me',
    'http://127.0.0.1:3000/api/me',
    '` + import.meta.env.VITE_API_URL + `',
  ])('a page that asks it by %s is told why the guard will not know it', (address) => {
    const page = `${VANILLA_TS['src/main.ts']}\nfetch(\`${address}\`)\n`;
    const odd = plan({ ...withExpress(VANILLA_TS), 'src/main.ts': page });
    expect(odd.left.join('\n')).toContain('src/main.ts: ask by a path alone');
  });

  test('a configuration of tests that asks it is no page', () => {
    const files = {
      ...EXPRESS,
      'playwright.config.ts': "export default { use: { url: 'http://localhost:3000' } }",
    };
    expect(plan(withExpress(VANILLA_TS, files)).left.join('\n')).not.toContain('by a path alone');
  });

  test('a key of another API is no address', () => {
    const page = `${VANILLA_TS['src/main.ts']}\nconst key = import.meta.env.VITE_MAPS_API_KEY\n`;
    const odd = plan({ ...withExpress(VANILLA_TS), 'src/main.ts': page });
    expect(odd.left.join('\n')).not.toContain('by a path alone');
  });

  test('a server that names the mode and does not use it runs no Vite', () => {
    const server = EXPRESS['server.js']!.replace(
      'const app',
      'const vite = { middlewareMode: false }\nconst app',
    );
    const odd = plan(withExpress(VANILLA_TS, { 'server.js': server }));
    expect(result(odd, 'vite.config.ts')).toContain('curfewDev({ api');
  });

  test('vite-express runs Vite in the server', () => {
    const server = EXPRESS['server.js']!.replace(
      'const app',
      "import ViteExpress from 'vite-express'\nconst app",
    );
    const odd = plan(withExpress(VANILLA_TS, { 'server.js': server }));
    expect(odd.left.join('\n')).toContain('Vite runs in the server');
  });

  test('a script of its own that runs Vite so is none of the server', () => {
    const script = 'createServer({ server: { middlewareMode: true } })';
    const odd = plan(withExpress(VANILLA_TS, { ...EXPRESS, 'scripts/prerender.js': script }));
    expect(result(odd, 'vite.config.ts')).toContain('curfewDev({ api');
  });

  test('a server that runs Vite itself has Curfew for both, and Vite no plugin that would pass on to it', () => {
    const server = EXPRESS['server.js']!.replace(
      'const app',
      "import { createServer } from 'vite'\nconst vite = await createServer({ server: { middlewareMode: true } })\nconst app",
    ).replace('app.listen(port,', 'app.use(vite.middlewares)\napp.listen(process.env.ADDRESS,');
    const odd = plan(withExpress(REACT_TS, { 'server.js': server }));
    expect(paths(odd)).toEqual(['curfew.js', 'package.json', 'server.js', 'src/main.tsx', 'src/session.ts']);
    expect(odd.left.join('\n')).toContain('<script src="/__curfew/panel.js"></script>');
    expect(odd.ready).toEqual(new Set(['server', 'page']));
    expect(odd.left.join('\n')).not.toContain('curfewDev({ api');
  });

  test('its user is told what it needs where it is deployed', () => {
    expect(made.left.join()).toContain('Where server.js is deployed: the variables NODE_ENV=production');
  });

  test('a server in TypeScript gets its types, and imports as its scripts run it', () => {
    const odd = withExpress(VANILLA_TS, { 'server.ts': EXPRESS['server.js']! });
    const run = {
      ...odd,
      'package.json': odd['package.json']!.replace(
        '"dev": "vite"',
        '"dev": "vite", "api": "node --watch server.ts"',
      ),
    };
    expect(added(plan(run), 'server.ts')).toContain("import { curfew, signedIn } from './curfew.ts'");
    expect(added(plan(odd), 'server.ts')).toContain("import { curfew, signedIn } from './curfew.js'");
    expect(result(plan(odd), 'curfew.ts')).toContain('export const curfew: RequestHandler = ');
    const compiled = { ...odd, 'package.json': odd['package.json']!.replace('"type": "module",', '') };
    expect(plan(compiled).left.join('\n')).toContain('has no "type": "module"');
  });
});

describe('CDK', () => {
  test('the service is at the end of the stack', () => {
    const made = plan(CDK_TS);
    expect(paths(made)).toEqual(['lib/cdkapp-stack.ts', 'package.json']);
    expect(added(made, 'lib/cdkapp-stack.ts')).toEqual([
      "import { SessionService } from 'curfew/construct';",
      '',
      '    // The table, the functions and the API of the sessions. StaticSite puts a page in front of them.',
      "    const sessions = new SessionService(this, 'Sessions');",
    ]);
    expect(result(made, 'lib/cdkapp-stack.ts')).toMatch(/'Sessions'\);\n {2}\}\n\}\n$/);
    expect(made.left.join()).toContain('sessions.protect(orders)');
  });

  test('beside Vite in another folder, with a manifest of its own', () => {
    const infra = Object.fromEntries(Object.entries(CDK_TS).map(([file, text]) => [`infra/${file}`, text]));
    const made = plan({ ...VANILLA_TS, ...infra });
    expect(paths(made)).toEqual([
      'infra/lib/cdkapp-stack.ts',
      'infra/package.json',
      'package.json',
      'src/main.ts',
      'src/session.ts',
      'vite.config.ts',
    ]);
  });

  test('where there are several stacks, or it has a Sessions, the user is told the lines', () => {
    const stack = CDK_TS['lib/cdkapp-stack.ts']!;
    const named = stack.replace('// The code', "new Queue(this, 'Sessions');\n    // The code");
    for (const odd of [
      { ...CDK_TS, 'lib/other.ts': stack },
      { ...CDK_TS, 'lib/cdkapp-stack.ts': named },
    ]) {
      const made = plan(odd);
      expect(paths(made)).toEqual(['package.json']);
      expect(made.left.join('\n')).toContain("new SessionService(this, 'Sessions');");
    }
  });

  test('a compiler that refuses what is not used yet gets no such line', () => {
    const strict = CDK_TS['tsconfig.json']!.replace('"noUnusedLocals": false', '"noUnusedLocals": true');
    expect(paths(plan({ ...CDK_TS, 'tsconfig.json': '{ "extends": "../tsconfig.base.json" }' }))).toEqual([
      'package.json',
    ]);
    const made = plan({ ...CDK_TS, 'tsconfig.json': strict });
    expect(paths(made)).toEqual(['package.json']);
    expect(made.left.join('\n')).toContain("const sessions = new SessionService(this, 'Sessions');");
  });

  test('in JavaScript nothing refuses what is not used yet', () => {
    const { 'tsconfig.json': _, 'lib/cdkapp-stack.ts': stack, ...rest } = CDK_TS;
    const untyped = stack!.replace(/scope.*\)/, 'scope, id, props)');
    const made = plan({ ...rest, 'lib/cdkapp-stack.mjs': untyped });
    expect(paths(made)).toEqual(['lib/cdkapp-stack.mjs', 'package.json']);
    const required = plan({
      ...rest,
      'lib/cdkapp-stack.js': `const core = require('aws-cdk-lib');\n${untyped}`,
    });
    expect(required.left.join('\n')).toContain('not done here: it loads its modules by require()');
  });

  test('its user is told of the site in front of the service', () => {
    const told = plan(CDK_TS).left.join('\n');
    expect(told).toContain("new StaticSite(this, 'Site', { source: 'dist', sessions });");
    expect(told).toContain('sessions.addTo(distribution);');
  });
});

test('nothing is recognized in what is none of them', () => {
  const files = new Map(
    Object.entries({ 'package.json': '{"dependencies":{"vite":"1"}}', 'index.js': "require('http')" }),
  );
  expect(recognize(files)).toEqual({});
});

test('of two of a kind, the user says which', () => {
  const twice = ['a', 'b'].flatMap((folder) =>
    Object.entries(REACT_TS).map(([file, text]) => [`${folder}/${file}`, text] as const),
  );
  expect(() => recognize(new Map(twice))).toThrow('There are 2 pages of Vite (a, b)');
  const around = new Map([...twice, ...Object.entries(VANILLA_TS)]);
  expect(recognize(around)).toMatchObject({ page: { folder: '' } });
});

test('a manifest that is no JSON stops what needs it alone', () => {
  const broken = { ...withExpress(REACT_TS), 'package.json': '{' };
  const made = plan(broken);
  expect(paths(made)).toEqual(['src/main.tsx', 'src/session.ts', 'vite.config.ts']);
  expect(made.left.join('\n')).toContain('package.json is no JSON object: what it names');
});

test('a byte order mark stays where it is', () => {
  const marked = Object.fromEntries(
    Object.entries(withExpress(REACT_TS)).map(([file, text]) => [file, `\uFEFF${text}`]),
  );
  for (const { before, after } of plan(marked).changes) {
    expect(after.lastIndexOf('\uFEFF')).toBe(before === undefined ? -1 : 0);
  }
  expect(paths(plan(marked))).toEqual(paths(plan(withExpress(REACT_TS))));
});

test('what was done once is not done again', () => {
  for (const scaffold of [REACT_TS, withExpress(VANILLA_TS), CDK_TS]) {
    const done = applied(scaffold, plan(scaffold));
    expect(plan(done).changes).toEqual([]);
    expect(plan(done).left).toEqual([]);
  }
});
