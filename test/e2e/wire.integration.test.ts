import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DraftKey, SessionStatus } from '../../core/protocol.ts';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { Browser, signIn } from '../support/sign-in.ts';

/** The API as a stranger with `curl` finds it: the deployed bundles behind the template's routes. */
const MINUTE = 60_000;
const FORGED = `__Host-session=${'A'.repeat(22)}.${'B'.repeat(43)}`;

let local: LocalRuntime;
let site: string;
const log: string[] = [];
const secrets: string[] = [];

beforeAll(async () => {
  local = await startLocal({ reuse: true, write: (line) => log.push(line) });
  site = local.siteUrl;
}, 120_000);

afterAll(async () => {
  await local?.close();
});

async function signedIn(): Promise<{ browser: Browser; sessionId: string; cookie: string }> {
  const browser = new Browser();
  await signIn(browser, site);
  const cookie = browser.cookie(site, '__Host-session')!;
  const [sessionId, secret] = cookie.split('.') as [string, string];
  secrets.push(secret);
  return { browser, sessionId, cookie: `__Host-session=${cookie}` };
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(site + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: site, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function refused(response: Response, status: number, code: string): Promise<Record<string, unknown>> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status, text: expect.stringContaining(code) });
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  for (const secret of secrets) expect(text).not.toContain(secret);
  return JSON.parse(text);
}

describe('GET /api/session', () => {
  test('without a cookie', async () => {
    await refused(await fetch(`${site}/api/session`), 401, 'ERR_SESSION_MISSING');
  });

  test('with a cookie that is none of ours by its form', async () => {
    const response = await fetch(`${site}/api/session`, { headers: { cookie: '__Host-session=x' } });
    await refused(response, 401, 'ERR_SESSION_MISSING');
  });

  test('with a forged one', async () => {
    const response = await fetch(`${site}/api/session`, { headers: { cookie: FORGED } });
    await refused(response, 401, 'ERR_SESSION_UNKNOWN');
  });

  test("with a real session's id and a wrong secret: the same answer", async () => {
    const { sessionId } = await signedIn();
    const cookie = `__Host-session=${sessionId}.${'B'.repeat(43)}`;
    const response = await fetch(`${site}/api/session`, { headers: { cookie } });
    await refused(response, 401, 'ERR_SESSION_UNKNOWN');
  });

  test('of a live session', async () => {
    const { cookie, sessionId } = await signedIn();
    const response = await fetch(`${site}/api/session`, { headers: { cookie } });
    expect(response.status).toBe(200);
    const status = SessionStatus.parse(await response.json());
    expect(status.sessionId).toBe(sessionId);
    expect(status.remainingMs).toBe(status.expiresAt - status.serverTime);
  });
});

describe('POST /api/session/touch', () => {
  test('moves the deadline to the activity, not to its arrival', async () => {
    const { cookie, sessionId } = await signedIn();
    await local.advance(5 * MINUTE);
    const response = await post('/api/session/touch', { sessionId, idleForMs: 2 * MINUTE }, { cookie });
    const status = SessionStatus.parse(await response.json());
    expect(status.lastActivityAt).toBe(status.serverTime - 2 * MINUTE);
    expect(status.idleExpiresAt).toBe(status.lastActivityAt + 15 * MINUTE);
  });

  test.each([
    [{}, 'sessionId'],
    [{ sessionId: 'short' }, 'sessionId'],
    [{ sessionId: 'A'.repeat(22), idleForMs: -1 }, 'idleForMs'],
    [{ sessionId: 'A'.repeat(22), idleForMs: 1.5 }, 'idleForMs'],
    [{ sessionId: 'A'.repeat(22), idleForMs: 'soon' }, 'idleForMs'],
  ])('400 names the field: %j', async (body, field) => {
    const { cookie } = await signedIn();
    const problem = await refused(
      await post('/api/session/touch', body, { cookie }),
      400,
      'ERR_REQUEST_INVALID',
    );
    expect(problem.detail).toContain(field);
  });

  test('400 for what is no JSON', async () => {
    const { cookie } = await signedIn();
    await refused(await post('/api/session/touch', '{"sessionId":', { cookie }), 400, 'ERR_REQUEST_INVALID');
  });

  test("409 for another page's session", async () => {
    const { cookie } = await signedIn();
    const body = { sessionId: 'C'.repeat(22) };
    await refused(await post('/api/session/touch', body, { cookie }), 409, 'ERR_SESSION_MISMATCH');
  });

  test.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['same-site', { 'sec-fetch-site': 'same-site' }],
    ['none', { 'sec-fetch-site': 'none' }],
    ['anything unknown', { 'sec-fetch-site': 'friendly' }],
    ["another site's origin", { origin: 'https://evil.example' }],
    ['the origin null', { origin: 'null' }],
  ])('403 for %s', async (_, headers) => {
    const { cookie, sessionId } = await signedIn();
    const response = await post('/api/session/touch', { sessionId }, { cookie, ...headers });
    await refused(response, 403, 'ERR_CROSS_SITE');
  });

  test('403 for neither header', async () => {
    const { cookie, sessionId } = await signedIn();
    const response = await fetch(`${site}/api/session/touch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ sessionId }),
    });
    await refused(response, 403, 'ERR_CROSS_SITE');
  });

  test('415 for a form', async () => {
    const { cookie } = await signedIn();
    const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
    await refused(await post('/api/session/touch', 'sessionId=x', headers), 415, 'ERR_MEDIA_TYPE');
  });

  test('413 for a book', async () => {
    const { cookie } = await signedIn();
    await refused(
      await post('/api/session/touch', { x: 'x'.repeat(70_000) }, { cookie }),
      413,
      'ERR_TOO_LARGE',
    );
  });

  test('405 for a GET, 404 for a path that is not there', async () => {
    const get = await fetch(`${site}/api/session/touch`);
    expect(get.headers.get('allow')).toContain('POST');
    await refused(get, 405, 'ERR_METHOD_NOT_ALLOWED');
    await refused(await fetch(`${site}/api/nowhere`), 404, 'ERR_NOT_FOUND');
  });
});

describe('POST /api/session/draft-key', () => {
  test('gives every session of a user the same key, and the log does not have it', async () => {
    const [first, second] = [await signedIn(), await signedIn()];
    const ask = async ({ sessionId, cookie }: typeof first) => {
      const response = await post('/api/session/draft-key', { sessionId }, { cookie });
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-store');
      return DraftKey.parse(await response.json());
    };
    const key = await ask(first);
    expect(await ask(second)).toEqual(key);
    expect(log.join('\n')).not.toContain(key.key);
  });
});

describe('a session that is over', () => {
  test('says so and why, to whoever holds its cookie, and no pulse revives it', async () => {
    const { cookie, sessionId } = await signedIn();
    await local.advance(15 * MINUTE + 1);
    const problem = await refused(
      await fetch(`${site}/api/session`, { headers: { cookie } }),
      401,
      'ERR_SESSION_ENDED',
    );
    expect(problem).toMatchObject({ reason: 'idle', endedAt: expect.any(Number) });
    const late = await post('/api/session/touch', { sessionId, idleForMs: 0 }, { cookie });
    await refused(late, 401, 'ERR_SESSION_ENDED');
  });

  test('a sign-out ends once, clears the cookie, and a repeat is 200', async () => {
    const { cookie, sessionId } = await signedIn();
    const first = await post('/api/session/sign-out', { sessionId }, { cookie });
    expect(first.status).toBe(200);
    const [cleared] = first.headers.getSetCookie();
    expect(cleared).toMatch(/^__Host-session=;/);
    expect((await post('/api/session/sign-out', { sessionId }, { cookie })).status).toBe(200);
    const response = await fetch(`${site}/api/session`, { headers: { cookie } });
    expect(await refused(response, 401, 'ERR_SESSION_ENDED')).toMatchObject({ reason: 'signed-out' });
  });

  test('a new sign-in in the same browser supersedes it', async () => {
    const { browser, cookie } = await signedIn();
    await signIn(browser, site);
    secrets.push(browser.cookie(site, '__Host-session')!.split('.')[1]!);
    const response = await fetch(`${site}/api/session`, { headers: { cookie } });
    expect(await refused(response, 401, 'ERR_SESSION_ENDED')).toMatchObject({ reason: 'superseded' });
  });
});

test('no line of the log has a secret in it', () => {
  expect(log.length).toBeGreaterThan(20);
  expect(secrets.length).toBeGreaterThan(5);
  for (const secret of secrets) expect(log.filter((line) => line.includes(secret))).toEqual([]);
});
