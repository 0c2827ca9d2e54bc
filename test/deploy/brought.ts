import assert from 'node:assert/strict';
import { signIn } from '../support/sign-in.ts';
import { Aws } from './aws.ts';
import { type Cdk, STACK } from './cdk.ts';
import { type BusEvent, post, SITE_URL, SiteBrowser } from './deployed.ts';
import { startFront } from './front.ts';
import { step, until } from './steps.ts';

/** Deploys a service that takes what its stack has: users, API, bus, table, logs. Signs in, is guarded, signs out. */
export async function brought(cdk: Cdk, endpoint: string): Promise<void> {
  const stack = `${STACK}Brought`;
  const aws = new Aws(endpoint);
  const front = await startFront(endpoint);
  const browser = new SiteBrowser(front.url);
  let outputs: Record<string, string> = {};
  try {
    await step(
      'a service deploys with a user pool, an API, a bus, a table and a log group that are there',
      async () => {
        await cdk.deployBrought(stack);
        outputs = await aws.outputs(stack);
        front.leadTo(`${outputs.ApiId}.execute-api.localhost:${new URL(endpoint).port}`);
      },
    );
    await step('it answers at that API, and guards a handler there', async () => {
      assert.equal((await browser.status()).body.code, 'ERR_SESSION_MISSING');
      assert.equal((await browser.request(`${SITE_URL}/api/nothing`)).status, 404);
      assert.equal((await browser.request(`${SITE_URL}/api/notes`)).status, 401);
      await signIn(browser, SITE_URL, 'demo');
      assert.equal((await browser.status()).body.subject, 'demo');
      assert.equal((await browser.request(`${SITE_URL}/api/notes`)).status, 200);
    });
    await step('sign-out leads to the pool’s login, and the end is on that bus', async () => {
      const { sessionId } = (await browser.status()).body;
      const reply = await browser.request(`${SITE_URL}/api/session/sign-out`, post({ sessionId }));
      const { signOutUrl } = (await reply.json()) as { signOutUrl: string };
      assert.match(signOutUrl, /^https:\/\/login\.example\.com\/logout\?client_id=/);
      const ends: BusEvent[] = [];
      await until(async () => {
        ends.push(...((await aws.receive(outputs.HeardUrl!)) as BusEvent[]));
        return ends.some(({ detail }) => detail.sessionId === sessionId && detail.reason === 'signed-out');
      }, 60);
    });
    await step('the functions log into that log group', async () => {
      const named = { logGroupName: outputs.LogGroupName };
      const { logStreams } = await aws.json('logs', 'Logs_20140328.DescribeLogStreams', named, '1.1');
      assert.ok(logStreams.length > 0);
    });
  } finally {
    await front.close();
  }
}
