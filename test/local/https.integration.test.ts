import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { Browser, signIn } from '../support/sign-in.ts';

/** The deployed code over the local runtime, by https. */
let runtime: LocalRuntime;
let folder: string;
const fileOf = () => path.join(folder, 'localhost.json');
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'curfew-https-'));
  runtime = await startLocal({ reuse: true, certificateFile: fileOf() });
}, 120_000);
afterAll(async () => {
  await runtime?.close();
  await rm(folder, { recursive: true });
});

test('whoever trusts the kept certificate reaches the site by its name', async () => {
  const { cert } = JSON.parse(await readFile(fileOf(), 'utf8'));
  expect(runtime.siteUrl).toMatch(/^https:\/\/localhost:\d+$/);
  const status = await new Promise((resolve, reject) => {
    const agent = new Agent({ ca: cert, keepAlive: false });
    get(`${runtime.siteUrl}/config.json`, { agent }, (reply) => resolve(reply.resume().statusCode)).on(
      'error',
      reject,
    );
  });
  expect(status).toBe(200);
});

test('a user signs in: the provider sends the browser back by https, and the session’s cookie is for it', async () => {
  const browser = new Browser();
  const begun = await browser.request(`${runtime.siteUrl}/api/auth/sign-in?returnTo=/work`);
  const provider = new URL(begun.headers.get('location')!);
  expect(provider.searchParams.get('redirect_uri')).toBe(`${runtime.siteUrl}/api/auth/callback`);
  const callback = await signIn(browser, runtime.siteUrl);
  const [cookie] = callback.headers.getSetCookie().filter((line) => line.startsWith('__Host-session='));
  expect(cookie).toMatch(/; Secure/);
  expect((await browser.request(`${runtime.siteUrl}/api/session`)).status).toBe(200);
});

test('signing out leads back from the provider by https', async () => {
  const browser = new Browser();
  await signIn(browser, runtime.siteUrl);
  const { sessionId } = await (await browser.request(`${runtime.siteUrl}/api/session`)).json();
  const reply = await browser.post(`${runtime.siteUrl}/api/session/sign-out`, { sessionId });
  const { signOutUrl } = await reply.json();
  expect(new URL(signOutUrl).searchParams.get('post_logout_redirect_uri')).toBe(`${runtime.siteUrl}/`);
});
