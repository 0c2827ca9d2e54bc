import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DYNAMO_DB, OWN_ROUTES } from '../../../dev/init/plan-server.ts';
import { recognize } from '../../../dev/init/recognize.ts';
import { readSource } from '../../../dev/init/source.ts';
import { PEERS } from '../../../scripts/package-manifest.ts';
import { added, paths, plan, result } from './plans.ts';
import { applied, EXPRESS, REACT_TS, type Scaffold, VANILLA_TS, withExpress } from './scaffolds.ts';

const NOT_KNOWN = 'the port at which it listens is not written out';

describe('Vite and Express', () => {
  const made = plan(withExpress(VANILLA_TS));

  test('the server has Curfew, in front of everything else, and guards its API', () => {
    expect(added(made, 'server.js')).toEqual([
      "import { curfew, signedIn } from './curfew.js'",
      'app.use(curfew)',
      '// Every request under /api needs a session. Where a route needs none, move this line below it, and above the others.',
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
      '// Every request under /api needs a session. Where a route needs none, move this line below it, and above the others.',
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
      withExpress(VANILLA_TS, { 'server.js': `import 'curfew/dev'\n${EXPRESS['server.js']}` }),
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
    expect(recognize(new Map(Object.entries(own))).servers).toContain('server.js');
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
      expect(odd.left.join('\n')).toContain('it may read its variables below its application');
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
    ['process.env.PORT || 3000', 'config.port || 3000', NOT_KNOWN],
    ['process.env.PORT || 3000', '70000', NOT_KNOWN],
    ['process.env.PORT || 3000', 'process.env.PORT || port', NOT_KNOWN],
    ['process.env.PORT || 3000', 'isTest ? 4000 : 3000', NOT_KNOWN],
    ['app.listen(port,', 'const { PORT = 3000 } = config\napp.listen(PORT,', NOT_KNOWN],
    ['process.env.PORT || 3000', "'3000.5'", NOT_KNOWN],
    ['app.listen(port,', 'const start = (port) => app.listen(port)\nstart(4000,', NOT_KNOWN],
    ['app.listen(port,', "app.listen('/tmp/server',", NOT_KNOWN],
    ['process.env.PORT || 3000', 'isTest && 3000', NOT_KNOWN],
  ])('of an address that is not sure Vite is told none: %s as %s', (usual, unusual, reason) => {
    const odd = plan(withExpress(VANILLA_TS, { 'server.js': EXPRESS['server.js']!.replace(usual, unusual) }));
    expect(result(odd, 'vite.config.ts')).toContain('plugins: [curfewDev()]');
    expect(odd.left.join('\n')).toContain(reason);
  });

  describe('what it falls back to is said to be that', () => {
    const told = (port: string) => {
      const odd = plan(
        withExpress(VANILLA_TS, {
          'server.js': EXPRESS['server.js']!.replace('process.env.PORT || 3000', port),
        }),
      );
      expect(result(odd, 'vite.config.ts')).toContain("curfewDev({ api: 'http://localhost:3000' })");
      return odd.left.join('\n').includes('http://localhost:3000 is what server.js falls back to');
    };

    test.each(['process.env.PORT || 3000', 'process.env.API ?? "3000"', 'Number(process.env.PORT) || 3000'])(
      '%s',
      (port) => expect(told(port)).toBe(true),
    );

    test('a port without a choice is no fallback', () => expect(told('3000')).toBe(false));

    test('and a plugin that is there knows better', () => {
      const odd = withExpress(VANILLA_TS);
      const done = applied(odd, plan(odd));
      const config = done['vite.config.ts']!.replace('3000', '4000');
      const again = plan({ ...done, 'vite.config.ts': config });
      expect([again.changes, again.left]).toEqual([[], []]);
    });
  });

  test.each([
    'createServer(app).listen(8000,',
    'const server = http.createServer(options, app)\nserver.listen({ port: 8000 },',
    'app.listen(Number(process.env.PORT ?? 8000),',
    "app.listen(normalizePort('8000'),",
    'app.listen(parseInt(process.env.PORT || 8000, 10),',
    'const { PORT = 8000, HOST } = process.env\napp.listen(PORT,',
    'app.listen(process.env.PORT ? Number(process.env.PORT) : 8000,',
  ])('an address that is sure is known: %s', (listening) => {
    const server = EXPRESS['server.js']!.replace('app.listen(port,', listening);
    expect(result(plan(withExpress(VANILLA_TS, { 'server.js': server })), 'vite.config.ts')).toContain(
      "curfewDev({ api: 'http://localhost:8000' })",
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
    expect(odd.left.join('\n')).toContain(
      "vite.config.ts: give its curfewDev() the address of the server:\n  plugins: [curfewDev({ api: 'http://localhost:3000' })]",
    );
  });

  test('a server that loads by require is told its lines so', () => {
    const server = "const express = require('express');\nlet app = { app: express() };\n";
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const told = plan({ 'package.json': JSON.stringify(manifest), 'server.js': server }).left.join('\n');
    expect(told).toContain("const { sessionGuard } = require('curfew/express');");
    expect(told).not.toContain('await');
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

  test.each([
    ['http://localhost:5173/api/me', false],
    ['http://localhost/api/me', true],
    ['http://localhost:80/api/me', true],
  ])('a server at port 80 is asked by its own address in %s: %s', (address, isTold) => {
    const files = { 'server.js': EXPRESS['server.js']!.replace('process.env.PORT || 3000', '80') };
    const page = `${VANILLA_TS['src/main.ts']}\nfetch('${address}')\n`;
    const odd = plan({ ...withExpress(VANILLA_TS, files), 'src/main.ts': page });
    expect(odd.left.join('\n').includes('by a path alone, such as /api/orders, and not by')).toBe(isTold);
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
    expect(odd.ready).toEqual(new Set(['server']));
    expect(odd.left.join('\n')).not.toContain('curfewDev({ api');
    const html = REACT_TS['index.html']!.replace(
      '<script',
      '<script src="/__curfew/panel.js"></script><script',
    );
    const ready = plan(withExpress({ ...REACT_TS, 'index.html': html }, { 'server.js': server })).ready;
    expect(ready).toEqual(new Set(['server', 'page']));
    const sent = `${server}\nconst panel = '<script src="/__curfew/panel.js"></script>'\n`;
    expect(plan(withExpress(REACT_TS, { 'server.js': sent })).left.join('\n')).not.toContain('For the panel');
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

describe('Express, as others write it', () => {
  const served = (server: string, files: Scaffold = {}) =>
    plan(withExpress(VANILLA_TS, { ...files, 'server.js': server }));
  const SERVER = EXPRESS['server.js']!;

  test('what is run above the application may set variables: the module that reads them is loaded below it', () => {
    for (const line of [
      "import { loadEnv } from './env.js'\nloadEnv()",
      "process.env.NODE_ENV ??= 'production'",
      'await config.load()',
    ]) {
      const text = result(served(SERVER.replace("'express'\n", `'express'\n${line}\n`)), 'server.js')!;
      expect(text).toContain("\nconst { curfew, signedIn } = await import('./curfew.js')\nconst app");
    }
    const declared = SERVER.replace('const app', 'function load() { run() }\nconst name = 1\nconst app');
    expect(result(served(declared), 'server.js')).toContain("import { curfew, signedIn } from './curfew.js'");
  });

  test.each([
    "process.env.NODE_ENV = 'production'",
    "import { config } from 'dotenv'\nconfig()",
    'process.loadEnvFile()',
  ])('below the application they may not be set: %s', (line) => {
    const odd = served(SERVER.replace('const port', `${line}\nconst port`));
    expect(odd.left.join('\n')).toContain('it may read its variables below its application');
  });

  test('nor by a module that loads the application', () => {
    const app = SERVER.replace(/app\.listen.*/s, 'export { app }');
    const main =
      "import dotenv from 'dotenv'\nimport { app } from './server.js'\ndotenv.config()\napp.listen(1)\n";
    const { 'index.html': _, ...alone } = withExpress(VANILLA_TS, { 'server.js': app, 'main.js': main });
    expect(plan(alone).left.join('\n')).toContain(
      'main.js loads it, and may read NODE_ENV from a file only then',
    );
    const early = {
      ...alone,
      'main.js': main.replace(/.*dotenv.*\n/g, '').replace(/^/, "import 'dotenv/config'\n"),
    };
    expect(paths(plan(early))).toContain('server.js');
  });

  test.each([
    "import * as env from 'dotenv'\nconst app = express()\nenv.config()",
    "const env = require('dotenv')\nconst app = express()\nenv.config()",
    "const app = express()\nconst config = require('./config')",
    "const app = express()\nconst config = await import('./config.js')",
  ])('nor by what it loads: %j', (lines) => {
    const files = { 'config.js': "import 'dotenv/config'\nexport const config = 1\n" };
    const odd = served(SERVER.replace('const app = express()', lines), files);
    expect(odd.left.join('\n')).toContain('it may read its variables below its application');
  });

  test.each([
    "import dotenv from 'dotenv'\nconst app = express(), other = 1",
    "const { NODE_ENV = 'development' } = process.env\nconst app = express()\nrun(NODE_ENV)",
    'const app = express()\n// dotenv is loaded by docker',
    "const app = express()\n// see 'strict routing', not 'https'",
    "const app = express()\nif (proto !== 'https') redirect()",
    "import { config } from 'dotenv'\nconfig()\nconst app = express()\napp.use(make({ config: 1 }), it.config)",
    'const app = express()\nconst NODE_ENV = process.env.NODE_ENV',
  ])('what sets nothing is no reason: %j', (lines) => {
    expect(paths(served(SERVER.replace('const app = express()', lines)))).toContain('server.js');
  });

  test.each([
    'const env = load(), app = express()',
    "const env = require('dotenv').config(), app = express()",
  ])('what is run beside the application may set them, too: %s', (statement) => {
    const odd = served(SERVER.replace('const app = express()', statement));
    expect(odd.left.join('\n')).toContain('it runs more in the statement that makes its application');
  });

  test('the order in which a module loads the application and reads variables is seen', () => {
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const main = (...lines: string[]) => ({
      'package.json': JSON.stringify(manifest),
      'app.js': "const express = require('express');\nconst app = express();\nmodule.exports = app;\n",
      'index.js': `${lines.join('\n')}\n`,
    });
    const [reads, loads] = ["require('dotenv').config();", "const app = require('./app');"];
    expect(paths(plan(main(reads, loads)))).toContain('app.js');
    expect(plan(main(loads, reads)).left.join('\n')).toContain('index.js loads it, and may read NODE_ENV');
  });

  test('nor does a module read them that is loaded after the application', () => {
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const files = (first: string, second: string) => ({
      ...withExpress(VANILLA_TS, {
        'app.js': SERVER.replace(/app\.listen.*/s, 'export default app'),
        'config.js': "import dotenv from 'dotenv'\ndotenv.config()\n",
        'index.js': `import ${first}'\nimport ${second}'\napp.listen(4000)\n`,
      }),
    });
    const [app, config] = ["app from './app.js", "config from './config.js"];
    expect(plan(files(app, config)).left.join('\n')).toContain('index.js loads it, and may read NODE_ENV');
    expect(paths(plan(files(config, app)))).toContain('app.js');
    const www = {
      'package.json': JSON.stringify({ ...manifest, scripts: { start: 'node ./bin/www' } }),
      'app.js': "const express = require('express');\nconst app = express();\nmodule.exports = app;\n",
      'bin/www': "var app = require('../app');\nrequire('dotenv').config();\n",
    };
    expect(plan(www).left.join('\n')).toContain('bin/www loads it');
  });

  test.each([
    ["import app from './app.js'\napp.listen(4000)\n", 'http://localhost:4000'],
    [
      "import { app } from './app.js'\nimport http from 'http'\nhttp.createServer(app).listen(4000)\n",
      'http://localhost:4000',
    ],
    ["const server = (await import('./app.js')).app\nserver.listen(4000)\n", undefined],
    ["import { metrics } from './app.js'\nother.listen(4000)\n", undefined],
  ])('its address may be written where it is loaded: %j', (main, address) => {
    const app = SERVER.replace(/app\.listen.*/s, 'export { app, app as default }');
    const odd = plan(withExpress(VANILLA_TS, { 'app.js': app, 'main.js': main }));
    expect(paths(odd).includes('app.js')).toBe(address !== undefined);
    expect(result(odd, 'vite.config.ts')).toContain(address ?? 'curfewDev()');
  });

  test('what is said of the address and of the start is said of the module that listens', () => {
    const files = {
      'app.js': SERVER.replace(/app\.listen.*/s, 'export default app'),
      'main.js': "import app from './app.js'\napp.listen(process.env.PORT || 4000)\n",
    };
    const odd = plan(withExpress(VANILLA_TS, files));
    expect(odd.left.join('\n')).toContain('http://localhost:4000 is what main.js falls back to');
    expect(odd.listener).toBe('main.js');
    const several = plan(withExpress(VANILLA_TS, { ...files, 'other.js': files['main.js'] }));
    expect(several.listener).toBeUndefined();
  });

  test('its address is known where it is loaded by require, too', () => {
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const files = {
      ...VANILLA_TS,
      'package.json': JSON.stringify(manifest),
      'api/app.js': "const express = require('express');\nconst app = express();\nmodule.exports = app;\n",
      'api/server.js': "require('./app').listen(4000);\n",
    };
    expect(result(plan(files), 'vite.config.ts')).toContain('http://localhost:4000');
  });

  test('a plugin that is there is told to be given the address, and not to be added', () => {
    const done = applied(withExpress(VANILLA_TS), plan(withExpress(VANILLA_TS)));
    const config = done['vite.config.ts']!.replace(/\{ api.*?\}/, '');
    const server = done['server.js']!.replace('process.env.PORT || 3000', 'config.port');
    const told = plan({ ...done, 'vite.config.ts': config, 'server.js': server }).left.join('\n');
    expect(told).toContain('vite.config.ts: give its curfewDev() the address of the server');
    expect(told).not.toContain('import { curfewDev }');
  });

  test.each([
    ['"module": "ES2020"', '"module": "ES2020"'],
    ['"target": "es6", "module": "esnext"', '"target": "es6"'],
    ['"module": "nodenext", "target": "es2022"', undefined],
    ['// "module": "es2020"', undefined],
  ])('one in TypeScript needs a compiler that knows await at the top: %s', (options, reason) => {
    const files = { 'api/tsconfig.json': `{ "compilerOptions": {\n${options}\n} }`, 'api/server.ts': SERVER };
    const odd = plan(withExpress(VANILLA_TS, files));
    expect(paths(odd).includes('api/server.ts')).toBe(reason === undefined);
    if (reason) expect(odd.left.join('\n')).toContain(`its tsconfig.json has ${reason}, which knows no`);
  });

  test('one in TypeScript that is compiled to require is told its lines with their types', () => {
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const told = plan({ 'package.json': JSON.stringify(manifest), 'server.ts': SERVER }).left.join('\n');
    expect(told).toContain("import { type Guarded, sessionGuard } from 'curfew/express';");
    expect(told).toContain("(require('curfew/dev') as typeof import('curfew/dev')).curfewDev()");
    expect(told).toContain('curfew: Guarded;');
  });

  test('where a router may compare paths otherwise than the guard, it stays as it is', () => {
    const odd = served(SERVER.replace('const port', "app.enable('case sensitive routing')\nconst port"));
    expect(odd.left.join('\n')).toContain(
      "it sets 'case sensitive routing', which the guard and a router may take otherwise",
    );
  });

  test('how another module sets its paths is not known', () => {
    const files = { 'setup.js': 'export const setup = (app) => app.set(`case sensitive routing`, true)\n' };
    const odd = served(`import { setup } from './setup.js'\n${SERVER}setup(app)\n`, files);
    expect(odd.left.join('\n')).toContain('setup.js may set how its paths are compared');
  });

  test('a setting that is given the application may add routes', () => {
    const text = result(
      served(SERVER.replace('const port', "app.set('routes', routes(app))\nconst port")),
      'server.js',
    );
    expect(text).toContain('const app = express()\napp.use(curfew)\n');
  });

  test('the first comment of a module stays the first', () => {
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const files = {
      'package.json': JSON.stringify(manifest),
      'server.js': "// @ts-check\nconst app = require('express')();\n",
    };
    expect(result(plan(files), 'server.js')).toMatch(/^\/\/ @ts-check\nconst \{ curfew/);
  });

  test('the settings of the application stay in front: paths are compared by them', () => {
    const set = "app.enable('strict routing')\napp.set('query parser', 'simple')\n";
    const text = result(served(SERVER.replace('const port', `${set}const port`)), 'server.js');
    expect(text).toContain(`${set}app.use(curfew)\n`);
    const late = served(SERVER.replace('app.use(', `${set}app.use(`));
    expect(late.left.join('\n')).toContain("it sets 'strict routing' below other statements");
  });

  test.each([
    [
      'const app = express()',
      "const app = express(), open = app.get('/api/open', run)",
      'does more with its application',
    ],
    [
      'const app = express()',
      'let app = express()\nif (more) app = wrapped(app)',
      'does more with its application',
    ],
    ['const port', 'const admin = express()\nconst port', 'exactly one application'],
    ['const port', 'function other() { return express() }\nconst port', 'exactly one application'],
  ])('one that may have routes before stays as it is: %s as %s', (usual, unusual, reason) => {
    const odd = served(SERVER.replace(usual, unusual));
    expect(paths(odd)).not.toContain('server.js');
    expect(odd.left.join('\n')).toContain(reason);
  });

  test('one that is mounted is one of several', () => {
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const files = {
      'package.json': JSON.stringify(manifest),
      'index.js': "const app = require('express')();\napp.use('/api', require('./users'));\n",
      'users.js': "const express = require('express');\nmodule.exports = express();\n",
    };
    expect(plan(files).left.join('\n')).toContain('several servers of Express: index.js, users.js');
    const { 'users.js': __, ...single } = files;
    expect(result(plan(single), 'index.js')).toMatch(
      /^const \{ curfew.*\nconst app = require.*\napp\.use\(curfew\);/,
    );
  });

  test('what is written in a comment is not there', () => {
    const line =
      "// import { signedIn } from './curfew.js'\n/* TODO\n 'curfew/express' */\nconst a = 1 // 'curfew/dev'\nconst b = 1; /* 'curfew/dev' */\n";
    const odd = served(`${SERVER}${line}`, {
      'curfew.js': "import 'curfew/dev'\nexport const curfew = 1, signedIn = 2\n",
    });
    expect(paths(odd)).toContain('server.js');
    const config = "// import { curfewDev } from 'curfew/dev/vite'\nexport default {}\n";
    expect(result(plan({ ...VANILLA_TS, 'vite.config.ts': config }), 'vite.config.ts')).toContain(
      'curfewDev()',
    );
  });

  test.each([
    ["const a = 'http://x'; import './own'", true],
    ['const text = `\n/*`\nimport "./own"\nconst end = `*/`', true],
    ["console.log('listening // ' + 1); import('./own')", true],
    ['const it = /\\/\\//.test(a) && import("./own")', true],
    ["/* import './own' */", false],
    ["run(); /* './own'\n */ // './own'", false],
  ])('comments are told from texts: %j loads it, %s', (code, isLoaded) => {
    const files = { 'src/main.ts': code, 'src/own.ts': "import 'curfew/client'" };
    expect(paths(plan({ ...VANILLA_TS, ...files })).includes('src/session.ts')).toBe(!isLoaded);
  });

  test('comments that are not closed are read in time', () => {
    const files = { 'server.js': `${'/*\n'.repeat(100_000)}`, 'main.js': `import './server.js'\n${SERVER}` };
    expect(paths(plan(withExpress(VANILLA_TS, files)))).toContain('main.js');
  });

  test('one that has a guard and nothing for development is told what it needs', () => {
    const odd = served(`import 'curfew/server'\n${SERVER}`);
    expect(paths(odd)).not.toContain('server.js');
    expect(odd.left.join('\n')).toContain('server.js has Curfew, but not curfew/dev');
  });

  test('its sockets are told not to be guarded, and routes that Curfew has to give way', () => {
    const odd = served(
      `import './live.js'\n${SERVER}app.get('/api/sessions', list)\napp.get('/api/mark', list)\n`,
      {
        'live.js': "import { WebSocketServer } from 'ws'\n",
      },
    ).left.join('\n');
    expect(odd).toContain('live.js: sockets are opened past the routes');
    expect(odd).toContain('server.js: Curfew answers /api/sessions, /api/mark itself');
    expect(served(SERVER.replace('/api/me', '/api/sessions-of-mine')).left.join('\n')).not.toContain(
      'itself',
    );
  });

  test('every route of the session API is known', () => {
    const openApi = path.join(import.meta.dirname, '../../../docs/openapi.json');
    const { paths: routes } = JSON.parse(readFileSync(openApi, 'utf8'));
    for (const route of Object.keys(routes)) expect(OWN_ROUTES.exec(`'${route}'`)?.[1]).toBe(route);
  });

  test('what is for development alone, and needed where it runs, is told', () => {
    const scaffold = withExpress(VANILLA_TS);
    const { dependencies, ...manifest } = JSON.parse(scaffold['package.json']!);
    for (const none of [null, 'x']) {
      const odd = plan({
        ...scaffold,
        'package.json': JSON.stringify({ ...manifest, dependencies, devDependencies: none }),
      });
      expect(paths(odd)).toContain('server.js');
    }
    const devDependencies = { ...manifest.devDependencies, curfew: '1', [DYNAMO_DB[0]]: '3' };
    const odd = plan({
      ...scaffold,
      'package.json': JSON.stringify({ ...manifest, dependencies, devDependencies }),
    });
    expect(odd.left.join('\n')).toContain(
      `server.js loads curfew and ${DYNAMO_DB[0]} where it is deployed, too`,
    );
  });

  test('one that stays as it is is told what it needs where it is deployed, too', () => {
    expect(
      served(SERVER.replace('const app', 'const { app } = { app: 1 }\nconst it')).left.join('\n'),
    ).toContain('Where server.js is deployed: the variables NODE_ENV=production');
  });

  test('one without a type whose module imports is told its lines so', () => {
    const { type: _, ...manifest } = JSON.parse(withExpress(VANILLA_TS)['package.json']!);
    const told = plan({ 'package.json': JSON.stringify(manifest), 'server.js': SERVER }).left.join('\n');
    expect(told).toContain("import { sessionGuard } from 'curfew/express';");
    expect(told).not.toContain('require(');
  });
});
