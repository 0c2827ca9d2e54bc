import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Session } from '../../../core/lifecycle.ts';
import { type ClientPage, openClientPage, START } from '../../support/client-page.ts';

const MINUTE = 60_000;
let page: ClientPage;

beforeEach(async () => {
  page = await openClientPage('narrowed');
});
afterEach(() => page.close());

/** The limits of the session are narrowed while it is under way, as by `curfew sessions tighten`. */
function narrow(session: Session, idleTimeoutMs: number): Session {
  return { ...session, idleTimeoutMs, idleExpiresAt: session.activeUntil + idleTimeoutMs };
}

test('a page learns of narrower limits at its next request, and warns by them', async () => {
  page.session = narrow(page.session, 5 * MINUTE);
  await page.pass(MINUTE);
  await page.client.refresh();
  expect(page.client.getSnapshot().expiresAt).toBe(START + 5 * MINUTE);
  expect(page.client.getStatus()?.idleTimeoutMs).toBe(5 * MINUTE);
  await page.pass(2 * MINUTE);
  expect(page.client.getSnapshot().status).toBe('active');
  await page.pass(1);
  expect(page.client.getSnapshot().status).toBe('warning');
});

test.each([
  [999, 15],
  [1_000, 5],
])(
  '%i ms after an answer an earlier deadline is believed or not: one of %i minutes holds',
  async (ms, minutes) => {
    await page.pass(ms);
    page.session = narrow(page.session, 5 * MINUTE);
    await page.client.refresh();
    expect(page.client.getSnapshot().expiresAt).toBe(START + minutes * MINUTE);
  },
);
