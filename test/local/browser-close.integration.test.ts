import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalRuntime, startLocal } from '../../local/runtime.ts';
import { markOf } from '../support/marks.ts';
import { Browser, signIn } from '../support/sign-in.ts';

/** The deployed code over the local runtime: what a closed browser looks like on the bus. */
let runtime: LocalRuntime;
beforeAll(async () => {
  runtime = await startLocal({ reuse: true, context: { 'curfew:browserClose': 'last-page' } });
}, 120_000);
afterAll(async () => runtime?.close());

const MARK = markOf('a');
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

async function signedIn(): Promise<{ browser: Browser; sessionId: string }> {
  const browser = new Browser();
  await signIn(browser, runtime.siteUrl);
  const status = await browser.request(`${runtime.siteUrl}/api/session`);
  return { browser, sessionId: (await status.json()).sessionId };
}

const ask = async (browser: Browser, path: string, authorization?: string) =>
  browser.request(`${runtime.siteUrl}/api/${path}`, {
    headers: { ...SAME_ORIGIN, ...(authorization && { authorization }) },
  });

const endings = (sessionId: string) =>
  runtime
    .events()
    .filter((event) => event['detail-type'] === 'Session Ended')
    .map((event) => event.detail as Record<string, unknown>)
    .filter((detail) => detail.sessionId === sessionId);

test('the last page goes: the session ends when the close grace runs out, once, and that was its deadline', async () => {
  const { browser, sessionId } = await signedIn();
  const closed = await browser.post(`${runtime.siteUrl}/api/session/close`, { sessionId });
  expect(closed.status).toBe(202);
  const { closesAt } = await (await browser.request(`${runtime.siteUrl}/api/session`)).json();
  // The runtime's clock goes on by itself: ten seconds of the grace are left for a slow machine.
  await runtime.advance(20_000);
  expect(endings(sessionId)).toEqual([]);
  // The grace, and the minute until the next sweep.
  await runtime.advance(71_000);
  expect(endings(sessionId)).toEqual([
    expect.objectContaining({ reason: 'closed', deadlineAt: closesAt, latenessMs: expect.any(Number) }),
  ]);
  const [{ latenessMs }] = endings(sessionId) as [{ latenessMs: number }];
  expect(latenessMs).toBeGreaterThanOrEqual(0);
  await runtime.advance(120_000);
  expect(endings(sessionId)).toHaveLength(1);
});

test('a live page cancels the close grace, and nothing ends', async () => {
  const { browser, sessionId } = await signedIn();
  await browser.post(`${runtime.siteUrl}/api/session/close`, { sessionId });
  const opened = await browser.post(`${runtime.siteUrl}/api/session/open`, { sessionId });
  expect(await opened.json()).toMatchObject({ sessionId, closesAt: null });
  await runtime.advance(120_000);
  expect(endings(sessionId)).toEqual([]);
});

test('a page of another run: the session ends at once, once, and its deadline was then', async () => {
  const { browser, sessionId } = await signedIn();
  const challenge = await ask(browser, 'mark');
  expect(challenge.status).toBe(401);
  expect(challenge.headers.get('www-authenticate')).toMatch(/^Basic /);
  expect(await (await ask(browser, 'mark', MARK)).json()).toEqual({ run: 'same' });
  expect(await (await ask(browser, 'run/check', MARK)).json()).toEqual({ run: 'same' });
  expect((await ask(browser, 'session', MARK)).status).toBe(200);
  expect(await (await ask(browser, 'session')).json()).toMatchObject({ code: 'ERR_RUN_UNCONFIRMED' });
  expect(await (await ask(browser, 'run/check')).json()).toEqual({ run: 'other' });
  const status = await browser.request(`${runtime.siteUrl}/api/session`);
  expect(status.status).toBe(401);
  const { reason, endedAt } = await status.json();
  expect(reason).toBe('closed');
  await runtime.advance(1_000);
  expect(endings(sessionId)).toEqual([
    expect.objectContaining({ reason, endedAt, deadlineAt: endedAt, latenessMs: 0 }),
  ]);
  const rows = JSON.stringify(await runtime.sessions());
  expect(rows).not.toMatch(/secretHash|runHash/);
});
