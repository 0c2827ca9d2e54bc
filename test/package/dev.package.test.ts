import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser } from '../support/driver.ts';
import { until } from '../support/until.ts';
import {
  createReactApp,
  press,
  programs,
  signIn,
  startPythonApp,
  startVite,
  untilLeft,
  VITE,
} from './dev-apps.ts';
import { createProject, type Project } from './project.ts';

/** Applications of strangers, from the tarball, with nothing of AWS beside it: one of Vite and React, and one in Python. */
let project: Project;
let browser: TestBrowser;
const running = programs();

beforeAll(async () => {
  project = await createProject();
  browser = await sharedBrowser('chromium');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await running.stop();
  await project?.remove();
});

/** Signs in, is warned, extends, ends, is told why, and signs in again. */
async function journey(origin: string): Promise<void> {
  const context = await browser.context();
  const tab = await context.page();
  const says = (text: string) =>
    until(text, () =>
      tab.evaluate((wanted) => document.querySelector('.status')?.textContent === wanted, text),
    );
  const shows = (wanted: string) =>
    until(`the dialog: ${wanted}`, () =>
      tab.evaluate((expected) => {
        const { state = '', reason = '' } =
          document.querySelector<HTMLElement>('session-timeout-dialog')?.dataset ?? {};
        return `${state} ${reason}`.trim() === expected;
      }, wanted),
    );
  const beWarned = async () => {
    await untilLeft(tab, 60_000);
    await shows('warning');
  };
  /** An answer that is given at once counts for nothing: it may be a key that the user was typing. */
  const beingSeen = () => new Promise((resolve) => setTimeout(resolve, 1_000));

  await tab.goto(origin);
  await says('You are not signed in.');
  expect(await tab.evaluate(() => document.querySelectorAll('curfew-panel').length)).toBe(1);
  await signIn(tab);
  await says('You are signed in.');

  await beWarned();
  await beingSeen();
  await tab.press('Enter');
  await shows('');
  await says('You are signed in.');

  await beWarned();
  await untilLeft(tab, 0);
  await shows('ended idle');
  await beingSeen();
  const opened = tab.chromium!.context().waitForEvent('page');
  await tab.click('session-timeout-dialog >>> .again');
  const popup = await opened;
  await Promise.all([popup.waitForEvent('close'), popup.click('button[value=alice]')]);
  await shows('');
  await says('You are signed in.');
  expect(tab.errors).toEqual([]);
  await context.close();
}

describe('a page of Vite and React', () => {
  let origin: string;
  let folder: string;

  beforeAll(async () => {
    ({ folder } = await createReactApp(project));
    origin = await startVite(running, folder);
  }, 60_000);

  test('has users that sign in, are warned, extend, and sign in again', () => journey(origin), 60_000);

  test('builds, without anything of it', async () => {
    await project.node([VITE, 'build', '--logLevel', 'warn'], { cwd: folder });
    const found = await project.node(
      [
        '-e',
        "console.log(fs.globSync('dist/**/*.{html,js}').filter((file) => /__curfew|curfew-panel/.test(fs.readFileSync(file, 'utf8'))).length)",
      ],
      { cwd: folder },
    );
    expect(found).toBe('0\n');
  }, 60_000);
});

describe('a server in Python, behind the command', () => {
  let origin: string;
  let printed: () => string;

  beforeAll(async () => {
    ({ origin, printed } = await startPythonApp(project, running));
  }, 60_000);

  test('has users that sign in, are warned, extend, and sign in again', () => journey(origin), 60_000);

  test('is told of each request whose it is', async () => {
    const context = await browser.context();
    const tab = await context.page();
    await tab.goto(`${origin}/who`);
    await press(tab, { action: 'sign-in', name: 'bob' });
    await tab.goto(`${origin}/who`);
    const text = await tab.evaluate(() => document.body.textContent);
    expect(text).toContain('"x-curfew-subject": "bob"');
    expect(printed()).not.toContain('Error');
    await context.close();
  });
});

test('production is refused', async () => {
  const env = { NODE_ENV: 'production' };
  const args = ['node_modules/curfew/cli.js', 'dev', '--proxy', 'http://localhost:1', '--port', '0'];
  await expect(project.node(args, { env })).rejects.toThrow('does not run where NODE_ENV is production');
  const source = "import { curfewDev } from 'curfew/dev'; curfewDev();";
  await expect(project.node(['--input-type=module', '-e', source], { env })).rejects.toThrow('NODE_ENV');
});
