import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';
import { programs, VITE } from './dev-apps.ts';
import { createProject, type Project, ROOT } from './project.ts';
import { writeSnippets } from './snippets.ts';

/** What the guide shows for other development servers, as it stands there, from the tarball, in a browser; and hot reload behind the command. */
let project: Project;
let browser: TestBrowser;
let context: TestContext;
const running = programs();

beforeAll(async () => {
  project = await createProject();
  await project.bringPackages();
  await writeSnippets(project.folder, 'server');
  browser = await sharedBrowser('chromium');
}, 180_000);
afterAll(async () => {
  await context?.close();
  await browser?.close();
  await running.stop();
  await project?.remove();
});

const write = async (file: string, text: string) => {
  const target = path.join(project.folder, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
};
const body = (tab: TestPage) => tab.evaluate(() => document.body.innerText);
const untilBody = (tab: TestPage, text: string) =>
  until(`${text} in the page`, async () => (await body(tab)).includes(text));
const panel = (tab: TestPage) =>
  tab.evaluate(
    () => document.querySelector('curfew-panel')?.shadowRoot?.querySelector('.sessions')?.textContent ?? '',
  );

/** Signs in by the sign-in page, and finds the session in the panel. @returns the page, where the sign-in ends */
async function openSignedIn(origin: string, path: string): Promise<TestPage> {
  await context?.close();
  context = await browser.context();
  const tab = await context.page();
  await tab.goto(`${origin}/api/auth/sign-in?returnTo=${path}`);
  await tab.click('button[value=alice]');
  await until(path, () => tab.evaluate((wanted) => location.pathname === wanted, path));
  await tab.click('curfew-panel >>> .open');
  await until('the session', async () => (await panel(tab)).includes('alice'));
  return tab;
}

/** A page that takes a new text by hot reload, and one that is loaded again says so. */
const page = (...scripts: readonly string[]) =>
  `<!doctype html><title>Orders</title><link rel="icon" href="data:,">${scripts.join('')}<main></main>`;
const PANEL = '<script src="/__curfew/panel.js"></script>';
const textModule = (text: string) => `export const text = '${text}';\n`;
const mainModule = (accept: string) => `import { text } from './text.js';
const show = (shown) => document.querySelector('main').append(shown);
show(text);
${accept}
`;
/** Both texts are in a page that was not loaded again between them. */
async function reloadsHot(tab: TestPage, text: string): Promise<void> {
  await untilBody(tab, 'before');
  await write(text, textModule(' and after'));
  await untilBody(tab, 'before and after');
  expect(tab.errors).toEqual([]);
}

test('Fastify, by middie: signs in, tells of the session, shows the panel, and keeps bodies and sockets', async () => {
  await write(
    'fastify-server.ts',
    `import { WebSocketServer } from 'ws';
import { app } from './fastify-app.ts';
app.get('/', async (request, reply) => reply.type('text/html').send(${JSON.stringify(page(PANEL))}));
app.post('/orders', async ({ body, headers }) => ({ body, subject: headers['x-curfew-subject'] }));
const sockets = new WebSocketServer({ server: app.server });
sockets.on('connection', (socket) => socket.on('message', (text) => socket.send('heard ' + text)));
console.log('ready at', await app.listen({ port: Number(process.argv[2]), host: 'localhost' }));
`,
  );
  const port = String(await freePort());
  await running.start(process.execPath, ['fastify-server.ts', port], project.folder, /ready at/);
  const tab = await openSignedIn(`http://localhost:${port}`, '/');
  const answers = await tab.evaluate(async () => {
    const headers = { 'content-type': 'application/json', 'x-curfew-subject': 'mallory' };
    const sent = await fetch('/orders', { method: 'POST', headers, body: '{"umbrellas":2}' });
    const socket = new WebSocket('/socket');
    const heard = await new Promise((resolve, reject) => {
      socket.onopen = () => socket.send('it');
      socket.onmessage = ({ data }) => resolve(data);
      socket.onerror = reject;
    });
    return [await sent.json(), await (await fetch('/orders')).json(), heard];
  });
  expect(answers).toEqual([{ body: { umbrellas: 2 }, subject: 'alice' }, { orderedBy: 'alice' }, 'heard it']);
  expect(tab.errors).toEqual([]);
}, 60_000);

test('webpack’s development server: signs in, shows the panel, and reloads hot', async () => {
  const port = String(await freePort());
  await write('webpack-app/public/index.html', page(PANEL, '<script defer src="main.js"></script>'));
  await write('webpack-app/src/text.js', textModule('before'));
  const accept = "import.meta.webpackHot.accept('./text.js', () => show(text));";
  await write('webpack-app/src/index.js', mainModule(accept));
  await write('webpack-app/package.json', '{"type": "module"}');
  const cli = path.join(ROOT, 'node_modules/webpack-cli/bin/cli.js');
  const serve = ['serve', '--config', '../webpack.config.ts', '--mode', 'development', '--port', port];
  await running.start(
    process.execPath,
    [cli, ...serve],
    path.join(project.folder, 'webpack-app'),
    /compiled successfully/,
  );
  const tab = await openSignedIn(`http://localhost:${port}`, '/');
  await reloadsHot(tab, 'webpack-app/src/text.js');
}, 60_000);

describe('behind the command', () => {
  test('a page of Vite reloads hot, by a socket that goes through it', async () => {
    const [behind, port] = [String(await freePort()), String(await freePort())];
    await write('vite-app/index.html', page('<script type="module" src="./main.js"></script>'));
    await write('vite-app/text.js', textModule('before'));
    const accept = "import.meta.hot.accept('./text.js', ({ text: next }) => show(next));";
    await write('vite-app/main.js', mainModule(accept));
    const folder = path.join(project.folder, 'vite-app');
    await running.start(process.execPath, [VITE, '--port', behind, '--strictPort'], folder, /ready in/);
    await running.startCurfew(project, `http://localhost:${behind}`, port);
    const tab = await openSignedIn(`http://localhost:${port}`, '/');
    await reloadsHot(tab, 'vite-app/text.js');
    // Not by another way: the client of Vite asks its own port where this one is refused.
    expect(await socketsOf(tab)).toEqual([`ws://localhost:${port}`]);
  }, 60_000);

  test('a page of Next.js reloads hot, hydrates without a word, and keeps the panel', async () => {
    const [behind, port] = [String(await freePort()), String(await freePort())];
    const folder = await project.copy('examples/next', 'next-app');
    const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    manifest.dependencies.curfew = `file:${project.tarball}`;
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
    await project.npm(folder, ['install', '--ignore-scripts', '--no-audit', '--no-fund']);
    const next = ['node_modules/next/dist/bin/next', 'dev', '-H', 'localhost', '-p', behind];
    await running.start(process.execPath, next, folder, /Ready in/);
    await running.startCurfew(project, `http://localhost:${behind}`, port);
    const tab = await openSignedIn(`http://localhost:${port}`, '/');
    const said: string[] = [];
    tab.chromium!.on('console', (message) => said.push(message.text()));
    expect(await socketsOf(tab)).toEqual([`ws://localhost:${port}`]);
    await untilBody(tab, 'You are signed in.');
    const file = path.join(folder, 'app/page.tsx');
    const source = await readFile(file, 'utf8');
    await tab.evaluate(() => Object.assign(globalThis, { isTheSame: true }));
    await writeFile(file, source.replace('Orders', 'Orders of today'));
    await untilBody(tab, 'Orders of today');
    expect(await tab.evaluate(() => 'isTheSame' in globalThis)).toBe(true);
    expect(await panel(tab)).toContain('alice');
    expect(said.filter((line) => /hydrat|did not match|error/i.test(line))).toEqual([]);
  }, 240_000);
});

/** Origins of the WebSockets that a page opens as it is loaded. */
async function socketsOf(tab: TestPage): Promise<string[]> {
  const found = new Set<string>();
  tab.chromium!.on('websocket', (socket) => found.add(new URL(socket.url()).origin));
  await tab.chromium!.reload();
  await until('a socket', async () => found.size > 0);
  return [...found];
}
