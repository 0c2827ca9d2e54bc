import { afterEach, expect, test } from '@jest/globals';
import { type ClientPage, openClientPage, START, turns } from '../../support/client-page.ts';

const MINUTE = 60_000;
let page: ClientPage;

afterEach(() => page.close());

/** The server says so from now on. */
function answerEnded(problem: object): void {
  page.answer = () => Response.json({ status: 401, code: 'ERR_SESSION_ENDED', ...problem }, { status: 401 });
}

test('a session that is live has not ended', async () => {
  page = await openClientPage('live');
  expect(page.client.getSnapshot()).toMatchObject({ status: 'active', endedAt: null });
});

test('the time of the end is the server’s, on this device’s clock', async () => {
  page = await openClientPage('ahead', { aheadMs: 5 * MINUTE });
  await page.pass(20 * MINUTE);
  answerEnded({ reason: 'revoked', endedAt: START + 3 * MINUTE });
  await page.client.refresh();
  expect(page.client.getSnapshot()).toMatchObject({
    status: 'ended',
    reason: 'revoked',
    endedAt: START + 8 * MINUTE,
  });
});

test('a sign-out of its own has the time of the device', async () => {
  page = await openClientPage('signed-out', { aheadMs: 5 * MINUTE });
  await page.pass(MINUTE);
  await page.client.signOut();
  expect(page.client.getSnapshot()).toMatchObject({
    reason: 'signed-out',
    endedAt: START + 6 * MINUTE,
  });
});

test('other tabs have it from the one that signed out, since its cookie is gone', async () => {
  page = await openClientPage('other');
  await page.pass(MINUTE);
  const told = { sessionId: page.session.sessionId, activityAt: 0, pulsedAt: 0 };
  page.shared.set('other', JSON.stringify({ ...told, reason: 'signed-out', endedAt: START + 30_000 }));
  page.answer = () => Response.json({ status: 401, code: 'ERR_SESSION_MISSING' }, { status: 401 });
  page.client.reportActivity();
  await turns();
  expect(page.client.getSnapshot()).toMatchObject({
    status: 'ended',
    reason: 'signed-out',
    endedAt: START + 30_000,
  });
});

test('a page of the last release says no time, and then none is known', async () => {
  page = await openClientPage('older');
  const told = { sessionId: page.session.sessionId, activityAt: 0, pulsedAt: 0, reason: 'signed-out' };
  page.shared.set('older', JSON.stringify(told));
  page.answer = () => Response.json({ status: 401, code: 'ERR_SESSION_MISSING' }, { status: 401 });
  page.client.reportActivity();
  await turns();
  expect(page.client.getSnapshot()).toMatchObject({ reason: 'signed-out', endedAt: null });
});

test('nobody knows when a session ended that the server no longer knows', async () => {
  page = await openClientPage('unknown');
  answerEnded({ code: 'ERR_SESSION_UNKNOWN' });
  await page.client.refresh();
  expect(page.client.getSnapshot()).toMatchObject({ reason: 'unknown', endedAt: null });
});

test('a client that is stopped says so, has no status, and has it back once it is started again', async () => {
  page = await openClientPage('stopped');
  let changes = 0;
  page.client.subscribe(() => {
    changes += 1;
  });
  const before = page.client.getSnapshot();
  page.client.stop();
  expect([changes, page.client.getStatus(), page.timers()]).toEqual([1, null, 0]);
  expect(page.client.getSnapshot()).toBe(before);
  page.client.start();
  expect([changes, page.client.getStatus()?.subject]).toEqual([2, 'ada']);
});
