import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { close, listen } from '../../dev/machine/loopback.ts';
import { signIn } from '../support/sign-in.ts';
import { Aws } from './aws.ts';
import { type Cdk, STACK } from './cdk.ts';
import { SITE_URL, SiteBrowser } from './deployed.ts';
import { startFront } from './front.ts';
import { step } from './steps.ts';

const SHOP = `${STACK}Shop`;

/** Puts the service behind a distribution that was there, of another stack. */
export async function ownDistribution(cdk: Cdk, endpoint: string): Promise<void> {
  // Each page says its own path, as the distribution asks for it.
  const pages = createServer(({ url }, response) => response.end(url));
  const origin = await startFront(endpoint);
  const viewers = await startFront(endpoint, { 'x-forwarded-proto': 'https' });
  try {
    const ports = { ORIGIN_PORT: String(origin.port), PAGES_PORT: String(await listen(pages)) };
    await step('a distribution of one stack and the service of another deploy', () =>
      cdk.deployShop(SHOP, ports),
    );
    const aws = new Aws(endpoint);
    const [{ ApiId }, { DistributionName }] = [await aws.outputs(SHOP), await aws.outputs(`${SHOP}Front`)];
    origin.leadTo(`${ApiId}.execute-api.localhost:${new URL(endpoint).port}`);
    viewers.leadTo(DistributionName!);
    await asked(new SiteBrowser(viewers.url), origin.url);
  } finally {
    await Promise.all([origin.close(), viewers.close(), close(pages)]);
  }
}

async function asked(browser: SiteBrowser, apiUrl: string): Promise<void> {
  const text = async (path: string) => (await browser.request(`${SITE_URL}${path}`)).text();
  await step('it gives its pages as before, and the one document for each of their routes', async () => {
    assert.equal(await text('/styles.css'), '/styles.css');
    assert.equal(await text('/orders/today'), '/index.html');
  });
  await step('it leads to the API, which answers nobody past it', async () => {
    assert.equal((await fetch(`${apiUrl}/api/session`)).status, 403);
    const { reply, body } = await browser.status();
    assert.deepEqual([reply.status, body.code], [401, 'ERR_SESSION_MISSING']);
    assert.equal(reply.headers.get('strict-transport-security'), 'max-age=31536000');
  });
  await step('users sign in, and a page’s script is challenged for the mark', async () => {
    assert.equal((await signIn(browser, SITE_URL)).status, 200);
    assert.equal((await browser.status()).reply.status, 200);
    const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' };
    const marked = await browser.request(`${SITE_URL}/api/mark`, { headers });
    assert.equal(marked.status, 401);
    assert.match(marked.headers.get('www-authenticate')!, /^Basic /);
  });
}
