import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';
import { createProject, type Project } from './project.ts';

/** The example of an application with a login of its own, run from the tarball, in real time: its policy is of seconds. */
const SECOND = 1_000;
const POLICY = {
  idleTimeoutMs: 12 * SECOND,
  warnBeforeMs: 6 * SECOND,
  touchIntervalMs: SECOND,
  absoluteTimeoutMs: 600 * SECOND,
  allowShortWarning: true,
};

let project: Project;
let browser: TestBrowser;
let server: ChildProcess;
let origin = '';
let printed = '';

beforeAll(async () => {
  project = await createProject();
  await project.bringPackages();
  const folder = await project.copy('examples/own-login');
  origin = `http://localhost:${await freePort()}`;
  await writeFile(
    path.join(folder, 'short.ts'),
    `import { memoryStore } from 'curfew/server';
import { createApp } from './app.ts';
const { port } = new URL('${origin}');
const onEvent = (event) => console.log(JSON.stringify(event));
createApp({ siteUrl: '${origin}', store: memoryStore(), policy: ${JSON.stringify(POLICY)}, onEvent }).listen(port, 'localhost', () => console.log('listening'));
`,
  );
  server = spawn(process.execPath, ['short.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  server.stdout?.on('data', (data: Buffer) => {
    printed += data;
  });
  await until('the server', async () => printed.includes('listening'));
  browser = await sharedBrowser('chromium');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    server.kill();
    await once(server, 'exit');
  }
  await project?.remove();
});

async function signIn(tab: TestPage, password: string): Promise<void> {
  await tab.click('input[name=name]');
  await tab.type('ada');
  await tab.click('input[name=password]');
  await tab.type(password);
  await tab.press('Enter');
}

/** An answer that is given at once counts for nothing: it may be a key that the user was typing. */
const beingSeen = () => new Promise((resolve) => setTimeout(resolve, SECOND));

test('its user signs in, is warned, extends, ends by idleness, is told why, and signs in again in place', async () => {
  const context = await browser.context();
  const tab = await context.page();
  const says = (text: string, withinMs?: number) =>
    until(
      text,
      () => tab.evaluate((wanted) => document.querySelector('.status')?.textContent === wanted, text),
      withinMs,
    );
  const dialog = () =>
    tab.evaluate(() => {
      const { state = '', reason = '' } =
        document.querySelector<HTMLElement>('session-timeout-dialog')!.dataset;
      return `${state} ${reason}`.trim();
    });
  const shows = (wanted: string) =>
    until(`the dialog: ${wanted}`, async () => (await dialog()) === wanted, 20 * SECOND);

  await tab.goto(origin);
  await says('You are not signed in.');
  await tab.click('a.action');
  await until('the form', () => tab.evaluate(() => document.querySelector('form') !== null));
  await signIn(tab, 'wrong');
  await until('the message', () => tab.evaluate(() => location.hash === '#wrong'));
  await signIn(tab, 'correct horse');
  await says('Ordered by ada.');

  await tab.click('textarea');
  await tab.type('no onions');
  await shows('warning');
  await beingSeen();
  await tab.press('Enter');
  await shows('');

  await shows('ended idle');
  await beingSeen();
  const opened = tab.chromium!.context().waitForEvent('page');
  await tab.click('session-timeout-dialog >>> .again');
  const popup = await opened;
  await popup.fill('input[name=name]', 'ada');
  await popup.fill('input[name=password]', 'correct horse');
  await Promise.all([popup.waitForEvent('close'), popup.press('input[name=password]', 'Enter')]);
  await shows('');
  await says('Ordered by ada.');
  expect(await tab.evaluate(() => document.querySelector('textarea')?.value)).toBe('no onions');
  expect(tab.errors).toEqual([]);
  await context.close();

  const events = printed.split('\n').filter((line) => line.startsWith('{'));
  const told = events.map((line) => JSON.parse(line)).map(({ type, detail }) => [type, detail.reason]);
  expect(told).toEqual([
    ['Session Started', undefined],
    ['Session Ended', 'idle'],
    ['Session Started', undefined],
  ]);
}, 120_000);

test('it takes no more than 40 lines of theirs', async () => {
  const source = await readFile('examples/own-login/app.ts', 'utf8');
  const lines = source.split('\n').filter((line) => line.trim() !== '' && !/^\s*(?:\/\/|\/?\*)/.test(line));
  expect(lines.length).toBeLessThanOrEqual(40);
});
