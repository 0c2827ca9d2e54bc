import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalRuntime, startLocal } from '../../../local/runtime.ts';
import { Browser, signIn } from '../../support/sign-in.ts';

let local: LocalRuntime;
beforeAll(async () => {
  local = await startLocal({ reuse: true });
}, 120_000);
afterAll(() => local?.close());

test('the application’s own API and table run beside the service: a note is saved, listed, rendered and its own', async () => {
  const { siteUrl } = local;
  const [browser, other] = [new Browser(), new Browser()];
  await signIn(browser, siteUrl, 'alice');
  await signIn(other, siteUrl, 'bob');
  const notes = async (of: Browser) => (await of.request(`${siteUrl}/api/notes`)).json();
  expect(await notes(browser)).toEqual({ notes: [] });

  const saved = await browser.post(`${siteUrl}/api/notes`, { text: 'The door was open.' });
  expect(saved.status).toBe(201);
  expect(await notes(browser)).toEqual({
    notes: [{ text: 'The door was open.', savedAt: expect.any(Number) }],
  });
  expect(await notes(other)).toEqual({ notes: [] });
  const page = await browser.request(`${siteUrl}/api/notes/page`);
  expect(await page.text()).toContain('<li>The door was open.</li>');

  await local.advance(15 * 60_000);
  expect((await browser.request(`${siteUrl}/api/notes`)).status).toBe(401);
  const ended = await browser.request(`${siteUrl}/api/notes/page`);
  expect(await ended.text()).toContain('There was no activity for a while');
});
