import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { signXml } from '@node-saml/node-saml/lib/xml.js';
import { memoryStore } from 'curfew/server';
import { createApp } from './app.ts';

const siteUrl = 'http://localhost:3000';
const ISSUER = 'https://app.example.com/saml';
/** A provider, as far as its signature goes. */
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const logins = {
  secret: 's'.repeat(32),
  saml: { entryPoint: 'https://id.example.com/sso', idpCert: keys.publicKey, issuer: ISSUER },
  findUser: async (name: string, password: string) =>
    name === 'ada' && password === 'correct horse' ? { id: 'ada', name: 'ada' } : undefined,
};
const app = createApp(logins, { siteUrl, store: memoryStore() });
// Or Express prints what the tests make fail.
app.set('env', 'test');
const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
after(() => server.close());
const { port } = server.address() as AddressInfo;
const ask = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init });
const cookieOf = ({ headers }: Response, name: string) =>
  headers
    .getSetCookie()
    .map((text) => text.split(';')[0] ?? '')
    .find((pair) => pair.startsWith(`${name}=`)) ?? '';
const orders = async (cookie: string) => {
  const response = await ask('/orders', { headers: { cookie } });
  const { orderedBy, reason } = await response.json();
  return orderedBy ?? reason ?? response.status;
};

const login = (password: string, site = 'same-origin') =>
  ask('/login', {
    method: 'POST',
    headers: { 'sec-fetch-site': site },
    body: new URLSearchParams({ username: 'ada', password }),
  });

/** Leaves for the provider: what it is asked, and what the browser keeps meanwhile. */
async function leave(cookie = '') {
  const response = await ask('/saml/login', { headers: { cookie } });
  const { searchParams } = new URL(response.headers.get('location') ?? '');
  const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  return {
    xml,
    requestId: /ID="([^"]+)"/.exec(xml)?.[1] ?? '',
    relayState: searchParams.get('RelayState') ?? '',
    cookie: cookieOf(response, '__Host-saml'),
  };
}

/** The provider's response, signed. */
function responseFor(subject: string, requestId: string): string {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const assertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>https://id.example.com</saml:Issuer><saml:Subject><saml:NameID>${subject}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="${requestId}" NotOnOrAfter="${at(60_000)}" Recipient="${siteUrl}/saml/acs"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(-5_000)}" NotOnOrAfter="${at(60_000)}"><saml:AudienceRestriction><saml:Audience>${ISSUER}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at(0)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement></saml:Assertion>`;
  const response = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(0)}" InResponseTo="${requestId}"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertion}</samlp:Response>`;
  const where = "//*[local-name(.)='Assertion']";
  const signed = signXml(
    response,
    where,
    { reference: `${where}/*[local-name(.)='Issuer']`, action: 'after' },
    { privateKey: keys.privateKey, signatureAlgorithm: 'sha256', digestAlgorithm: 'sha256' },
  );
  return Buffer.from(signed).toString('base64');
}

/** The form that the provider's page posts: from another site, so that no `Strict` cookie comes along. */
const answer = (SAMLResponse: string, RelayState: string, cookie: string) =>
  ask('/saml/acs', {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site', cookie },
    body: new URLSearchParams({ SAMLResponse, RelayState }),
  });

test('passport-local proves the user of a form, and of no form of another site', async () => {
  assert.equal((await login('battery staple')).status, 401);
  assert.equal((await login('correct horse', 'cross-site')).status, 403);
  assert.equal(await orders(cookieOf(await login('correct horse'), '__Host-session')), 'ada');
});

test('SAML proves the user in a post from another site, and supersedes the session that the browser had', async () => {
  const before = cookieOf(await login('correct horse'), '__Host-session');
  const { xml, requestId, relayState, cookie } = await leave(before);
  assert.match(xml, /ForceAuthn="true"/);
  const response = await answer(responseFor('grace', requestId), relayState, cookie);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /location\.replace\("\/orders"\)/);
  assert.equal(cookieOf(response, '__Host-saml'), '__Host-saml=');
  assert.equal(await orders(cookieOf(response, '__Host-session')), 'grace');
  assert.equal(await orders(before), 'superseded');
});

test('a response that somebody else’s browser was given signs nobody in', async () => {
  const [attacker, visitor] = [await leave(), await leave()];
  const response = responseFor('mallory', attacker.requestId);
  const { cookie } = visitor;
  for (const [relayState, browser] of [
    [attacker.relayState, cookie],
    [attacker.relayState, ''],
    ['', ''],
    [visitor.relayState, `${cookie.slice(0, -3)}AAA`],
  ] as const) {
    assert.equal((await answer(response, relayState, browser)).status, 403);
  }
  assert.equal((await ask('/saml/acs', { method: 'POST', headers: { cookie } })).status, 403);
});

test('a response counts once, only unchanged, and only where it was asked for', async () => {
  const refused = async (response: Response) => {
    assert.notEqual(response.status, 200);
    assert.equal(cookieOf(response, '__Host-session'), '');
  };
  const first = await leave();
  const given = responseFor('grace', first.requestId);
  const changed = Buffer.from(Buffer.from(given, 'base64').toString().replace('grace', 'mallory'));
  await refused(await answer(changed.toString('base64'), first.relayState, first.cookie));
  await refused(await answer(responseFor('grace', '_unasked'), first.relayState, first.cookie));
  const second = await leave();
  const response = responseFor('grace', second.requestId);
  assert.equal((await answer(response, second.relayState, second.cookie)).status, 200);
  await refused(await answer(response, second.relayState, second.cookie));
});
