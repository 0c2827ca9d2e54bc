import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Deployed, SITE_URL } from './deployed.ts';
import { step } from './steps.ts';

/** What a page loads later, of the release that it is of. */
export const PART = 'assets/part-of-the-first-release.js';
/** A page that the second release has. */
const NEWS = 'news.html';

/** Makes the site that is deployed first. @param folder the built one, which is changed */
export async function firstRelease(folder: string): Promise<void> {
  await writeFile(path.join(folder, PART), 'export {};');
}

/** Makes the site that is deployed next. */
export async function secondRelease(folder: string): Promise<void> {
  await rm(path.join(folder, PART));
  await writeFile(path.join(folder, NEWS), '<!doctype html><title>News</title>');
}

/** The site as the distribution gives it, which stands before the API as well. */
export async function site(deployed: Deployed): Promise<void> {
  const browser = deployed.newBrowser();
  const get = (where: string) => browser.request(`${SITE_URL}${where}`);
  await step('the distribution gives the page at each of its addresses, with its policy', async () => {
    const [page, route] = await Promise.all(['/', '/orders/today'].map(get));
    const text = await page!.text();
    assert.match(text, /<script[^>]* src="\/assets\/main-\w+\.js"/);
    assert.equal(await route!.text(), text);
    for (const { headers } of [page!, route!]) {
      assert.match(headers.get('content-type')!, /^text\/html/);
      assert.equal(headers.get('cache-control'), 'public, max-age=0, must-revalidate');
      assert.match(headers.get('content-security-policy')!, /^default-src 'none'; script-src 'self'/);
      assert.match(headers.get('strict-transport-security')!, /^max-age=31536000/);
    }
  });
  await step('its files are those that were built, beside the policy of the sessions', async () => {
    const [, script] = / src="(\/assets\/main-\w+\.js)"/.exec(await (await get('/')).text()) ?? [];
    const { status, headers } = await get(script!);
    assert.equal(status, 200);
    assert.match(headers.get('content-type')!, /javascript/);
    assert.equal((await get('/assets/none.js')).status, 403);
    const policy = (await (await get('/config.json')).json()) as { browserClose: string };
    assert.equal(policy.browserClose, 'cookie');
  });
  await step('the API answers nobody past the distribution, which leads to it', async () => {
    const past = await fetch(`${deployed.apiUrl}/api/session`);
    const { code } = (await past.json()) as { code: string };
    assert.deepEqual([past.status, code], [403, 'ERR_CROSS_SITE']);
    assert.equal((await get('/api/session')).status, 401);
  });
}

/** After the second deployment. */
export async function laterSite(deployed: Deployed): Promise<void> {
  await step('a new page is there at once, and what open pages may still load is left', async () => {
    const browser = deployed.newBrowser();
    assert.match(await (await browser.request(`${SITE_URL}/${NEWS}`)).text(), /News/);
    assert.equal((await browser.request(`${SITE_URL}/${PART}`)).status, 200);
  });
}
