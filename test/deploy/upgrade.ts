import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { unpackAssembly } from '../compat/last-assembly.ts';
import { signIn } from '../support/sign-in.ts';
import { adapt } from './assembly.ts';
import { Aws } from './aws.ts';
import type { Cdk } from './cdk.ts';
import { post, SITE_URL, SiteBrowser } from './deployed.ts';
import { type Front, startFront } from './front.ts';
import { resourcesOf } from './stacks.ts';
import { step } from './steps.ts';

/** The demo's stack in production. */
const DEMO = 'Curfew';
const LAST = 'cdk.out/emulator-last';
const NEXT = 'cdk.out/emulator-next';
/** Kinds of what has to stay the one that it is: it holds data, or an address that users and providers know. */
const LASTING =
  /GlobalTable$|UserPool(?:Client|Domain)?$|Secret$|Bucket$|SQS::Queue$|Distribution$|ApiGatewayV2::Api$/;

/** Deploys the demo of the last release, updates it to this one, and goes back, with sessions that live on. */
export async function upgrade(cdk: Cdk, endpoint: string, issuer: string): Promise<void> {
  const aws = new Aws(endpoint);
  const origin = await startFront(endpoint);
  const viewers = await startFront(endpoint, { 'x-forwarded-proto': 'https' });
  const [early, late] = [new SiteBrowser(viewers.url), new SiteBrowser(viewers.url)];
  const known = { issuer, siteUrl: SITE_URL, originPort: origin.port };
  let deployed = '';
  const deploy = async (folder: string) => {
    await adapt(folder, known);
    const template = await readFile(path.join(folder, `${DEMO}.template.json`), 'utf8');
    // Right after a release, the last one and this one are the same.
    assert.equal(/no changes/.test(await cdk.deployAssembly(folder)), template === deployed);
    deployed = template;
    lead(await aws.outputs(DEMO), origin, viewers);
  };
  const lasting = async () =>
    [...(await resourcesOf(aws, DEMO))].filter(([, { type }]) => LASTING.test(type));
  try {
    let before: Awaited<ReturnType<typeof lasting>> = [];
    await step('the last release’s own template deploys, and a user signs in', async () => {
      await rm(LAST, { recursive: true, force: true });
      await unpackAssembly(LAST);
      await deploy(LAST);
      before = await lasting();
      await signsIn(early, 'demo');
    });
    const isKept = async () => {
      const after = new Map(await lasting());
      assert.ok(before.length > 7);
      for (const [logicalId, made] of before)
        assert.deepEqual([logicalId, after.get(logicalId)], [logicalId, made]);
    };
    await step('it is updated to this release, and what holds data or an address stays', async () => {
      await cdk.synthesizeDemo(NEXT);
      await deploy(NEXT);
      await isKept();
    });
    await step('the session lives on and slides, and others begin', async () => {
      await slides(early);
      await signsIn(late, 'alice');
    });
    await step('it is taken back to the last release, and that stays too', async () => {
      await deploy(LAST);
      await isKept();
    });
    await step('both sessions live on and slide, and one signs out', async () => {
      await slides(early);
      await slides(late);
      const { sessionId } = (await late.status()).body;
      const held = late.sessionCookie();
      const signedOut = await late.request(`${SITE_URL}/api/session/sign-out`, post({ sessionId }));
      assert.equal(signedOut.status, 200);
      const { body } = await new SiteBrowser(viewers.url).status(held);
      assert.equal(body.reason, 'signed-out');
    });
  } finally {
    await Promise.all([origin.close(), viewers.close()]);
  }
}

/** Leads viewers to the distribution, and the distribution to the API. */
function lead(outputs: Record<string, string>, origin: Front, viewers: Front): void {
  origin.leadTo(new URL(outputs.ApiUrl!).host);
  viewers.leadTo(new URL(outputs.DistributionUrl!).host);
}

async function signsIn(browser: SiteBrowser, user: string): Promise<void> {
  const reply = await signIn(browser, SITE_URL, user);
  assert.equal(reply.status, 200, await reply.clone().text());
  assert.equal((await browser.status()).body.subject, user);
}

async function slides(browser: SiteBrowser): Promise<void> {
  const { reply, body } = await browser.status();
  assert.equal(reply.status, 200, JSON.stringify(body));
  const touched = await browser.request(`${SITE_URL}/api/session/touch`, post({ sessionId: body.sessionId }));
  assert.equal(touched.status, 200, await touched.clone().text());
  assert.ok(((await touched.json()) as { expiresAt: number }).expiresAt > body.expiresAt);
}
