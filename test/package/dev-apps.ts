import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { freePort } from '../../dev/machine/loopback.ts';
import type { DevState } from '../../dev/protocol.ts';
import type { TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';
import { type Project, ROOT } from './project.ts';

/** Programs that run until the end. */
export interface Programs {
  /** Starts one that is not waited for. */
  spawn(command: string, args: readonly string[], cwd: string): ChildProcessByStdio<null, Readable, Readable>;
  /** Starts one. @param ready what it prints once it serves @returns what it has printed so far */
  start(command: string, args: readonly string[], cwd: string, ready: RegExp): Promise<() => string>;
  /** Puts `curfew dev` of the installed package in front of a server. @returns what it has printed so far */
  startCurfew(project: Project, target: string, port: string): Promise<() => string>;
  stop(): Promise<void>;
}

export function programs(): Programs {
  const running: ChildProcessByStdio<null, Readable, Readable>[] = [];
  const own: Programs = {
    spawn(command, args, cwd) {
      const env = { ...process.env, NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' };
      const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr]) stream.resume();
      running.push(child);
      return child;
    },
    async start(command, args, cwd, ready) {
      let printed = '';
      const child = own.spawn(command, args, cwd);
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (data: Buffer) => {
          printed += data;
        });
      }
      // What has exited is told at once, and not waited for.
      const hasExited = () => child.exitCode !== null || child.signalCode !== null;
      await until(
        `${command} ${args.join(' ')}: ${ready}`,
        async () => ready.test(printed) || hasExited(),
        60_000,
      );
      if (hasExited()) throw new Error(`${command} ${args.join(' ')} has exited: ${printed}`);
      return () => printed;
    },
    startCurfew({ folder }, target, port) {
      const command = ['node_modules/curfew/cli.js', 'dev', '--proxy', target, '--port', port];
      return own.start(process.execPath, command, folder, /open http/);
    },
    async stop() {
      for (const child of running) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const exited = once(child, 'exit');
        child.kill();
        await exited;
      }
    },
  };
  return own;
}

export const VITE = path.join(ROOT, 'node_modules/vite/bin/vite.js');

/** A stranger's application of Vite and React, with the plugin. */
export async function createReactApp(project: Project): Promise<{ folder: string }> {
  for (const name of ['vite', 'react', 'react-dom']) {
    await symlink(path.join(ROOT, 'node_modules', name), path.join(project.folder, 'node_modules', name));
  }
  const folder = await project.copy('examples/react', 'react-app');
  await writeFile(
    path.join(folder, 'vite.config.ts'),
    `import { curfewDev } from 'curfew/dev/vite';
import { defineConfig } from 'vite';
export default defineConfig({ plugins: [curfewDev()] });
`,
  );
  return { folder };
}

/** @param modules where Vite is installed @returns its origin */
export async function startVite(
  { start }: Programs,
  folder: string,
  modules = path.join(ROOT, 'node_modules'),
): Promise<string> {
  const port = String(await freePort());
  const vite = path.join(modules, 'vite/bin/vite.js');
  await start(process.execPath, [vite, '--port', port, '--strictPort'], folder, /ready in/);
  return `http://localhost:${port}`;
}

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

/** A stranger's server in Python, behind the command. */
export async function startPythonApp(
  project: Project,
  { spawn: run, startCurfew }: Programs,
): Promise<{ readonly origin: string; readonly printed: () => string }> {
  const folder = await project.copy('examples/html', 'python-app');
  await symlink(project.installed, path.join(folder, 'curfew'));
  await writeFile(path.join(folder, 'server.py'), PYTHON);
  const [behind, port] = [String(await freePort()), String(await freePort())];
  run('python3', ['server.py', behind], folder);
  const origin = `http://localhost:${port}`;
  const printed = await startCurfew(project, `http://localhost:${behind}`, port);
  await until('Python', async () => (await fetch(origin)).ok);
  return { origin, printed };
}

/** Does what a button of the panel does. */
export const press = (tab: TestPage, action: object) =>
  tab.evaluate(async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/__curfew/actions', { method: 'POST', headers, body });
    return (await answer.json()) as DevState;
  }, JSON.stringify(action));

/** Lets time pass until so much of this browser's session is left, of which the page learns as it asks the server. */
export async function untilLeft(tab: TestPage, ms: number): Promise<void> {
  const { now, sessions } = await press(tab, { action: 'policy', policy: {} });
  const { expiresAt = 0 } = sessions.find(({ current }) => current) ?? {};
  await press(tab, { action: 'clock', advanceMs: expiresAt - now - ms });
  // As where the user comes back to the tab. A page that they load again is activity.
  await tab.evaluate(() => dispatchEvent(new Event('pageshow')));
}

/** Follows the page's link to the sign-in, and chooses a name there. */
export async function signIn(tab: TestPage): Promise<void> {
  await tab.click('a.action');
  await until('the names', () => tab.evaluate(() => document.querySelector('button[value=alice]') !== null));
  await tab.click('button[value=alice]');
}
