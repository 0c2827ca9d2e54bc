import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { CDK_TS, EXPRESS, REACT_TS, type Scaffold, VANILLA_TS, withExpress } from '../dev/init/scaffolds.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';
import { programs, startVite } from './dev-apps.ts';
import { createProject, type Project, ROOT } from './project.ts';

// An installation asks the registry, on a busy machine.
jest.setTimeout(180_000);

const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');
let project: Project;
let browser: TestBrowser;
const running = programs();

beforeAll(async () => {
  project = await createProject();
  await project.bringPackages();
  browser = await sharedBrowser('chromium');
});
afterAll(async () => {
  await browser?.close();
  await running.stop();
  await project?.remove();
});

async function write(file: string, text: string): Promise<void> {
  const full = path.join(project.folder, file);
  await mkdir(path.dirname(full), { recursive: true });
  await writeFile(full, text);
}

/** Makes an application beside the packages of this repository, and adds Curfew to it. @returns its folder, and what was said */
async function begin(name: string, scaffold: Scaffold): Promise<{ folder: string; said: string }> {
  const folder = path.join(project.folder, name);
  for (const [file, text] of Object.entries(scaffold)) await write(path.join(name, file), text);
  const said = await project.node([path.join(project.installed, 'cli.js'), 'init', '--yes'], { cwd: folder });
  return { folder, said };
}
const begun = async (name: string, scaffold: Scaffold) => (await begin(name, scaffold)).folder;

/** The lines of code that the command has left to the user, what they load first. */
function leftLines(said: string): string {
  const left = said.slice(said.indexOf('Left to you:'), said.indexOf('\nWritten'));
  const lines = left.split('\n').filter((line) => line.startsWith('  '));
  expect(lines).not.toEqual([]);
  const isLoading = (line: string) => line.startsWith('  import ');
  return [...lines.filter(isLoading), ...lines.filter((line) => !isLoading(line))].join('\n');
}

const shows = (tab: TestPage, state: string) =>
  until(`the dialog: ${state}`, () =>
    tab.evaluate(
      (wanted) => document.querySelector<HTMLElement>('session-timeout-dialog')?.dataset.state === wanted,
      state,
    ),
  );

/** Signs in, and is warned by the panel's button. */
async function beWarned(tab: TestPage, origin: string): Promise<void> {
  await tab.goto(`${origin}/api/auth/sign-in?returnTo=/`);
  await until('the names', () => tab.evaluate(() => document.querySelector('button[value=alice]') !== null));
  await tab.click('button[value=alice]');
  await until('the panel', () =>
    tab.evaluate(() => document.querySelector('curfew-panel')?.shadowRoot?.querySelector('.open') !== null),
  );
  await tab.click('curfew-panel >>> .open');
  await tab.click('curfew-panel >>> [value=warning]');
  await shows(tab, 'warning');
  expect(tab.errors).toEqual([]);
}

test('from an empty folder to the first warning, by four commands', async () => {
  const folder = path.join(project.folder, '../shop');
  await mkdir(folder);
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await project.npm(folder, ['install', project.tarball, '--offline', ...quiet]);
  const said = await project.npm(folder, ['exec', '--no', '--', 'curfew', 'init', '--yes']);
  expect(said).toContain('Next:\n  npm install\n  npm run dev\n');
  await project.npm(folder, ['install', '--prefer-offline', ...quiet]);
  expect(await project.npm(folder, ['pkg', 'get', 'scripts.dev'])).toBe('"vite"\n');
  const context = await browser.context();
  await beWarned(await context.page(), await startVite(running, folder, path.join(folder, 'node_modules')));
  await context.close();
  await project.npm(folder, ['run', 'build']);
});

test('an application of Vite and Express has a server that guards, and a page that warns', async () => {
  const port = String(await freePort());
  const server = EXPRESS['server.js']!.replaceAll('3000', port);
  const folder = await begun('orders', withExpress(VANILLA_TS, { 'server.js': server }));
  await project.node([TSC, '-p', folder]);
  await running.start(process.execPath, ['server.js'], folder, /listening/);
  const origin = await startVite(running, folder);
  const context = await browser.context();
  const tab = await context.page();
  const asked = () => tab.evaluate(async () => (await fetch('/api/me')).status);
  await tab.goto(origin);
  expect(await asked()).toBe(401);
  await beWarned(tab, origin);
  expect(await asked()).toBe(200);
  await context.close();
});

test('a server that loads by require guards on this machine, and in production wants to know the table', async () => {
  const port = String(await freePort());
  const server = `const express = require('express');
const app = express();
app.get('/api/me', (request, response) => response.json(request.curfew.session));
app.listen(${port}, () => console.log('listening'));
`;
  const manifest = JSON.stringify({ dependencies: { express: '^5.3.0' } });
  const folder = await begun('required', { 'package.json': manifest, 'server.js': server });
  await running.start(process.execPath, ['server.js'], folder, /listening/);
  expect((await fetch(`http://localhost:${port}/api/me`)).status).toBe(401);
  expect((await fetch(`http://localhost:${port}/__curfew/panel.js`)).status).toBe(200);
  const production = { cwd: folder, env: { NODE_ENV: 'production' } };
  await expect(project.node(['server.js'], production)).rejects.toThrow('TABLE_NAME, must name the table');
});

test('a server that reads NODE_ENV from a file is in production where the file says so', async () => {
  const server = EXPRESS['server.js']!.replace('const app', 'process.loadEnvFile()\nconst app');
  const manifest = JSON.stringify({ type: 'module', dependencies: { express: '^5.3.0' } });
  const folder = await begun('from-file', {
    'package.json': manifest,
    'server.js': server,
    '.env': 'NODE_ENV=production\n',
  });
  await expect(project.node(['server.js'], { cwd: folder, env: { NODE_ENV: undefined } })).rejects.toThrow(
    'TABLE_NAME, must name the table',
  );
});

test('what it writes compiles: pages of React, servers in TypeScript, stacks', async () => {
  const react = await begun('react', REACT_TS);
  await project.node([TSC, '-p', path.join(react, 'tsconfig.app.json')]);
  await begun('typed', withExpress(VANILLA_TS, { 'server.ts': EXPRESS['server.js']! }));
  await project.typecheck(['typed/server.ts', 'typed/vite.config.ts']);
  const stack = await begun('stack', CDK_TS);
  const types = path.join(project.folder, 'node_modules/@types');
  await project.node([TSC, '-p', stack, '--types', 'node', '--typeRoots', types]);
});

test('what it leaves to its user compiles', async () => {
  const infra = Object.entries(CDK_TS).map(([file, text]) => [`infra/${file}`, text]);
  const strict = { 'infra/tsconfig.json': '{ "compilerOptions": { "noUnusedLocals": true } }' };
  const { said: stack } = await begin('told-stack', { ...Object.fromEntries(infra), ...strict });
  const [constructs, handler] = leftLines(stack).split(/(?=\n {2}export const handler)/);
  await write(
    'told-stack/told.ts',
    `import { Stack } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
${constructs!.replace(
  '  const sessions',
  `export class Told extends Stack {
  add(orders: LambdaFunction, distribution: Distribution) {
  const sessions`,
)}
  }
}
${handler}
`,
  );
  const odd = { 'server.js': EXPRESS['server.js']!.replace('res.send(', 'res.send((') };
  const { said: server } = await begin('told-server', withExpress(VANILLA_TS, odd));
  const config = (lines: string) =>
    lines.replace(/^ {2}(plugins: .*)$/m, '  export const config = { $1 };').replace(/^ {2}<a .*$/m, '');
  await write(
    'told-server/told.ts',
    `import express from 'express';
import { curfewDev } from 'curfew/dev/vite';
const app = express();
${config(leftLines(server))}
`,
  );
  const broken = { ...REACT_TS, 'src/main.tsx': 'broken(' };
  const { said: page } = await begin('told-page', broken);
  expect(leftLines(page)).toContain('createSessionClient()');
  expect(leftLines(server)).toContain('sessionGuard(dev?.guard)');
  await write('told-page/told.ts', leftLines(page));
  await project.typecheck(['told-*/told.ts']);

  const compiled = {
    'package.json': '{ "dependencies": { "express": "^5.3.0" } }',
    'server.ts': "import express from 'express';\nconst app = express();\n",
  };
  const { said: typed } = await begin('told-typed', compiled);
  await write(
    'told-typed/told.cts',
    `import express from 'express';
const app = express();
app.get('/api/me', (request, response) => void response.json(request.curfew.session));
${leftLines(typed).replace(/^ {2}plugins: .*$/m, '')}
`,
  );
  await project.typecheck(['told-typed/told.cts']);

  const required = {
    'package.json': '{ "dependencies": { "express": "^5.3.0" } }',
    'server.js': "const { app } = { app: require('express')() };\napp.use(express());\n",
  };
  const { said: byRequire } = await begin('told-required', required);
  const told = leftLines(byRequire);
  await write(
    'told-required/told.js',
    `const app = require('express')();\n${told}\nconsole.log(typeof dev);\nprocess.exit();\n`,
  );
  expect(await project.node(['told-required/told.js'])).toContain('function');
  const production = { env: { NODE_ENV: 'production', TABLE_NAME: 'x', SITE_URL: 'https://x.example' } };
  expect(await project.node(['told-required/told.js'], production)).toContain('undefined');
});

test('a server that runs Vite inside of it has Curfew for both', async () => {
  const port = String(await freePort());
  const server = `import { readFile } from 'node:fs/promises'
import express from 'express'
import { createServer } from 'vite'

const app = express()
const vite = await createServer({ server: { middlewareMode: true }, appType: 'custom' })
app.use(vite.middlewares)
app.get('/api/me', (req, res) => res.json(req.curfew.session.subject))
app.get('/{*page}', async (req, res) => {
  res.send(await vite.transformIndexHtml(req.originalUrl, await readFile('index.html', 'utf8')))
})
app.listen(${port}, () => console.log('listening'))
`;
  const html = VANILLA_TS['index.html']!;
  const { folder, said } = await begin('inside', withExpress(VANILLA_TS, { 'server.js': server }));
  const [script = ''] = /<script src="[^"]+"><\/script>/.exec(leftLines(said)) ?? [];
  await write('inside/index.html', html.replace('<script', `${script}<script`));
  await running.start(process.execPath, ['server.js'], folder, /listening/);
  const context = await browser.context();
  const tab = await context.page();
  const asked = () => tab.evaluate(async () => (await fetch('/api/me')).status);
  const origin = `http://localhost:${port}`;
  await tab.goto(origin);
  expect(await asked()).toBe(401);
  await beWarned(tab, origin);
  expect(await asked()).toBe(200);
  await context.close();
});
