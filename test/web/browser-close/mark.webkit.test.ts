import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sharedBrowser } from '../../support/browsers.ts';
import { type CloseSite, PRIVATE, startCloseSite, WAYS_TO_ASK } from '../../support/close-site.ts';
import type { TestBrowser, TestContext, TestPage } from '../../support/driver.ts';
import { until } from '../../support/until.ts';

/** What carries no mark: the handshake of a WebSocket, and a beacon. A bound session refuses both. */
const UNMARKED = ['/api/private/socket', '/api/private/beacon'];

describe('the mark of a run, in WebKit', () => {
  let browser: TestBrowser;
  let site: CloseSite;
  let context: TestContext;
  let tab: TestPage;

  beforeAll(async () => {
    browser = await sharedBrowser('webkit');
    site = await startCloseSite({ https: true });
  });
  afterAll(async () => {
    await site.close();
    await browser.close();
  });
  beforeEach(async () => {
    context = await browser.context();
    tab = await context.page();
  });
  afterEach(() => context.close());

  /** Signs in, and waits until the session is bound to this run. */
  async function signIn(host: string): Promise<void> {
    await tab.goto(site.signInUrl(host));
    await site.bound(host);
    await site.reported('the private content', (report) => report.host === host && report.text === PRIVATE);
  }
  const isMarked = ({ headers }: CloseSite['visits'][number]) =>
    headers.authorization?.startsWith('Basic ') ?? false;

  test('every request under /api/ carries it, but the handshake of a WebSocket and a beacon; outside of /api/ none does', async () => {
    const host = 'run-ways';
    await signIn(host);
    const from = site.visits.length;
    await tab.goto(site.url(host, '/requests'));
    await site.reported('all that a page asks', (report) => report.host === host && report.text === 'asked');
    await tab.evaluate(() => navigator.sendBeacon('/api/private/beacon', '{}'));
    const ofHost = () => site.visits.slice(from).filter((visit) => visit.host === host);
    await until('the beacon', async () => ofHost().some(({ path }) => path === '/api/private/beacon'));
    for (const path of ['/api/private/tab', '/api/private/by-hand', '/api/session']) {
      await tab.goto(site.url(host, path));
    }
    const since = ofHost();
    const marked = (path: string) => since.filter((visit) => visit.path === path).map(isMarked);
    for (const path of [...Object.values(WAYS_TO_ASK), '/api/private/beacon']) {
      expect([path, ...new Set(marked(path))]).toEqual([path, !UNMARKED.includes(path)]);
    }
    expect(since.filter(({ path }) => !path.startsWith('/api/')).some(isMarked)).toBe(false);
    const refused = since.filter(({ status }) => status === 403).map(({ path }) => path);
    expect(refused.sort()).toEqual([...UNMARKED].sort());
  });

  test('a restored cookie without it shows nothing and ends the session', async () => {
    const host = 'run-restored';
    await signIn(host);
    const cookies = await tab.webkit!.manage().getCookies();
    const session = cookies.find(({ name }) => name === '__Host-session')!;
    await context.close();
    const before = site.reports.length;

    context = await browser.context();
    tab = await context.page();
    await tab.goto(site.url(host, '/orders.css'));
    await tab.webkit!.manage().addCookie(session);
    await tab.goto(site.url(host));
    const isEnd = ({ host: of, status }: (typeof site.reports)[number]) => of === host && status === 'ended';
    const end = await site.reported('the end', isEnd);
    expect(end.reason).toBe('closed');
    expect(site.reports.slice(before).filter(({ text }) => text.includes(PRIVATE))).toEqual([]);
    expect(await site.session(host)).toMatchObject({ state: 'ended', endReason: 'closed' });
  });

  test('the last page that goes says so, and the message carries it', async () => {
    const host = 'last-leaves';
    await signIn(host);
    await tab.goto(`${site.elsewhere}/`);
    const closes = () =>
      site.visits.filter((visit) => visit.host === host && visit.path === '/api/session/close');
    await until('the message', async () => closes().some(({ status }) => status !== 0));
    expect(closes().map((visit) => [visit.status, isMarked(visit)])).toEqual([[202, true]]);
  });
});
