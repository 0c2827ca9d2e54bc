import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestContext, TestPage } from '../support/driver.ts';
import { until } from '../support/until.ts';

describe('the local runtime, in WebKit', () => {
  let browser: TestBrowser;
  let runtimes: LocalRuntime[];
  let folder: string;
  let context: TestContext;
  let tab: TestPage;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'curfew-https-'));
    const start = { reuse: true, context: { 'curfew:browserClose': 'run' } };
    runtimes = [
      await startLocal({ ...start, certificateFile: path.join(folder, 'localhost.json') }),
      await startLocal(start),
    ];
    browser = await sharedBrowser('webkit');
  }, 120_000);
  afterAll(async () => {
    await Promise.all((runtimes ?? []).map((runtime) => runtime.close()));
    await rm(folder, { recursive: true });
    await browser?.close();
  });
  beforeEach(async () => {
    context = await browser.context();
    tab = await context.page();
  });
  afterEach(() => context.close());

  const text = () => tab.evaluate(() => document.body.innerText);

  test('by https a user signs in at the provider, and works', async () => {
    const [{ siteUrl, issuer }] = runtimes as [LocalRuntime];
    await tab.goto(`${siteUrl}/api/auth/sign-in`);
    await until('the form', async () => (await tab.evaluate(() => location.origin)) === issuer);
    await tab.click('#login');
    await tab.type('demo');
    await tab.click('#password');
    await tab.type('demo');
    await tab.click('button');
    await until('the work', () => tab.evaluate(() => document.body.dataset.view === 'work'));
    expect(await tab.evaluate(() => location.origin)).toBe(siteUrl);
    // Until the session is bound to this run, which the demo asks for, the browser does not show the mark yet.
    await until('the session', () => tab.evaluate(async () => (await fetch('/api/session')).ok));
  });

  test('by http it keeps no cookie, and a page says what to do before anybody types a password', async () => {
    const [, { siteUrl }] = runtimes as [LocalRuntime, LocalRuntime];
    await tab.goto(`${siteUrl}/api/auth/sign-in`);
    expect(await text()).toContain('This browser keeps no cookies of this site');
    expect(await text()).toContain('npm start -- --https');
    expect(await tab.evaluate(() => location.origin)).toBe(siteUrl);
  });
});
