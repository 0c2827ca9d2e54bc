import { type ChildProcess, execSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { contentSecurityPolicy } from '../../infra/constructs/site-responses.ts';
import { createSite } from '../../local/http/site.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../support/driver.ts';
import { startSite, type TestSite } from '../support/site.ts';
import { passTime } from '../support/time.ts';
import { until } from '../support/until.ts';
import { createProject, type Project } from './project.ts';
import { type Place, writeSnippets } from './snippets.ts';

// Some of them compile for a while, on a busy machine.
jest.setTimeout(180_000);

const MINUTE = 60_000;
/** Examples that install packages of their own, each by its lock file. */
const INSTALLED = ['react', 'vue', 'svelte', 'next', 'angular'] as const;
/** Names of the Trusted Types policies that a framework makes. */
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  vue: ['vue'],
  svelte: ['svelte-trusted-html'],
  angular: ['angular'],
  next: ['nextjs'],
};
/** Where a sign-in ends: the page under test may be of another port. */
const SIGNED_IN = '/signed-in';
/** What is built for development warns of what a user would not see. */
const DEVELOPMENT = { NODE_ENV: 'development' };

let project: Project;
let browser: TestBrowser;
let site: TestSite;
let context: TestContext;
let server: ChildProcess | undefined;

const folderOf = (name: string) => path.join(project.folder, 'examples', name);

beforeAll(async () => {
  project = await createProject();
  browser = await sharedBrowser('chromium');
  for (const name of INSTALLED) await project.copy(`examples/${name}`);
  // Most of the time is the registry's.
  await Promise.all(INSTALLED.map(install));
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await project?.remove();
});
afterEach(async () => {
  await context?.close();
  await site?.close();
  // The group: Next.js starts processes of its own.
  if (server?.pid !== undefined && server.exitCode === null) {
    process.kill(-server.pid, 'SIGTERM');
    await once(server, 'exit');
  }
  server = undefined;
});

async function install(name: string): Promise<void> {
  const file = path.join(folderOf(name), 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.dependencies.curfew = `file:${project.tarball}`;
  await writeFile(file, JSON.stringify(manifest));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await project.npm(folderOf(name), ['install', ...quiet]);
}

function build(name: string): Promise<string> {
  return project.npm(folderOf(name), ['run', 'build'], {
    NEXT_TELEMETRY_DISABLED: '1',
    NG_CLI_ANALYTICS: 'false',
  });
}

/** A command of a tool that an example has installed. */
function tool(
  name: string,
  command: string,
  args: readonly string[] = [],
  env: object = {},
): Promise<string> {
  return project.npm(folderOf(name), ['exec', '--offline', '--', command, ...args], env);
}

/** The site that serves a folder, as it is deployed: under the same content security policy. */
async function serve(folder: string, name: string, lang = 'en'): Promise<void> {
  const answer = createSite({ folders: [folder], headers: [], cacheControl: undefined });
  site = await startSite({
    async answer({ method, url }) {
      const { pathname } = new URL(url);
      if (pathname === SIGNED_IN) return undefined;
      const asked = { method, url: pathname, rawHeaders: [], body: Buffer.alloc(0), sourceIp: '127.0.0.1' };
      const { status, headers, body } = await answer(asked);
      const content = pathname.includes('.') ? body : String(body).replace('lang="en"', `lang="${lang}"`);
      const lines = headers.map(([key, value]): [string, string] => [key, value]);
      return new Response(typeof content === 'string' ? content : new Uint8Array(content), {
        status,
        headers: lines,
      });
    },
  });
  site.contentSecurityPolicy = contentSecurityPolicy({
    trustedTypes: POLICIES[name] ?? [],
    scriptHashes: inlineScripts(await readFile(path.join(folder, 'index.html'), 'utf8')),
  });
}

/** Hashes of the scripts that stand in a page, such as its import map. */
function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>(.*?)<\/script>/gs)].map(
    ([, script = '']) => `sha256-${createHash('sha256').update(script).digest('base64')}`,
  );
}

/** A tab, and what it says on its console: warnings and errors, but those that browsers make of a 401 to the client. */
async function open(): Promise<{ tab: TestPage; said: string[] }> {
  site.pages.set(SIGNED_IN, '<!doctype html><title>Signed in</title><link rel="icon" href="data:,">');
  context = await browser.context(() => site.now());
  const tab = await context.page();
  const said = tab.errors;
  tab.chromium?.on('console', (message) => {
    const isUnauthorized =
      message.text().includes('status of 401') && message.location().url.includes('/api/session');
    if (['warning', 'error'].includes(message.type()) && !isUnauthorized) said.push(message.text());
  });
  return { tab, said };
}

/** Signs in, is warned, extends, types a note, is signed out and told why, and signs in again. */
async function drive(origin: () => string, stay: string): Promise<void> {
  const { tab, said } = await open();
  const text = () => tab.evaluate(() => document.querySelector('.status')?.textContent?.trim());
  const state = () =>
    tab.evaluate(() => {
      const { state, reason } = document.querySelector<HTMLElement>('session-timeout-dialog')!.dataset;
      return `${state} ${reason}`.trim();
    });
  const note = () => tab.evaluate(() => document.querySelector('textarea')!.value);
  const signIn = async () => {
    await tab.goto(`${site.origin}/api/auth/sign-in?returnTo=${SIGNED_IN}`);
    await tab.goto(origin());
    await until('the session', async () => (await text()) === 'You are signed in.');
  };
  await tab.goto(origin());
  await until('nobody', async () => (await text()) === 'You are not signed in.');
  expect(await tab.evaluate(() => document.querySelector('a.action')?.textContent?.trim())).toBe('Sign in');

  await signIn();
  await tab.click('textarea');
  await tab.type('no onions');
  await passTime(site, [tab], 13.25 * MINUTE);
  expect([await text(), await state()]).toEqual(['You are about to be signed out.', 'warning']);
  expect(await tab.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent)).toBe(stay);
  await tab.evaluate(() => new Promise(requestAnimationFrame));
  await passTime(site, [tab], 700);
  await tab.press('Enter');
  await until('the extension', async () => (await text()) === 'You are signed in.');
  expect(await state()).toBe('');

  await passTime(site, [tab], 16 * MINUTE);
  await until('the end', async () => (await text()) === 'You were signed out (idle).');
  expect(await state()).toBe('ended idle');

  await signIn();
  await until('the note', async () => (await note()) === 'no onions');
  expect(said).toEqual([]);
}

/** What is built shows the session in the browser, and the dialog in the language of the page. */
async function driveBuilt(name: string, folder: string, lang: 'en' | 'de' = 'de'): Promise<void> {
  await serve(folder, name, lang);
  await drive(() => `${site.origin}/`, lang === 'de' ? 'Angemeldet bleiben' : 'Stay signed in');
}

/** Has snippets built by the tools of an example, and runs all of them in one page. */
async function runSnippets(name: string, main: string): Promise<void> {
  const folder = path.join(folderOf(name), 'snippets');
  const modules = "import.meta.glob('./*-*.{ts,tsx,vue,svelte}', { eager: true })";
  await writeFile(path.join(folder, 'main.js'), main.replace('MODULES', modules));
  await writeFile(
    path.join(folder, 'index.html'),
    '<!doctype html><html lang="en"><title>Snippets</title><link rel="icon" href="data:,"><h1>Snippets</h1><session-timeout-dialog></session-timeout-dialog><script type="module" src="./main.js"></script></html>',
  );
  await tool(name, 'vite', ['build', 'snippets', '--config', 'vite.config.ts', '--logLevel', 'warn']);
  await serve(path.join(folder, 'dist'), name);
  const { tab, said } = await open();
  await tab.goto(`${site.origin}/api/auth/sign-in?returnTo=${SIGNED_IN}`);
  await tab.goto(site.origin);
  await until('what they show', () => tab.evaluate(() => document.querySelectorAll('.shown').length > 0));
  await until('their session', () => tab.evaluate(() => document.body.textContent!.includes('active')));
  expect(said).toEqual([]);
}

/** Puts the snippets of some places where the example's own tools find them: its build checks their types, too. */
async function addSnippets(name: string, least: number, ...places: readonly Place[]): Promise<string[]> {
  const folder = path.join(folderOf(name), 'snippets');
  await mkdir(folder, { recursive: true });
  const written = await writeSnippets(folder, ...places);
  expect(written.length).toBeGreaterThanOrEqual(least);
  return written.map((snippet) => snippet.name);
}

/** Builds an example with one more template, in which the tag stands, but not with a value that there is not. */
async function buildWith(
  name: string,
  file: string,
  template: (ended: string) => string,
  checker: string,
): Promise<void> {
  const target = path.join(folderOf(name), file);
  await writeFile(target, template('notice'));
  await build(name);
  await writeFile(target, template('maybe'));
  await expect(tool(name, checker)).rejects.toThrow(/maybe/);
}

describe('React, by Vite', () => {
  test('builds, with the snippets for pages', async () => {
    await addSnippets('react', 10, 'page');
    await build('react');
  });

  test('shows the session', () => driveBuilt('react', path.join(folderOf('react'), 'dist')));

  test('shows it in StrictMode, which mounts all of it twice', async () => {
    const args = ['build', '--mode', 'development', '--outDir', 'dist-development', '--logLevel', 'warn'];
    await tool('react', 'vite', args, DEVELOPMENT);
    await driveBuilt('react', path.join(folderOf('react'), 'dist-development'));
  });

  test('runs the snippets', () =>
    runSnippets(
      'react',
      `import { createElement } from 'react';
       import { createRoot } from 'react-dom/client';
       for (const [name, component] of Object.values(MODULES).flatMap(Object.entries)) {
         if (typeof component !== 'function' || !/^[A-Z]/.test(name)) continue;
         const root = document.body.appendChild(document.createElement('div'));
         root.className = 'shown';
         createRoot(root).render(createElement(component));
       }`,
    ));
});

describe('Vue, by Vite', () => {
  test('builds, with its snippets, and not with a wrong attribute', async () => {
    await addSnippets('vue', 2, 'vue');
    const template = (ended: string) =>
      `<script setup lang="ts">import 'curfew/vue';</script><template><session-timeout-dialog ended="${ended}" /></template>`;
    await buildWith('vue', 'tag.vue', template, 'vue-tsc');
  });

  test('shows the session', () => driveBuilt('vue', path.join(folderOf('vue'), 'dist')));

  test('shows it without a warning of its development build', async () => {
    const args = ['build', '--mode', 'development', '--outDir', 'dist-development', '--logLevel', 'warn'];
    await tool('vue', 'vite', args, DEVELOPMENT);
    await driveBuilt('vue', path.join(folderOf('vue'), 'dist-development'));
  });

  test('runs the snippets', () =>
    runSnippets(
      'vue',
      `import { createApp } from 'vue';
       for (const { default: component } of Object.values(MODULES)) {
         const root = document.body.appendChild(document.createElement('div'));
         root.className = 'shown';
         createApp(component).mount(root);
       }`,
    ));
});

describe('Svelte, by Vite', () => {
  test('builds, with its snippets, and not with a wrong attribute', async () => {
    await addSnippets('svelte', 3, 'svelte');
    const template = (ended: string) =>
      `<script lang="ts">import 'curfew/element';</script>\n<session-timeout-dialog ended="${ended}"></session-timeout-dialog>`;
    await buildWith('svelte', 'tag.svelte', template, 'svelte-check');
  });

  test('shows the session', () => driveBuilt('svelte', path.join(folderOf('svelte'), 'dist')));

  test('runs the snippets', () =>
    runSnippets(
      'svelte',
      `import { mount } from 'svelte';
       for (const { default: component } of Object.values(MODULES)) {
         if (!component) continue;
         const target = document.body.appendChild(document.createElement('div'));
         target.className = 'shown';
         mount(component, { target });
       }`,
    ));
});

describe('Angular, by its CLI', () => {
  test('builds, and its snippets compile', async () => {
    const names = await addSnippets('angular', 3, 'angular');
    await build('angular');
    const options = {
      extends: './tsconfig.json',
      compilerOptions: { noEmit: true, allowImportingTsExtensions: true },
    };
    const files = names.map((name) => `snippets/${name}`);
    await writeFile(
      path.join(folderOf('angular'), 'tsconfig.snippets.json'),
      JSON.stringify({ ...options, files }),
    );
    await tool('angular', 'ngc', ['-p', 'tsconfig.snippets.json']);
  });

  test('shows the session', () => driveBuilt('angular', path.join(folderOf('angular'), 'dist')));
});

describe('Next.js', () => {
  test('builds a static site, with its snippets', async () => {
    await addSnippets('next', 2, 'next');
    await build('next');
  });

  test('shows the session in what it rendered before', () =>
    driveBuilt('next', path.join(folderOf('next'), 'out'), 'en'));

  test('shows it while developing, in StrictMode, and hydrates without a warning', async () => {
    site = await startSite();
    const port = await freePort();
    const next = path.join(folderOf('next'), 'node_modules/next/dist/bin/next');
    const env = { ...process.env, API_ORIGIN: site.origin, NEXT_TELEMETRY_DISABLED: '1', NODE_OPTIONS: '' };
    server = spawn(process.execPath, [next, 'dev', '--port', String(port)], {
      cwd: folderOf('next'),
      env,
      detached: true,
      stdio: 'ignore',
    });
    const origin = `http://localhost:${port}/`;
    await until('the server', async () => (await fetch(origin)).ok, 60_000);
    await drive(() => origin, 'Stay signed in');
  });
});

test('a page of no framework finds the package by an import map', async () => {
  const folder = await project.copy('examples/html');
  await symlink(path.join(project.folder, 'node_modules'), path.join(folder, 'node_modules'));
  const readme = await readFile(path.join(folder, 'README.md'), 'utf8');
  const [, ...commands] = /```sh\n(.*?)```/s.exec(readme)![1]!.trim().split('\n');
  execSync(commands.join('\n'), { cwd: folder });
  await driveBuilt('html', folder);
});
