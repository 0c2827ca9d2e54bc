import assert from 'node:assert/strict';
import { LocalClock } from '../../local/clock.ts';
import { startProvider } from '../../local/provider/provider.ts';
import { signIn } from '../support/sign-in.ts';
import { brought } from './brought.ts';
import { type Cdk, createCdk } from './cdk.ts';
import { commands } from './commands.ts';
import { type Deployed, openDeployed, post, SITE_URL, type SiteBrowser } from './deployed.ts';
import { startEmulator } from './emulator.ts';
import { startFront } from './front.ts';
import { lastRelease, restoration } from './last-release.ts';
import { ownDistribution } from './own-distribution.ts';
import { removal } from './removal.ts';
import { firstRelease, laterSite, secondRelease, site } from './site.ts';
import { stages } from './stages.ts';
import { counts, must, step, until, wait } from './steps.ts';
import { upgrade } from './upgrade.ts';

/**
 * Deploys the construct and the demo's API with the CDK CLI, unmodified, to an emulator of AWS, and asks the deployed
 * API what the contract promises. The provider is a real one; time is real too, so the idle timeout is short.
 */
const IDLE_MS = 6_000;
const LATER_IDLE_MS = 1_800_000;
const began = Date.now();

async function main(): Promise<void> {
  const emulator = await startEmulator();
  console.log(`emulator at ${emulator.endpoint} (${Date.now() - began} ms)`);
  const provider = await startProvider({ siteUrl: SITE_URL, clock: new LocalClock().memory });
  const origin = await startFront(emulator.endpoint);
  const closing: (() => Promise<void>)[] = [
    () => origin.close(),
    () => provider.close(),
    () => emulator.close(),
  ];
  try {
    const cdk = await createCdk(emulator.endpoint, {
      ISSUER: provider.issuer,
      SITE_URL,
      ORIGIN_PORT: String(origin.port),
    });
    await firstRelease(cdk.site);
    await must('cdk bootstrap', () => cdk.bootstrap());
    await must('cdk deploy', () => cdk.deploy(IDLE_MS));
    const deployed = await openDeployed(emulator.endpoint, origin);
    closing.unshift(() => deployed.close());
    const browser = deployed.newBrowser();
    await site(deployed);
    await withoutSession(browser);
    const sessionId = await live(browser, deployed);
    await expiry(browser, deployed, sessionId);
    const askLastRelease = await lastRelease(deployed, emulator.endpoint);
    const finishAfterRotation = await rotation(deployed);
    await secondDeployment(browser, deployed, cdk, sessionId);
    await laterSite(deployed);
    await finishAfterRotation();
    await askLastRelease();
    await restoration(deployed, emulator.endpoint);
    await commands(deployed, cdk.site, emulator.endpoint);
    await ownDistribution(cdk, emulator.endpoint);
    await stages(cdk, emulator.endpoint, deployed);
    await brought(cdk, emulator.endpoint);
    await upgrade(cdk, emulator.endpoint, provider.issuer);
    await removal(cdk, emulator.endpoint);
  } catch (error) {
    if (counts.failed === 0) counts.failed += 1;
    console.log(String(error));
  } finally {
    for (const close of closing) await close();
  }
}

const api = (path: string) => `${SITE_URL}/api${path}`;

async function withoutSession(browser: SiteBrowser): Promise<void> {
  await step('no cookie: 401 ERR_SESSION_MISSING, a problem document', async () => {
    const { reply, body } = await browser.status();
    assert.deepEqual([reply.status, body.code], [401, 'ERR_SESSION_MISSING']);
    assert.match(reply.headers.get('content-type')!, /^application\/problem\+json/);
    assert.equal(reply.headers.get('cache-control'), 'no-store');
  });
  await step('a path and a method that are none: 404 and 405', async () => {
    assert.equal((await browser.request(api('/nothing'))).status, 404);
    assert.equal((await browser.request(api('/session'), { method: 'DELETE' })).status, 405);
  });
}

/** @returns the id of the session that was started */
async function live(browser: SiteBrowser, deployed: Deployed): Promise<string> {
  let sessionId = '';
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
    const first = await browser.status();
    assert.equal(first.reply.status, 200);
    assert.equal(first.body.subject, 'demo');
    assert.equal(first.body.idleTimeoutMs, IDLE_MS);
    sessionId = first.body.sessionId;
    assert.equal((await browser.status()).body.expiresAt, first.body.expiresAt);
  });
  await step('touch moves the deadline; from another site it is rejected', async () => {
    const before: number = (await browser.status()).body.expiresAt;
    const touched = await browser.request(api('/session/touch'), post({ sessionId }));
    assert.equal(touched.status, 200, await touched.clone().text());
    assert.ok(((await touched.json()) as { expiresAt: number }).expiresAt > before);
    const headers = { 'sec-fetch-site': 'cross-site' };
    assert.equal((await browser.request(api('/session/touch'), post({ sessionId }, headers))).status, 403);
    const wrong = await browser.request(api('/session/touch'), post({ sessionId: 'x' }));
    assert.equal(wrong.status, 400);
  });
  await step(
    'the application’s own API saves and lists behind the guard, in a table of its own',
    async () => {
      const saved = await browser.request(api('/notes'), post({ text: 'The door was open.' }));
      assert.equal(saved.status, 201, await saved.clone().text());
      const { notes } = (await (await browser.request(api('/notes'))).json()) as {
        notes: { text: string }[];
      };
      assert.deepEqual(
        notes.map(({ text }) => text),
        ['The door was open.'],
      );
      assert.equal((await deployed.newBrowser().request(api('/notes'))).status, 401);
    },
  );
  await step('the beginning is announced on the bus', () =>
    until(async () => (await deployed.eventsAbout(sessionId, 'Session Started')).length > 0, 60),
  );
  return sessionId;
}

async function expiry(browser: SiteBrowser, deployed: Deployed, sessionId: string): Promise<void> {
  await step('the scheduled sweep ends the idle session, and its end is announced once', async () => {
    const ends = () => deployed.eventsAbout(sessionId, 'Session Ended');
    await until(async () => (await ends()).length > 0, 150);
    const [first, ...more] = await ends();
    assert.equal(first?.detail.reason, 'idle');
    assert.ok(Number(first?.detail.latenessMs) >= 0);
    for (const { detail } of more) assert.equal(detail.eventId, first?.detail.eventId);
  });
  await step('whoever holds the old cookie is told why, and keeps the cookie', async () => {
    const { reply, body } = await browser.status();
    assert.deepEqual([reply.status, body.code, body.reason], [401, 'ERR_SESSION_ENDED', 'idle']);
    assert.deepEqual(reply.headers.getSetCookie(), []);
  });
  await step('a request that meets the end before the sweep does is rejected on time', async () => {
    const other = deployed.newBrowser();
    await signIn(other, SITE_URL, 'alice');
    const { body } = await other.status();
    await wait(IDLE_MS + 300);
    const late = await other.status();
    assert.deepEqual([late.reply.status, late.body.reason], [401, 'idle']);
    assert.ok(late.body.endedAt >= body.idleExpiresAt);
  });
}

/**
 * Rotates the service secret while a sign-in is under way.
 *
 * @returns finishes it, once the functions have started anew
 */
async function rotation({ aws, newBrowser, serviceSecretArn }: Deployed): Promise<() => Promise<unknown>> {
  const begin = async (browser: SiteBrowser) => {
    const { headers } = await browser.request(api('/auth/sign-in'));
    const provider = headers.get('location')!;
    return { provider, version: new URL(provider).searchParams.get('state')!.split('.')[0] };
  };
  const browser = newBrowser();
  const { provider, version } = await begin(browser);
  await aws.rotate(serviceSecretArn);
  return () =>
    step('a rotated service secret seals anew, and finishes a sign-in that was under way', async () => {
      assert.notEqual((await begin(newBrowser())).version, version);
      const callback = await browser.authenticate(provider);
      const cookies = (await browser.request(callback.href)).headers.getSetCookie();
      assert.ok(cookies.some((line) => line.startsWith('__Host-session=')));
    });
}

async function secondDeployment(
  browser: SiteBrowser,
  { aws, tableName }: Deployed,
  cdk: Cdk,
  endedId: string,
): Promise<void> {
  const { CreationDateTime: madeAt } = await aws.table(tableName);
  await secondRelease(cdk.site);
  await step('a second deployment, with a changed policy and another site', () => cdk.deploy(LATER_IDLE_MS));
  await step('keeps the table and what is in it; new sessions follow the new policy', async () => {
    assert.deepEqual((await aws.table(tableName)).CreationDateTime, madeAt);
    const rows = await aws.scan(tableName);
    assert.ok(rows.some(({ pk }) => pk?.S === `session#${endedId}`));
    assert.equal((await browser.status()).body.reason, 'idle');
    await signIn(browser, SITE_URL);
    assert.equal((await browser.status()).body.idleTimeoutMs, LATER_IDLE_MS);
  });
  await step('sign-out ends it, clears the cookie, and leads to the provider', async () => {
    const { sessionId } = (await browser.status()).body;
    const reply = await browser.request(api('/session/sign-out'), post({ sessionId }));
    assert.equal(reply.status, 200);
    assert.match(((await reply.json()) as { signOutUrl: string }).signOutUrl, /\/session\/end\?/);
    assert.equal((await browser.status()).body.code, 'ERR_SESSION_MISSING');
  });
  await step('cdk diff finds nothing left to do', async () => {
    assert.match(await cdk.diff(LATER_IDLE_MS), /no differences/i);
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
