import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import type { DevState } from '../../dev/protocol.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';
import { createProject, type Project, ROOT } from './project.ts';

/** Applications of strangers, from the tarball, with nothing of AWS beside it: one of Vite and React, and one in Python. */
let project: Project;
let browser: TestBrowser;
const running: ChildProcess[] = [];

beforeAll(async () => {
  project = await createProject();
  for (const name of ['vite', 'react', 'react-dom']) {
    await symlink(path.join(ROOT, 'node_modules', name), path.join(project.folder, 'node_modules', name));
  }
  browser = await sharedBrowser('chromium');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  for (const child of running.filter(({ exitCode }) => exitCode === null)) {
    child.kill();
    await once(child, 'exit');
  }
  await project?.remove();
});

/** @returns what it has printed so far */
async function start(
  command: string,
  args: readonly string[],
  cwd: string,
  ready: RegExp,
): Promise<() => string> {
  let printed = '';
  const env = { ...process.env, NODE_ENV: 'development' };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      printed += data;
    });
  }
  await until(
    `${command} ${args.join(' ')}: ${ready}`,
    async () => {
      if (child.exitCode !== null) throw new Error(printed);
      return ready.test(printed);
    },
    30_000,
  );
  return () => printed;
}

const press = (tab: TestPage, action: object) =>
  tab.evaluate(async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/__curfew/actions', { method: 'POST', headers, body });
    return (await answer.json()) as DevState;
  }, JSON.stringify(action));

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
  /** Lets time pass until so much is left, of which the page learns as it asks the server. */
  const untilLeft = async (ms: number) => {
    const { now, sessions } = await press(tab, { action: 'policy', policy: {} });
    const { expiresAt = 0 } = sessions.find(({ current }) => current) ?? {};
    await press(tab, { action: 'clock', advanceMs: expiresAt - now - ms });
    // As where the user comes back to the tab. A page that they load again is activity.
    await tab.evaluate(() => dispatchEvent(new Event('pageshow')));
  };
  const beWarned = async () => {
    await untilLeft(60_000);
    await shows('warning');
  };
  /** An answer that is given at once counts for nothing: it may be a key that the user was typing. */
  const beingSeen = () => new Promise((resolve) => setTimeout(resolve, 1_000));

  await tab.goto(origin);
  await says('You are not signed in.');
  expect(await tab.evaluate(() => document.querySelectorAll('curfew-panel').length)).toBe(1);
  await tab.click('a.action');
  await until('the names', () => tab.evaluate(() => document.querySelector('button[value=alice]') !== null));
  await tab.click('button[value=alice]');
  await says('You are signed in.');

  await beWarned();
  await beingSeen();
  await tab.press('Enter');
  await shows('');
  await says('You are signed in.');

  await beWarned();
  await untilLeft(0);
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
    folder = await project.copy('examples/react', 'react-app');
    await writeFile(
      path.join(folder, 'vite.config.ts'),
      `import { curfewDev } from 'curfew/dev/vite';
import { defineConfig } from 'vite';
export default defineConfig({ plugins: [curfewDev()] });
`,
    );
    const port = String(await freePort());
    const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
    origin = `http://localhost:${port}`;
    await start(process.execPath, [vite, '--port', port, '--strictPort'], folder, /ready in/);
  }, 60_000);

  test('has users that sign in, are warned, extend, and sign in again', () => journey(origin), 60_000);

  test('builds, without anything of it', async () => {
    const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
    await project.node([vite, 'build', '--logLevel', 'warn'], { cwd: folder });
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

const PYTHON = `import http.server, json, os, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path != '/who':
            return super().do_GET()
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
`;

describe('a server in Python, behind the command', () => {
  let origin: string;
  let printed: () => string;

  beforeAll(async () => {
    const folder = await project.copy('examples/html', 'python-app');
    await symlink(project.installed, path.join(folder, 'curfew'));
    await writeFile(path.join(folder, 'server.py'), PYTHON);
    const [behind, port] = [String(await freePort()), String(await freePort())];
    running.push(spawn('python3', ['server.py', behind], { cwd: folder, stdio: 'ignore' }));
    origin = `http://localhost:${port}`;
    const command = [
      'node_modules/curfew/cli.js',
      'dev',
      '--proxy',
      `http://localhost:${behind}`,
      '--port',
      port,
    ];
    printed = await start(process.execPath, command, project.folder, /open http/);
    await until('Python', async () => (await fetch(origin)).ok);
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
