import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;

onStage('tabs', (stage) => {
  // WebKit has a process for each, which takes two seconds.
  const count = stage.name === 'webkit' ? 5 : 20;
  test(`${count} tabs send no more pulses than one`, async () => {
    const tabs = [await stage.signIn()];
    while (tabs.length < count) tabs.push(await stage.tab());
    stage.site.requests.length = 0;
    for (let minute = 0; minute < 5; minute += 1) {
      for (const turn of [0, 1, 2]) {
        const tab = tabs[(minute * 3 + turn) % count]!;
        await tab.front();
        await tab.press('a');
        await stage.pass(20_000);
      }
    }
    expect(stage.site.touches()).toBeGreaterThanOrEqual(3);
    expect(stage.site.touches()).toBeLessThanOrEqual(5);
    // All of them know what one of them was told.
    const ends = await Promise.all(tabs.map(async (tab) => (await stage.snapshot(tab)).expiresAt!));
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThanOrEqual(25_000);
  }, 120_000);

  /** Without a word: no event tells the page. Firefox shares its processes among tabs, and has none that is one tab. */
  async function crash({ chromium: page }: TestPage): Promise<void> {
    const crashed = page!.waitForEvent('crash');
    const cdp = await page!.context().newCDPSession(page!);
    void cdp.send('Page.crash').catch(() => undefined);
    await crashed;
  }
  const ENDS: [string, (tab: TestPage) => Promise<void>][] = [['closed', (tab) => tab.close()]];
  if (stage.name === 'chromium') ENDS.push(['crashed', crash]);

  // react-idle-timer, `crossTab`: with one crashed sibling it never prompts and never idles again.
  test.each(ENDS)(
    'a tab that was %s leaves its activity behind, and changes nothing else',
    async (_, end) => {
      const first = await stage.signIn();
      const second = await stage.tab();
      await stage.pass(30_000);
      await first.front();
      await first.press('a');
      await stage.settle();
      const typedAt = stage.site.now();
      expect(stage.site.touches()).toBe(0);
      await end(first);
      stage.forget(first);

      await stage.pass(13 * MINUTE);
      expect(stage.site.touches()).toBe(1);
      expect(Math.abs((await stage.site.session())!.lastActivityAt - typedAt)).toBeLessThanOrEqual(10_000);
      expect((await stage.snapshot(second)).status).toBe('active');

      await stage.pass(50_000);
      expect((await stage.snapshot(second)).status).toBe('warning');
      await second.evaluate(() => (globalThis as unknown as Harness).session.extend());
      expect((await stage.snapshot(second)).status).toBe('active');
      await stage.pass(14 * MINUTE);
      expect((await stage.snapshot(second)).status).toBe('warning');
      await stage.pass(2 * MINUTE);
      expect(await stage.snapshot(second)).toMatchObject({ status: 'ended', reason: 'idle' });
    },
  );

  test('typing without a pause is known to the other tabs while it goes on', async () => {
    const first = await stage.signIn();
    await stage.tab();
    await first.front();
    for (let passed = 0; passed < 4_000; passed += 800) {
      await first.press('a');
      await stage.pass(800);
    }
    const { activityAt } = JSON.parse(await first.evaluate(() => localStorage.getItem('curfew')!));
    expect(stage.site.now() - activityAt).toBeLessThanOrEqual(1_800);
  });

  test('extending in one tab closes the warning in all of them', async () => {
    const first = await stage.signIn();
    const second = await stage.tab();
    await stage.pass(13.5 * MINUTE);
    expect([await stage.state(first), await stage.state(second)]).toEqual(['warning', 'warning']);
    await second.evaluate(() => (globalThis as unknown as Harness).session.extend());
    await until('the first tab', async () => (await stage.state(first)) === '');
    expect(stage.site.touches()).toBe(1);
    expect(await stage.log(first)).toEqual(['warning', 'extended']);
  });

  // hmrc-frontend#522: sign-out not propagated. #236: channel not keyed to a session.
  test('every tab learns that the user signed out', async () => {
    const first = await stage.signIn();
    const second = await stage.tab();
    await first.evaluate(() => (globalThis as unknown as Harness).session.signOut());
    await until('the second tab', async () => (await stage.snapshot(second)).status === 'ended');
    expect((await stage.snapshot(second)).reason).toBe('signed-out');
    expect((await stage.snapshot(first)).reason).toBe('signed-out');
  });

  test('a word of another session, or nonsense in the storage, changes nothing', async () => {
    const tab = await stage.signIn();
    const before = await stage.snapshot(tab);
    const channel = (word: string) =>
      tab.evaluate((text) => {
        const say = new BroadcastChannel('curfew');
        say.postMessage(JSON.parse(text));
        say.close();
        localStorage.setItem('curfew', text);
      }, word);
    const id = (await stage.site.session())!.sessionId;
    for (const word of [
      'null',
      '"text"',
      '[1]',
      '{"sessionId":"another","reason":"revoked","activityAt":1}',
      `{"sessionId":"${id}","activityAt":1e308,"pulsedAt":1e308}`,
      `{"sessionId":"${id}","activityAt":"soon","pulsedAt":null,"status":{}}`,
      `{"sessionId":"${id}","reason":"revoked"}`,
    ]) {
      await channel(word);
      await stage.settle();
    }
    await tab.evaluate(() => localStorage.setItem('curfew', '{not json'));
    await stage.pass(5_000);
    expect(await stage.snapshot(tab)).toEqual({ ...before, expiresAt: expect.any(Number) });
    // A timestamp that cannot be, or does not parse, is no activity: nothing is kept alive by it.
    await stage.pass(15 * MINUTE);
    expect(stage.site.touches()).toBe(0);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
  });

  test('another sign-in of the same user is taken over, and said', async () => {
    const first = await stage.signIn();
    const before = (await stage.site.session())!.sessionId;
    await stage.pass(1_000);
    const second = await stage.signIn();
    await until('the first tab', async () => (await stage.log(first)).includes('replaced true'));
    expect((await stage.snapshot(first)).status).toBe('active');
    expect((await stage.site.session())!.sessionId).not.toBe(before);
    await first.front();
    await stage.pass(MINUTE);
    await first.press('a');
    await stage.pass(MINUTE);
    const touch = stage.site.requests.findLast((request) => request.path === '/api/session/touch')!;
    expect(touch.body).toMatchObject({ sessionId: (await stage.site.session())!.sessionId });
    expect((await stage.snapshot(second)).status).toBe('active');
  });

  test('another user’s sign-in ends what this page shows, and signs nobody out', async () => {
    const first = await stage.signIn();
    // Or else the page would go.
    await first.evaluate(() => {
      document
        .querySelector('session-timeout-dialog')!
        .addEventListener('replaced', (event) => event.preventDefault());
    });
    await stage.pass(1_000);
    stage.site.user = { subject: 'grace', name: 'Grace Hopper', email: 'grace@example.com' };
    const second = await stage.signIn();
    await until('the first tab', async () => (await stage.snapshot(first)).status === 'ended');
    expect((await stage.snapshot(first)).reason).toBe('superseded');
    expect(await stage.log(first)).toContain('replaced false');
    await stage.pass(MINUTE);
    expect((await stage.snapshot(second)).status).toBe('active');
    expect(await stage.site.session()).toMatchObject({ subject: 'grace', state: 'active' });
  });

  test('a touch for a session that is no longer the browser’s is refused (409), noticed and said', async () => {
    const first = await stage.signIn({ channelName: 'deaf' });
    await stage.signIn();
    await first.evaluate(() => (globalThis as unknown as Harness).session.extend());
    await until('the first tab', async () => (await stage.log(first)).includes('replaced true'));
    expect((await stage.snapshot(first)).status).toBe('active');
  });

  test('a session that ended comes back to life when the same user signs in again elsewhere', async () => {
    const first = await stage.signIn();
    await stage.pass(16 * MINUTE);
    expect(await stage.state(first)).toBe('ended');
    await stage.signIn();
    await until('the first tab', async () => (await stage.snapshot(first)).status === 'active');
    expect(await stage.state(first)).toBe('');
  });
});
