import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import {
  connectDynamoDbLocal,
  createTable,
  type Engine,
  noDynamoDbLocal,
  startDynalite,
} from '../support/engines.ts';
import { until } from '../support/until.ts';
import { createProject, type Project } from './project.ts';
import { writeSnippets } from './snippets.ts';

/** The applications of docs/migration.md, run from the tarball as servers of their own over one database. */
const OLD = 'sessions-of-express';
let project: Project;
let engine: Engine;
let tableName = '';
let printed = '';
const servers: ChildProcess[] = [];

beforeAll(async () => {
  engine = await (noDynamoDbLocal ? startDynalite : connectDynamoDbLocal)();
  ({ tableName } = await createTable(engine));
  project = await createProject();
  await project.bringPackages();
  await writeSnippets(project.folder, 'server');
  await writeFile(
    path.join(project.folder, 'serve.ts'),
    `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoStore } from 'curfew/server';
const [kind, port, siteUrl] = process.argv.slice(2);
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const client = new DynamoDBClient({ endpoint: '${engine.endpoint}', region: 'us-east-1', credentials });
const old = { client, table: '${OLD}', secret: 'the secret of express-session', moves: kind === 'moving' };
const store = dynamoStore({ client, tableName: '${tableName}' });
const onEvent = ({ type, detail }) => console.log(JSON.stringify([type, detail.subject]));
const { createApp } = await import(kind === 'before' ? './before.ts' : './beside.ts');
createApp(old, { siteUrl, store, onEvent }).listen(port, '127.0.0.1', () => console.log('listening on ' + port));
`,
  );
}, 240_000);
afterAll(async () => {
  for (const server of servers) await stop(server);
  await engine?.stop();
  await project?.remove();
});

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill();
  await once(server, 'exit');
}

async function serve(kind: 'before' | 'beside' | 'moving') {
  const port = await freePort();
  const server = spawn(process.execPath, ['serve.ts', kind, String(port), 'https://app.example.com'], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.push(server);
  server.stdout.on('data', (data: Buffer) => {
    printed += data;
  });
  await until(`a server: ${kind}`, async () => printed.includes(`listening on ${port}\n`), 30_000);
  return { origin: `http://127.0.0.1:${port}`, stop: () => stop(server) };
}

/** A browser with a name, which keeps cookies and sends as many requests at once as it likes. */
function browserOf(name: string) {
  const jar = new Map<string, string>();
  async function ask(url: string, init: RequestInit = {}): Promise<number> {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
    const headers = { 'sec-fetch-site': 'same-origin', cookie };
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    const body = await response.text();
    if (response.status === 200) expect(JSON.parse(body)).toEqual({ orderedBy: name });
    for (const text of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (/Max-Age=0/.test(text)) jar.delete(key);
      else jar.set(key, value);
    }
    return response.status;
  }
  return {
    jar,
    orders: ({ origin }: { origin: string }) => ask(`${origin}/orders`),
    signIn: ({ origin }: { origin: string }) =>
      ask(`${origin}/login`, { method: 'POST', body: new URLSearchParams({ name }) }),
  };
}

const countOld = async () =>
  (
    await engine.client.send(
      new ScanCommand({ TableName: OLD, FilterExpression: 'attribute_exists(sess)', Select: 'COUNT' }),
    )
  ).Count;
const began = () => printed.split('\n').filter((line) => line.startsWith('["Session Started"'));
const ended = () => printed.split('\n').filter((line) => line.startsWith('["Session Ended"'));

test('20 users are moved while servers change one after the other, none is signed out, and it can be rolled back', async () => {
  const before = await serve('before');
  const users = Array.from({ length: 20 }, (_, n) => browserOf(`user-${n}`));
  const stays = browserOf('stays');
  for (const user of [...users, stays]) expect(await user.signIn(before)).toBe(303);
  expect(await countOld()).toBe(21);

  const beside = await serve('beside');
  const statuses = await Promise.all(users.map((user) => user.orders(beside)));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await countOld()).toBe(21);
  expect(await stays.signIn(beside)).toBe(303);

  const moving = [await serve('moving'), await serve('moving')];
  const inParallel = users.flatMap((user) =>
    [...moving, beside, ...moving].map((server) => user.orders(server)),
  );
  expect(new Set(await Promise.all(inParallel))).toEqual(new Set([200]));
  for (const user of users) {
    expect([...user.jar.keys()]).toEqual(['__Host-session']);
    expect(await user.orders(moving[0]!)).toBe(200);
  }
  expect(await countOld()).toBe(1);
  expect(began().sort()).toEqual(users.map((_, n) => `["Session Started","user-${n}"]`).sort());
  expect(ended()).toEqual([]);
  expect(await browserOf('new').signIn(moving[0]!)).toBe(303);
  expect(await countOld()).toBe(1);

  // Rolled back: moves off again.
  await Promise.all(moving.map((server) => server.stop()));
  for (const user of [...users, stays]) expect(await user.orders(beside)).toBe(200);
  const [first, second] = users;
  expect(await first!.signIn(beside)).toBe(303);
  expect([...first!.jar.keys()]).toEqual(['connect.sid']);
  expect(ended()).toEqual(['["Session Ended","user-0"]']);

  // Rolled back to before all of it.
  await beside.stop();
  expect(await stays.orders(before)).toBe(200);
  expect(await first!.orders(before)).toBe(200);
  expect(await second!.orders(before)).toBe(401);
  expect(await second!.signIn(before)).toBe(303);
  expect(await second!.orders(before)).toBe(200);
}, 120_000);
