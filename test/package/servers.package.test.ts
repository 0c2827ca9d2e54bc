import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser } from '../support/driver.ts';
import { until } from '../support/until.ts';
import { createProject, type Project } from './project.ts';

/** Curfew inside the servers of other frameworks, built by their own tools from the tarball, and run. */
const SERVERS: readonly { name: string; start: (port: number) => readonly string[] }[] = [
  {
    name: 'next-server',
    start: (port) => ['node_modules/next/dist/bin/next', 'start', '-H', 'localhost', '-p', String(port)],
  },
  { name: 'sveltekit', start: () => ['build'] },
];

let project: Project;
let browser: TestBrowser;
beforeAll(async () => {
  [project, browser] = await Promise.all([createProject(), sharedBrowser('chromium')]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await project?.remove();
});

describe.each(SERVERS)('$name', ({ name, start }) => {
  let server: ChildProcess | undefined;
  let origin = '';

  beforeAll(async () => {
    const folder = await project.copy(`examples/${name}`);
    const file = path.join(folder, 'package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    manifest.dependencies.curfew = `file:${project.tarball}`;
    await writeFile(file, JSON.stringify(manifest));
    await project.npm(folder, ['install', '--ignore-scripts', '--no-audit', '--no-fund']);
    const port = await freePort();
    origin = `http://localhost:${port}`;
    const env = { ORIGIN: origin, SITE_URL: origin, PORT: String(port), HOST: 'localhost' };
    await project.npm(folder, ['run', 'build'], { ...env, NEXT_TELEMETRY_DISABLED: '1' });
    server = spawn(process.execPath, [...start(port)], {
      cwd: folder,
      env: { ...process.env, ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until('the server', async () => (await fetch(`${origin}/login`)).ok, 60_000);
  }, 300_000);
  afterAll(async () => {
    if (server?.exitCode !== null) return;
    server.kill();
    await once(server, 'exit');
  });

  test('signs in, renders by the session, warns in the page, and signs out', async () => {
    const context = await browser.context();
    const tab = await context.page();
    const text = () => tab.evaluate(() => document.body.textContent ?? '');
    await tab.goto(origin);
    await tab.click('a[href="/login"]');
    await until('the form', () => tab.evaluate(() => document.querySelector('form') !== null));
    await tab.click('input[name=name]');
    await tab.type('ada');
    await tab.press('Enter');
    await until('the page of the user', async () => (await text()).includes('Ordered by ada.'));
    await until('the dialog', () =>
      tab.evaluate(() => {
        const dialog = document.querySelector('session-timeout-dialog');
        return dialog?.session?.getSnapshot().status === 'active';
      }),
    );
    expect(
      await tab.evaluate(async () => {
        const { session } = document.querySelector('session-timeout-dialog')!;
        return session!.signOut();
      }),
    ).toEqual({});
    await tab.goto(origin);
    expect(await text()).toContain('Sign in');
    expect(tab.errors).toEqual([]);
    await context.close();
  }, 60_000);

  test('leaves what is none of the API’s to the application, and rejects what another site sends', async () => {
    expect((await fetch(`${origin}/elsewhere`)).status).toBe(404);
    const problem = await fetch(`${origin}/api/session`);
    expect([problem.status, (await problem.json()).code]).toEqual([401, 'ERR_SESSION_MISSING']);
    const forged = await fetch(`${origin}/login/check`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      body: new URLSearchParams({ name: 'mallory' }),
    });
    expect(forged.status).toBe(403);
    expect(forged.headers.getSetCookie()).toEqual([]);
  });
});
