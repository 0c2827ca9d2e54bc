import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { last } from '../compat/releases.ts';
import { signIn } from '../support/sign-in.ts';
import { type Body, type Deployed, SITE_URL } from './deployed.ts';
import { step } from './steps.ts';

const IDLE_MS = 1_800_000;

/** What a browser holds of a session. */
interface Held {
  readonly sessionId: string;
  readonly secret: string;
}

/**
 * Rows that the last release's own code writes into the deployed table, as it did before an upgrade: a live session, and one
 * that has ended.
 *
 * @returns asks for both again, once something else was deployed
 */
export async function lastRelease(deployed: Deployed, endpoint: string): Promise<() => Promise<unknown>> {
  const client = emulated(endpoint);
  const options = { client, tableName: deployed.tableName, retentionMs: 86_400_000, dueShards: 16 };
  const store = last.createDynamoStore(options);
  const held: Held[] = [];
  const ask = (): Promise<Body[]> => Promise.all(held.map((one) => statusOf(deployed, one)));
  await step('a live session of the last release is answered and slides, an ended one says why', async () => {
    for (const subject of ['ada', 'grace']) held.push(await signedIn(store, subject));
    const [live, ended] = held;
    assert.ok(live && ended);
    await store.end({ sessionId: ended.sessionId, reason: 'signed-out', now: Date.now() });
    const [before, told] = await ask();
    assert.deepEqual([before?.subject, told?.reason], ['ada', 'signed-out']);
    const touched = await deployed.newBrowser().request(`${SITE_URL}/api/session/touch`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: SITE_URL,
        'sec-fetch-site': 'same-origin',
        cookie: cookie(live),
      },
      body: JSON.stringify({ sessionId: live.sessionId }),
    });
    assert.equal(touched.status, 200, await touched.clone().text());
    assert.ok(((await touched.json()) as Body).expiresAt > before?.expiresAt);
  });
  return async () => {
    await step(
      'after the second deployment they are as they were, until the command tightens them',
      async () => {
        const [live, told] = await ask();
        assert.deepEqual([live?.idleTimeoutMs, told?.reason], [IDLE_MS, 'signed-out']);
        const printed = await curfew(
          endpoint,
          'sessions',
          'tighten',
          '--idle',
          '10m',
          '--actor',
          'ops',
          '--table',
          deployed.tableName,
        );
        assert.match(printed, /^tightened [1-9]/);
        const [tightened] = await ask();
        assert.deepEqual([tightened?.subject, tightened?.idleTimeoutMs], ['ada', 600_000]);
      },
    );
    await step(
      'as after a roll-back, the last release goes on with a session that this one began',
      async () => {
        const browser = deployed.newBrowser();
        const reply = await signIn(browser, SITE_URL, 'alice');
        const [, value] = /^__Host-session=([^;]+)/m.exec(reply.headers.getSetCookie().join('\n')) ?? [];
        const credential = last.parseCredential(value);
        assert.ok(credential);
        const { expiresAt } = (await browser.status()).body;
        const now = Date.now() + 1_000;
        assert.equal((await last.touchSession({ store, now }, credential, 0)).written, true);
        assert.ok((await browser.status()).body.expiresAt > expiresAt);
        await last.endSession({ store, now }, credential, 'signed-out');
        assert.equal((await browser.status()).body.reason, 'signed-out');
      },
    );
  };
}

/** The table as it was, with what an emulator restores as little as DynamoDB does. */
export async function restoration({ aws, tableName }: Deployed, endpoint: string): Promise<void> {
  await step('the table is restored under another name, with its rows and a stream, and once', async () => {
    const to = `${tableName}-restored`;
    const argv = ['restore', '--table', tableName, '--to', to];
    assert.match(await curfew(endpoint, ...argv), /is ready\n {2}table +arn:.*\n {2}stream +arn:/);
    assert.equal((await aws.scan(to)).length, (await aws.scan(tableName)).length);
    assert.equal((await aws.table(to)).StreamSpecification?.StreamViewType, 'NEW_AND_OLD_IMAGES');
    await curfew(endpoint, ...argv);
  });
}

async function signedIn(store: ReturnType<typeof last.createDynamoStore>, subject: string): Promise<Held> {
  const now = Date.now();
  const policy = last.definePolicy({ idleTimeoutMs: IDLE_MS, absoluteTimeoutMs: 12 * 3_600_000 });
  const started = await last.startSession(
    { store, now },
    { subject, policy, randomBytes: (size) => crypto.getRandomValues(new Uint8Array(size)) },
  );
  const [, secret = ''] = started.cookieValue.split('.');
  return { sessionId: started.session.sessionId, secret };
}

const cookie = ({ sessionId, secret }: Held) => `__Host-session=${sessionId}.${secret}`;

async function statusOf(deployed: Deployed, held: Held): Promise<Body> {
  const headers = { cookie: cookie(held) };
  return (await (await deployed.newBrowser().request(`${SITE_URL}/api/session`, { headers })).json()) as Body;
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };

function emulated(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}

/** The command as a user runs it. @returns what it printed */
async function curfew(endpoint: string, ...argv: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['functions/admin/cli/main.ts', ...argv, '--endpoint', endpoint],
    { env: { PATH: process.env.PATH, ...CREDENTIALS } },
  );
  return stdout;
}
