import assert from 'node:assert/strict';
import { signIn } from '../support/sign-in.ts';
import { Aws } from './aws.ts';
import { type Cdk, STACK } from './cdk.ts';
import { type Deployed, openDeployed, post, SITE_URL, type SiteBrowser } from './deployed.ts';
import { startFront } from './front.ts';
import { step, until } from './steps.ts';

const STAGING = `${STACK}Staging`;
const ELSEWHERE = 'eu-central-1';
const IDLE_MS = 1_800_000;
const USER = 'alice';

/** Deploys another stage into the same account and region, and the first one into another region. */
export async function stages(cdk: Cdk, endpoint: string, deployed: Deployed): Promise<void> {
  const first = await new Aws(endpoint).outputs(STACK);
  const origin = await startFront(endpoint);
  let staging: Deployed | undefined;
  try {
    await step('a second stage deploys beside the first, with a bus and a name of its own', async () => {
      await cdk.deploy(IDLE_MS, { stack: STAGING, originPort: origin.port });
      staging = await openDeployed(endpoint, origin, STAGING);
      const second = await new Aws(endpoint).outputs(STAGING);
      for (const output of ['BusName', 'ServiceName', 'TableName', 'ApiId']) {
        assert.ok(first[output] && second[output], output);
        assert.notEqual(first[output], second[output], output);
      }
    });
    if (staging) await apart(deployed, staging);
  } finally {
    await Promise.all([staging?.close(), origin.close()]);
  }
  await step('the first stage deploys into a second region', async () => {
    await cdk.bootstrap(ELSEWHERE);
    await cdk.deploy(IDLE_MS, { region: ELSEWHERE });
    const there = await new Aws(endpoint, ELSEWHERE).outputs(STACK);
    assert.notEqual(there.ApiId, first.ApiId);
    assert.equal(there.ServiceName, first.ServiceName);
  });
}

/** One user of one provider, signed in at both stages. */
async function apart(first: Deployed, second: Deployed): Promise<void> {
  const [here, there] = [first.newBrowser(), second.newBrowser()];
  const ids: string[] = [];
  await step('a user signs in at both stages, and a session of one is none at the other', async () => {
    for (const browser of [here, there]) {
      await signIn(browser, SITE_URL, USER);
      const { body } = await browser.status();
      assert.equal(body.subject, USER);
      ids.push(body.sessionId);
    }
    const elsewhere = [
      await second.newBrowser().status(here.sessionCookie()),
      await first.newBrowser().status(there.sessionCookie()),
    ];
    for (const { body } of elsewhere) assert.equal(body.code, 'ERR_SESSION_UNKNOWN');
    assert.deepEqual(await listed(there), [ids[1]]);
    assert.ok(!(await listed(here)).includes(ids[1]!));
  });
  await step('each beginning is on the bus of its own stage, under the name of its service', async () => {
    for (const [i, stage] of [first, second].entries()) {
      const begun = () => stage.eventsAbout(ids[i]!, 'Session Started');
      await until(async () => (await begun()).length > 0, 60);
      for (const { detail } of await begun()) assert.equal(detail.service, stage.serviceName);
    }
    assert.deepEqual(await first.eventsAbout(ids[1]!, 'Session Started'), []);
    assert.deepEqual(await second.eventsAbout(ids[0]!, 'Session Started'), []);
  });
  await step('ending everywhere in one leaves the other, and a sign-in that is under way there', async () => {
    const later = second.newBrowser();
    const { headers } = await later.request(`${SITE_URL}/api/auth/sign-in`);
    const all = post({ sessionId: ids[0], target: 'all' });
    assert.equal((await here.request(`${SITE_URL}/api/sessions/revoke`, all)).status, 200);
    assert.equal((await here.status()).body.reason, 'revoked');
    assert.equal((await there.status()).reply.status, 200);
    await later.request((await later.authenticate(headers.get('location')!, USER)).href);
    assert.equal((await later.status()).body.subject, USER);
    await until(async () => (await first.eventsAbout(ids[0]!, 'Session Ended')).length > 0, 60);
    assert.deepEqual(await second.eventsAbout(ids[0]!, 'Session Ended'), []);
  });
}

async function listed(browser: SiteBrowser): Promise<string[]> {
  const { sessions } = (await (await browser.request(`${SITE_URL}/api/sessions`)).json()) as {
    sessions: { sessionId: string }[];
  };
  return sessions.map(({ sessionId }) => sessionId);
}
