import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { LocalClock } from '../../local/clock.ts';
import { startProvider } from '../../local/provider/provider.ts';
import { Browser, signIn } from '../support/sign-in.ts';
import { Aws } from './aws.ts';
import { startEmulator } from './emulator.ts';
import { startFront } from './front.ts';

/**
 * Deploys the construct with the CDK CLI, unmodified, to an emulator of AWS, and asks the deployed API what the
 * contract promises. The provider is a real one; time is real too, so the idle timeout is short.
 */
const SITE_URL = 'https://curfew.test';
const STACK = 'CurfewEmulator';
const IDLE_MS = 6_000;
const began = Date.now();
let passed = 0;
let failed = 0;

/** Without it the rest means nothing. */
async function must(name: string, work: () => Promise<unknown>): Promise<void> {
  const before = failed;
  await step(name, work);
  if (failed > before) throw new Error(`${name}: nothing to go on with`);
}

async function step(name: string, work: () => Promise<unknown>): Promise<void> {
  const from = Date.now();
  try {
    await work();
    passed += 1;
    console.log(`ok      ${name} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** A browser for which the site's name leads to the front of the deployed API. */
class SiteBrowser extends Browser {
  private readonly front: string;

  constructor(front: string) {
    super();
    this.front = front;
  }

  override request(url: string, init: RequestInit = {}): Promise<Response> {
    return super.request(url.replace(SITE_URL, this.front), init);
  }
}

async function main(): Promise<void> {
  const emulator = await startEmulator();
  console.log(`emulator at ${emulator.endpoint} (${Date.now() - began} ms)`);
  const provider = await startProvider({ siteUrl: SITE_URL, clock: new LocalClock().memory });
  const closing: (() => Promise<void>)[] = [() => provider.close(), () => emulator.close()];
  try {
    await checks(emulator.endpoint, provider.issuer, closing);
  } catch (error) {
    if (failed === 0) failed += 1;
    console.log(String(error));
  } finally {
    for (const close of closing) await close();
  }
}

/** The emulator looks for `index.js` only, where Lambda takes `index.cjs` too: it gets the same bytes by both names. */
async function stageBundles(): Promise<string> {
  const folder = path.resolve('cdk.out/emulator-functions');
  await rm(folder, { recursive: true, force: true });
  await cp('dist/functions', folder, { recursive: true });
  for (const name of await readdir(folder)) {
    await cp(path.join(folder, name, 'index.cjs'), path.join(folder, name, 'index.js'));
  }
  return folder;
}

async function checks(endpoint: string, issuer: string, closing: (() => Promise<void>)[]): Promise<void> {
  const variables = { ISSUER: issuer, SITE_URL, BUNDLES: await stageBundles() };
  const cdk = (idle: string, ...args: string[]) => run(endpoint, { ...variables, IDLE: idle }, args);
  const app = ['--app', `${process.execPath} test/deploy/app.ts`, '--output', 'cdk.out/emulator'];
  const deploy = (idle: string) =>
    cdk(idle, 'deploy', STACK, ...app, '--require-approval', 'never', '--progress', 'events');
  await must('cdk bootstrap', () => cdk('6s', 'bootstrap', 'aws://000000000000/us-east-1'));
  await must('cdk deploy', () => deploy(`${IDLE_MS}ms`));

  const aws = new Aws(endpoint);
  const { ApiId, TableName, HeardUrl } = await aws.outputs(STACK);
  const front = await startFront(endpoint, ApiId!);
  closing.unshift(front.close);
  const events: Event[] = [];
  const listen = async () => void events.push(...((await aws.receive(HeardUrl!)) as Event[]));
  const browser = new SiteBrowser(front.url);
  const api = (path: string) => `${SITE_URL}/api${path}`;
  const status = async (of = browser) => {
    const reply = await of.request(api('/session'));
    return { reply, body: (await reply.json()) as Body };
  };
  let sessionId = '';

  await step('no cookie: 401 ERR_SESSION_MISSING, a problem document', async () => {
    const { reply, body } = await status();
    assert.deepEqual([reply.status, body.code], [401, 'ERR_SESSION_MISSING']);
    assert.match(reply.headers.get('content-type')!, /^application\/problem\+json/);
    assert.equal(reply.headers.get('cache-control'), 'no-store');
  });
  await step('a path and a method that are none: 404 and 405', async () => {
    assert.equal((await browser.request(api('/nothing'))).status, 404);
    assert.equal((await browser.request(api('/session'), { method: 'DELETE' })).status, 405);
  });
  await step('sign-in at the provider sets the session cookie, and no other kind of it', async () => {
    const reply = await signIn(browser, SITE_URL, 'demo', '/work');
    assert.equal(reply.status, 200);
    const cookie = reply.headers.getSetCookie().find((line) => line.startsWith('__Host-session='))!;
    assert.match(cookie, /^__Host-session=[\w-]{22}\.[\w-]{43}; /);
    for (const part of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict'])
      assert.ok(cookie.includes(part), part);
    assert.doesNotMatch(cookie, /Expires|Max-Age|Domain/i);
  });
  await step('status says who and until when, and extends nothing', async () => {
    const first = await status();
    assert.equal(first.reply.status, 200);
    assert.equal(first.body.subject, 'demo');
    assert.equal(first.body.idleTimeoutMs, IDLE_MS);
    sessionId = first.body.sessionId as string;
    assert.equal((await status()).body.expiresAt, first.body.expiresAt);
  });
  await step('touch moves the deadline; from another site it is refused', async () => {
    const before = (await status()).body.expiresAt as number;
    const touched = await browser.request(api('/session/touch'), post({ sessionId }));
    assert.equal(touched.status, 200, await touched.clone().text());
    assert.ok(((await touched.json()) as { expiresAt: number }).expiresAt > before);
    const headers = { 'sec-fetch-site': 'cross-site' };
    assert.equal((await browser.request(api('/session/touch'), post({ sessionId }, headers))).status, 403);
    const wrong = await browser.request(api('/session/touch'), post({ sessionId: 'x' }));
    assert.equal(wrong.status, 400);
  });
  await step('the beginning is announced on the bus', async () => {
    await until(async () => {
      await listen();
      return events.some(isAbout('Session Started', sessionId));
    }, 60);
  });
  await step('the scheduled sweep ends the idle session, and its end is announced once', async () => {
    await until(async () => {
      await listen();
      return events.some(isAbout('Session Ended', sessionId));
    }, 150);
    const ends = events.filter(isAbout('Session Ended', sessionId));
    assert.equal(new Set(ends.map(({ detail }) => detail.eventId)).size, 1);
    assert.equal(ends[0]!.detail.reason, 'idle');
    assert.ok((ends[0]!.detail.latenessMs as number) >= 0);
  });
  await step('whoever holds the old cookie is told why, and keeps the cookie', async () => {
    const { reply, body } = await status();
    assert.deepEqual([reply.status, body.code, body.reason], [401, 'ERR_SESSION_ENDED', 'idle']);
    assert.deepEqual(reply.headers.getSetCookie(), []);
  });
  await step('a request that meets the end before the sweep does is refused on time', async () => {
    const other = new SiteBrowser(front.url);
    await signIn(other, SITE_URL, 'alice');
    const { body } = await status(other);
    await wait(IDLE_MS + 300);
    const late = await status(other);
    assert.deepEqual([late.reply.status, late.body.reason], [401, 'idle']);
    assert.ok((late.body.endedAt as number) >= (body.idleExpiresAt as number));
  });
  const madeAt = await aws.tableCreatedAt(TableName!);
  await step('a second deployment, with a changed policy', () => deploy('30m'));
  await step('keeps the table and what is in it; new sessions follow the new policy', async () => {
    assert.deepEqual(await aws.tableCreatedAt(TableName!), madeAt);
    const rows = await aws.scan(TableName!);
    assert.ok(rows.some(({ pk }) => pk?.S === `session#${sessionId}`));
    assert.deepEqual((await status()).body.reason, 'idle');
    await signIn(browser, SITE_URL);
    assert.equal((await status()).body.idleTimeoutMs, 1_800_000);
  });
  await step('sign-out ends it, clears the cookie, and leads to the provider', async () => {
    const id = (await status()).body.sessionId;
    const reply = await browser.request(api('/session/sign-out'), post({ sessionId: id }));
    assert.equal(reply.status, 200);
    assert.match(((await reply.json()) as { signOutUrl: string }).signOutUrl, /\/session\/end\?/);
    assert.equal((await status()).body.code, 'ERR_SESSION_MISSING');
  });
  await step('cdk diff finds nothing left to do', async () => {
    assert.match(await cdk('30m', 'diff', STACK, ...app), /no differences/i);
  });
}

// biome-ignore lint/suspicious/noExplicitAny: replies are data, and the assertions say what is in them
type Body = Record<string, any>;

interface Event {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: Record<string, unknown>;
}

function isAbout(type: string, sessionId: string) {
  return (event: Event) =>
    event.source === 'curfew' && event['detail-type'] === type && event.detail.sessionId === sessionId;
}

function post(
  body: object,
  headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: SITE_URL, ...headers },
    body: JSON.stringify(body),
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s`);
    await wait(500);
  }
}

/** The CDK's own CLI, told of no other AWS than the emulator. @returns what it said */
function run(endpoint: string, variables: Record<string, string>, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...variables,
      AWS_ENDPOINT_URL: endpoint,
      // Bucket names as paths: a name under localhost resolves in browsers only.
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DEFAULT_ACCOUNT: '000000000000',
      CDK_DEFAULT_REGION: 'us-east-1',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`cdk ${args[0]} exited with ${code}:\n${output.slice(-4_000)}`)),
    );
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
