import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../dev/machine/loopback.ts';

/** An emulator of AWS to deploy to. */
export interface Emulator {
  readonly endpoint: string;
  close(): Promise<void>;
}

const TELL = `There is no deployment emulator. Install one (python3 -m pip install 'ministack>=1.5.33'), or name a running one:
CURFEW_EMULATOR_ENDPOINT=http://localhost:4566 npm run test:deploy`;

/** The one that CURFEW_EMULATOR_ENDPOINT names, or ministack, started for this run. */
export async function startEmulator(): Promise<Emulator> {
  const named = process.env.CURFEW_EMULATOR_ENDPOINT;
  if (named !== undefined && named !== '') return { endpoint: named, close: async () => undefined };
  const home = await mkdtemp(path.join(tmpdir(), 'curfew-deploy-'));
  const port = await freePort();
  const child = await launch(home, port);
  return {
    endpoint: `http://localhost:${port}`,
    close: async () => {
      await stop(child);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function launch(home: string, port: number): Promise<ChildProcess> {
  const [TMPDIR, S3_DATA_DIR, STATE_DIR] = ['tmp', 's3', 'state'].map((name) => path.join(home, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [TMPDIR, S3_DATA_DIR, STATE_DIR]) await mkdir(folder);
  const env = {
    ...process.env,
    // It runs a function with whatever `node` comes first.
    PATH: `${path.resolve('node_modules/.bin')}:${process.env.PATH}`,
    ...{ TMPDIR, S3_DATA_DIR, STATE_DIR, GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1' },
    ...{ LAMBDA_EXECUTOR: 'local', IOT_MTLS_ENABLED: '0', SFTP_ENABLED: '0' },
    // Never to a container engine that happens to be there.
    DOCKER_HOST: 'unix:///nonexistent.sock',
  };
  for (const [command, ...args] of [['ministack'], ['python3', '-m', 'ministack']] as [
    string,
    ...string[],
  ][]) {
    // A group of its own: the functions that it starts end with it.
    const child = spawn(command, args, { env, stdio: 'ignore', detached: true });
    // However this run ends, the emulator and what it started end with it.
    process.once('exit', () => child.pid !== undefined && signal(child.pid, 'SIGKILL'));
    if (await ready(child, port)) return child;
    await stop(child);
  }
  throw new Error(TELL);
}

async function ready(child: ChildProcess, port: number): Promise<boolean> {
  let gone = false;
  child.once('error', () => (gone = true)).once('exit', () => (gone = true));
  for (let tries = 0; tries < 300 && !gone; tries += 1) {
    const answered = await fetch(`http://127.0.0.1:${port}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    signal(child.pid, name);
    const ended = await Promise.race([
      exited.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 5_000)),
    ]);
    if (ended === true) break;
  }
  signal(child.pid, 'SIGKILL');
}

/** To the whole group of a process, if there is anything left of it. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // Nothing left.
  }
}
