import { expect, test } from '@jest/globals';
import { type Harness, onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;

onStage('network', (stage) => {
  // next-auth#4935: a network error was taken for a sign-out.
  test.each([
    ['network', 'offline'],
    ['unavailable', 'unavailable'],
  ] as const)('%s failure shows as %s, is retried, and signs nobody out', async (breakage, connection) => {
    const tab = await stage.signIn();
    stage.site.breakage = breakage;
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'active', connection });
    await stage.pass(20 * MINUTE);
    // Past the deadline, and unable to ask: never «ended».
    expect(await stage.snapshot(tab)).toMatchObject({
      status: 'warning',
      connection,
      remainingSeconds: 0,
    });
    stage.site.breakage = 'none';
    await stage.pass(40_000);
    expect(await stage.snapshot(tab)).toMatchObject({
      status: 'ended',
      connection: 'online',
      reason: 'idle',
    });
  });

  test('retries back off to half a minute, and never come thick and fast', async () => {
    const tab = await stage.signIn();
    stage.site.breakage = 'unavailable';
    stage.site.requests.length = 0;
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    await stage.pass(5 * MINUTE);
    expect(stage.site.requests.length).toBeGreaterThan(8);
    expect(stage.site.requests.length).toBeLessThan(20);
    const { requests } = stage.site;
    const gaps = requests.slice(1).map(({ at }, index) => at - requests[index]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    // Half a minute, and up to a tenth more that keeps many browsers out of step.
    expect(Math.min(...gaps.slice(-5))).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(33_100);
  });

  test('activity while offline is told, with its age, once the network is back', async () => {
    const tab = await stage.signIn();
    await stage.pass(2 * MINUTE);
    stage.site.breakage = 'network';
    await tab.press('a');
    const typedAt = stage.site.now();
    await stage.pass(12 * MINUTE);
    stage.site.breakage = 'none';
    await stage.pass(40_000);
    expect(Math.abs((await stage.site.session())!.lastActivityAt - typedAt)).toBeLessThan(12_000);
    expect((await stage.snapshot(tab)).status).toBe('active');
  });

  // hmrc timeout-dialog: the keep-alive answers 401, the dialog closes, and the user believes they are safe.
  test('extending a session that is over says so, and why', async () => {
    const tab = await stage.signIn();
    await stage.pass(13.5 * MINUTE);
    await stage.site.end('revoked');
    await stage.answer(tab, 'Enter');
    await until('the end', async () => (await stage.state(tab)) === 'ended');
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'revoked' });
  });

  test('the countdown goes on until the server has agreed', async () => {
    const tab = await stage.signIn();
    await stage.pass(13.5 * MINUTE);
    await stage.seen(tab);
    const before = await stage.snapshot(tab);
    stage.site.breakage = 'hang';
    await tab.press('Enter');
    await until('the request', async () => stage.site.touches() === 1);
    await stage.pass(5_000);
    const during = await stage.snapshot(tab);
    expect(await stage.state(tab)).toBe('extending');
    expect(during.status).toBe('warning');
    expect(during.expiresAt).toBe(before.expiresAt);
    expect(during.remainingSeconds).toBe(before.remainingSeconds! - 5);
    stage.site.breakage = 'none';
    await until('the extension', async () => (await stage.state(tab)) === '');
    expect((await stage.snapshot(tab)).expiresAt).toBeGreaterThan(before.expiresAt!);
  });

  test('an extension that the server takes 12 s to answer counts, and is sent once', async () => {
    const tab = await stage.signIn();
    await stage.pass(13.5 * MINUTE);
    await stage.seen(tab);
    stage.site.breakage = 'hang';
    await tab.press('Enter');
    await until('the request', async () => stage.site.touches() === 1);
    await stage.pass(12_000);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'warning', connection: 'offline' });
    stage.site.breakage = 'none';
    await until('the extension', async () => (await stage.state(tab)) === '');
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'active', connection: 'online' });
    expect(stage.site.touches()).toBe(1);
  });

  test('an extension that fails is said, and made up for as soon as the server is back', async () => {
    const tab = await stage.signIn();
    await stage.pass(13.5 * MINUTE);
    stage.site.breakage = 'network';
    await stage.answer(tab, 'Enter');
    await until('the failure', async () => (await stage.state(tab)) === 'failed');
    stage.site.breakage = 'none';
    await stage.pass(5_000);
    expect(await stage.state(tab)).toBe('');
    expect((await stage.snapshot(tab)).status).toBe('active');
  });

  test('before «ended» the server is asked once, and may know better', async () => {
    const tab = await stage.signIn({ channelName: 'deaf' });
    // Another device of the user's network: the session is touched where this tab cannot hear of it.
    const other = await stage.tab();
    await other.evaluate(() => {
      setInterval(() => void (globalThis as unknown as Harness).session.extend(), 5 * 60_000);
    });
    await stage.pass(16 * MINUTE);
    expect(await stage.log(tab)).not.toContain('ended');
    expect((await stage.snapshot(tab)).status).toBe('active');
  });

  test('the application’s own requests say how old the last activity is, to this origin only', async () => {
    // A site that talks to another origin has to say so.
    const { contentSecurityPolicy, elsewhere } = stage.site;
    stage.site.contentSecurityPolicy = contentSecurityPolicy.replace(
      'connect-src',
      `connect-src ${elsewhere}`,
    );
    const tab = await stage.signIn();
    const items = () =>
      tab.evaluate(async () => (await (globalThis as unknown as Harness).session.fetch('/api/items')).status);
    expect(await items()).toBe(200);
    // Nothing has been seen of the user in this page yet: passive.
    expect(stage.site.requests.at(-1)!.headers['curfew-idle-for']).toBeUndefined();
    await tab.press('a');
    await stage.pass(30_000);
    await items();
    const said = Number(stage.site.requests.at(-1)!.headers['curfew-idle-for']);
    expect(said).toBeGreaterThanOrEqual(30_000);
    expect(said).toBeLessThan(45_000);
    // A request with that header to another origin would be preflighted (OPTIONS) and never be made.
    const foreign = await tab.evaluate(async (url) => {
      const { session } = globalThis as unknown as Harness;
      await session.fetch(url).catch(() => undefined);
      return (await session.fetch(url, { mode: 'no-cors' })).type;
    }, `${elsewhere}/items`);
    expect(foreign).toBe('opaque');
    const visits = stage.site.visits.filter(({ path }) => path === '/items');
    expect(visits.map(({ method, headers }) => [method, headers['curfew-idle-for']])).toEqual([
      ['GET', undefined],
      ['GET', undefined],
    ]);
  });

  test('a 401 of the application’s own API becomes the snapshot, and the response is the application’s', async () => {
    const tab = await stage.signIn();
    await stage.site.end('revoked');
    const status = await tab.evaluate(async () => {
      const response = await (globalThis as unknown as Harness).session.fetch('/api/items');
      return [response.status, (await response.json()).code];
    });
    expect(status).toEqual([401, 'ERR_SESSION_ENDED']);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'revoked' });
  });
});
