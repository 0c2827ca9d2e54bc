import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, expect, jest, test } from '@jest/globals';
import { close, freePort, listen } from '../../dev/machine/loopback.ts';

// A start with its synthesis takes 4 s, beside other tests on two busy cores ten times as long.
jest.setTimeout(180_000);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const MAIN = ['--require', './local/preflight.cjs', 'local/main.ts'];

const start = (...args: string[]) => run(process.execPath, ...MAIN, ...args);

function run(command: string, ...args: string[]) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH ?? '' } });
  children.push(child);
  const started = {
    child,
    output: '',
    exit: new Promise<number | null>((resolve) => child.once('close', resolve)),
  };
  child.stdout.on('data', (chunk) => (started.output += chunk));
  child.stderr.on('data', (chunk) => (started.output += chunk));
  return started;
}

test('a port in use: says so, names another, exits 1', async () => {
  const server = createServer();
  const port = await listen(server);
  const run = start('--port', String(port));
  expect(await run.exit).toBe(1);
  expect(run.output).toContain(`port ${port} is in use`);
  expect(run.output).toContain(`--port ${port + 1}`);
  await close(server);
});

test.each([
  [['--idle', 'soon'], '--idle must be a duration'],
  [['--nonsense'], '--nonsense'],
])('%j: says what is wrong, how it is used, exits 2', async (args, message) => {
  const run = start(...args);
  expect(await run.exit).toBe(2);
  expect(run.output).toContain(message);
  expect(run.output).toContain('usage: npm start');
});

test('a provider out of reach: says so before anything is built, exits 1', async () => {
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const run = start('--port', '0', '--issuer', issuer, '--client-id', 'app');
  expect(await run.exit).toBe(1);
  expect(run.output).toMatch(new RegExp(`^the provider is out of reach: ${issuer}/.*ECONNREFUSED`));
});

test('--help exits 0', async () => {
  const run = start('--help');
  expect(await run.exit).toBe(0);
  expect(run.output).toContain('--sweep-every');
});

/** What is built is there, and other tests run it; a policy of its own is not yet synthesized. */
const fresh = (port: number, ms: number) =>
  start('--no-build', '--port', String(port), '--idle', `${900_000 + 10 * (process.pid % 10_000) + ms}ms`);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while it is still starting ends it and what it had started, and frees the port',
  async (signal) => {
    const port = await freePort();
    const run = fresh(port, signal.length);
    while (!run.output.includes('synthesizing')) await new Promise((resolve) => setTimeout(resolve, 20));
    run.child.kill(signal);
    expect(await run.exit).toBe(0);
    expect(run.output).not.toContain('is running at');
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    const half = readdirSync('cdk.out/local').filter((name) => name.includes(`.${run.child.pid}.`));
    expect(half).toEqual([]);
  },
);

test('it ends with the shell that npm starts it in, once that is told to, and frees the port', async () => {
  const port = await freePort();
  const started = run('sh', '-c', `'${process.execPath}' ${MAIN.join(' ')} --no-build --port ${port}; exit`);
  while (!started.output.includes('is running at')) await new Promise((resolve) => setTimeout(resolve, 20));
  started.child.kill('SIGTERM');
  // The pipes are closed by the last process that has them.
  await started.exit;
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test('SIGINT once it serves ends it, and frees the port', async () => {
  const port = await freePort();
  const run = start('--no-build', '--port', String(port));
  while (!run.output.includes('is running at')) await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await fetch(`http://localhost:${port}/api/session`)).status).toBe(401);
  run.child.kill('SIGINT');
  expect(await run.exit).toBe(0);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test('a Node that can’t run TypeScript is told what to do', async () => {
  const code = `Object.defineProperty(process.versions, 'node', { value: '20.11.0' }); require('./local/preflight.cjs');`;
  const child = spawn(process.execPath, ['-e', code]);
  let output = '';
  child.stderr.on('data', (chunk) => (output += chunk));
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
  expect(output).toContain('this is Node 20.11.0');
  expect(output).toContain('npm ci --include=optional');
});
