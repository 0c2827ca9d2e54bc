import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '../../dev/machine/loopback.ts';
import { type Curfew, createCurfew, memoryStore } from '../../functions/server/server.ts';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { CLIENT, hasKeycloak, Keycloak, logIn, submit, visit } from '../support/keycloak.ts';
import { type Served, serve } from '../support/serve.ts';
import { Browser } from '../support/sign-in.ts';

/** The whole of a sign-in, by the functions that are deployed, at a Keycloak as it is installed. */
jest.setTimeout(120_000);

const available = hasKeycloak();
if (!available) console.warn('skipped: there is no Keycloak; .ci/run brings it');

let keycloak: Keycloak;
let runtime: LocalRuntime;
/** The same in this process, whose clock can be set. */
let own: Served;
let curfew: Curfew;

beforeAll(async () => {
  if (!available) return;
  const port = await freePort();
  own = await serve((request) => curfew.handle(request));
  keycloak = await Keycloak.start([`http://localhost:${port}`, own.origin]);
  const identity = { issuer: keycloak.issuer, ...CLIENT };
  runtime = await startLocal({ reuse: true, port, identity });
  const logger = { info: () => undefined, error: () => undefined };
  const options = { store: memoryStore(), siteUrl: own.origin, secret: 's'.repeat(32), logger };
  curfew = createCurfew({ ...options, identity });
}, 300_000);
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  await runtime?.close();
  await own?.close();
  await keycloak?.stop();
});

const MINUTE = 60_000;
const deviceNow = Date.now;

/** Sets the clock of this process, by how much it is ahead of the provider's, ms. */
function setClock(aheadMs: number): void {
  jest.restoreAllMocks();
  jest.spyOn(Date, 'now').mockImplementation(() => deviceNow() + aheadMs);
}

/** Where the site sends a browser that signs in. */
async function begin(browser: Browser, site = runtime.siteUrl): Promise<string> {
  const { status, headers } = await browser.request(`${site}/api/auth/sign-in?returnTo=%2F`);
  return headers.get('location') ?? `no redirect: ${status}`;
}

/** Signs in. @returns the callback's reply */
async function signIn(browser: Browser, site = runtime.siteUrl): Promise<Response> {
  const back = await logIn(browser, await visit(browser, await begin(browser, site)));
  return browser.request(back.url.href);
}

const session = (browser: Browser, site = runtime.siteUrl) => browser.request(`${site}/api/session`);
/** The code with which a sign-in failed. */
const errorOf = async (reply: Response) => /[?&]error=(\w+)/.exec(await reply.text())?.[1];

(available ? describe : describe.skip)('at Keycloak', () => {
  test('a confidential client signs in, and the user has name and address', async () => {
    const browser = new Browser();
    expect((await signIn(browser)).status).toBe(200);
    const { user } = await (await session(browser)).json();
    expect(user).toEqual({ name: 'Ada Lovelace', email: 'ada@example.com' });
  });

  test('whoever is signed in at the provider is asked for the password again, and supersedes the session', async () => {
    const browser = new Browser();
    await signIn(browser);
    const first = browser.cookie(runtime.siteUrl, '__Host-session') ?? '';
    const page = await visit(browser, await begin(browser));
    expect(page.form).toBeDefined();
    const back = await logIn(browser, page);
    expect((await browser.request(back.url.href)).status).toBe(200);
    expect(browser.cookie(runtime.siteUrl, '__Host-session')).not.toBe(first);
    const old = await fetch(`${runtime.siteUrl}/api/session`, {
      headers: { cookie: `__Host-session=${first}` },
    });
    expect(await old.json()).toMatchObject({ code: 'ERR_SESSION_ENDED', reason: 'superseded' });
  });

  async function signOut(browser: Browser): Promise<string> {
    const { sessionId } = await (await session(browser)).json();
    const reply = await browser.post(`${runtime.siteUrl}/api/session/sign-out`, { sessionId });
    return (await reply.json()).signOutUrl;
  }

  test('a sign-out that the user confirms ends the provider’s session too, and comes back to the site', async () => {
    const browser = new Browser();
    await signIn(browser);
    const question = await visit(browser, await signOut(browser));
    expect(question.form).toBeDefined();
    const back = await submit(browser, question, { confirmLogout: 'Logout' });
    expect(back.url.href).toBe(`${runtime.siteUrl}/`);
    expect((await session(browser)).status).toBe(401);
    // There is nothing left to confirm.
    const again = await visit(browser, question.url.href);
    expect(again.form).toBeUndefined();
    expect(again.url.href).toBe(`${runtime.siteUrl}/`);
  });

  test('a sign-out that the user does not confirm has ended the session, and the password is asked for all the same', async () => {
    const browser = new Browser();
    await signIn(browser);
    await visit(browser, await signOut(browser));
    expect((await session(browser)).status).toBe(401);
    expect((await visit(browser, await begin(browser))).form).toBeDefined();
  });

  test('an outage fails the sign-in that needs the provider, ends no session, and is over with it', async () => {
    const browser = new Browser();
    await signIn(browser);
    const other = new Browser();
    const back = await logIn(other, await visit(other, await begin(other)));
    keycloak.pause();
    try {
      const failed = await other.request(back.url.href);
      expect([failed.status, await errorOf(failed)]).toEqual([503, 'provider_unavailable']);
      expect((await session(browser)).status).toBe(200);
    } finally {
      keycloak.goOn();
    }
    expect((await signIn(other)).status).toBe(200);
  });

  test('with a clock that is 60 s behind, users sign in', async () => {
    setClock(-MINUTE);
    expect((await signIn(new Browser(), own.origin)).status).toBe(200);
  });

  test('with a clock that is 60 s ahead, nobody is taken to have authenticated again', async () => {
    setClock(MINUTE);
    expect(await errorOf(await signIn(new Browser(), own.origin))).toBe('reauthentication_required');
  });

  test('keys that have been rotated are found once those that are known are a minute old', async () => {
    setClock(-MINUTE);
    await signIn(new Browser(), own.origin);
    await keycloak.rotateKeys();
    expect(await errorOf(await signIn(new Browser(), own.origin))).toBe('sign_in_failed');
    setClock(0);
    const browser = new Browser();
    expect((await signIn(browser, own.origin)).status).toBe(200);
    expect((await session(browser, own.origin)).status).toBe(200);
  });
});
