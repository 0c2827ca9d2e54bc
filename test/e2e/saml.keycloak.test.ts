import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { createApp } from '../../examples/passport/app.ts';
import { type CurfewEvent, memoryStore } from '../../functions/server/server.ts';
import { sharedBrowser } from '../support/browsers.ts';
import type { TestBrowser, TestPage } from '../support/driver.ts';
import { hasKeycloak, Keycloak, USER } from '../support/keycloak.ts';
import { until } from '../support/until.ts';

/** The example of logins by passport, before a real SAML provider, in a browser that keeps the rules of `SameSite`. */
const ISSUER = 'https://app.example.com/saml';

const available = hasKeycloak();
if (!available) console.warn('skipped: there is no Keycloak; .ci/run brings it');

let keycloak: Keycloak;
let browser: TestBrowser;
let server: Server;
let siteUrl = '';
const events: CurfewEvent[] = [];

beforeAll(async () => {
  if (!available) return;
  const port = await freePort();
  siteUrl = `http://localhost:${port}`;
  const client = {
    clientId: ISSUER,
    protocol: 'saml',
    redirectUris: [`${siteUrl}/saml/acs`],
    attributes: {
      'saml.assertion.signature': 'true',
      'saml.server.signature': 'false',
      'saml.client.signature': 'false',
      'saml.force.post.binding': 'true',
      'saml.authnstatement': 'true',
    },
  };
  keycloak = await Keycloak.start([siteUrl], [client]);
  const descriptor = await (await fetch(`${keycloak.issuer}/protocol/saml/descriptor`)).text();
  const idpCert = /<ds:X509Certificate>([^<]+)/.exec(descriptor)?.[1] ?? '';
  const app = createApp(
    {
      findUser: async (name, password) => (password === USER.password ? { id: name, name } : undefined),
      saml: { entryPoint: `${keycloak.issuer}/protocol/saml`, idpCert, issuer: ISSUER },
      secret: 's'.repeat(32),
    },
    { siteUrl, store: memoryStore(), onEvent: (event) => void events.push(event) },
  );
  server = createServer(app).listen(port, 'localhost');
  browser = await sharedBrowser('chromium');
}, 300_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  await keycloak?.stop();
});

const isAt = (tab: TestPage, origin: string) =>
  until(origin, () => tab.evaluate((wanted) => location.origin === wanted, origin), 30_000);

/** The provider's form, filled in. */
async function authenticate(tab: TestPage): Promise<void> {
  await isAt(tab, new URL(keycloak.issuer).origin);
  await until('the form', () => tab.evaluate(() => document.querySelector('#kc-login') !== null), 30_000);
  // Asked again, it knows the name.
  if (await tab.evaluate(() => document.querySelector<HTMLInputElement>('#username')?.value === '')) {
    await tab.click('#username');
    await tab.type(USER.username);
  }
  await tab.click('#password');
  await tab.type(USER.password);
  await tab.press('Enter');
}

/** Who the page of the application is for. */
async function orderedBy(tab: TestPage): Promise<string> {
  await until('the orders', () => tab.evaluate(() => location.pathname === '/orders'), 30_000);
  return JSON.parse(await tab.evaluate(() => document.body.textContent ?? '')).orderedBy;
}

(available ? test : test.skip)(
  'its user signs in by a post from the provider’s site, supersedes what the browser had, and is asked each time',
  async () => {
    const context = await browser.context();
    const tab = await context.page();
    await tab.goto(`${siteUrl}/orders`);
    const status = await tab.evaluate(
      async (password) =>
        (
          await fetch('/login', {
            method: 'POST',
            body: new URLSearchParams({ username: 'grace', password }),
          })
        ).status,
      USER.password,
    );
    expect(status).toBe(200);
    await tab.goto(`${siteUrl}/orders`);
    expect(await orderedBy(tab)).toBe('grace');

    for (const _ of ['first', 'with the session that the provider has of its own']) {
      await tab.goto(`${siteUrl}/saml/login`);
      await authenticate(tab);
      await isAt(tab, siteUrl);
      expect(await orderedBy(tab)).toMatch(/^G-[\w-]{36}$/);
    }
    expect(events.map(({ type, detail }) => [type, 'reason' in detail ? detail.reason : undefined])).toEqual([
      ['Session Started', undefined],
      ['Session Started', undefined],
      ['Session Ended', 'superseded'],
      ['Session Started', undefined],
      ['Session Ended', 'superseded'],
    ]);
    await context.close();
  },
  120_000,
);
