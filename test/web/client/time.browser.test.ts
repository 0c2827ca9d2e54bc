import { expect, test } from '@jest/globals';
import { type Harness, onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

onStage('time', (stage) => {
  test.each([
    ['forward', DAY],
    ['back', -DAY],
  ])(
    'a device clock that is set %s by a day: the session ends when the server says, and shows it in the new time',
    async (_name, change) => {
      const tab = await stage.signIn();
      await stage.pass(5 * MINUTE);
      await tab.evaluate((ms) => (globalThis as unknown as Harness).__clock.set(ms), change);
      // The first key finds out: it is not counted before the server has been asked.
      await tab.press('a');
      await stage.settle();
      expect(stage.site.touches()).toBe(0);
      await stage.pass(30_000);
      const { status, expiresAt } = await stage.snapshot(tab);
      expect(status).toBe('active');
      expect(Math.abs(expiresAt! - ((await stage.site.session())!.idleExpiresAt + change))).toBeLessThan(
        10_000,
      );

      // Typing still keeps it alive …
      await tab.press('a');
      await stage.pass(2 * MINUTE);
      expect(stage.site.touches()).toBe(1);
      // … and nothing else does.
      await stage.pass(12 * MINUTE);
      expect((await stage.snapshot(tab)).status).toBe('warning');
      await stage.pass(3 * MINUTE);
      expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
      expect(await stage.log(tab)).toEqual(['warning', 'ended']);
    },
  );

  // hmrc-frontend#275: a negative countdown. react-idle-timer#388 and others: timers that slept.
  test('a page that slept past its end asks, and input before the answer does not count', async () => {
    const tab = await stage.signIn();
    stage.site.advance(3 * 60 * MINUTE);
    await tab.evaluate((ms) => (globalThis as unknown as Harness).__clock.sleep(ms), 3 * 60 * MINUTE);
    await tab.press('a');
    await until('the end', async () => (await stage.snapshot(tab)).status === 'ended');
    expect(stage.site.touches()).toBe(0);
    expect((await stage.snapshot(tab)).remainingSeconds).toBeNull();
    expect(await stage.log(tab)).toEqual(['ended']);
  });

  test('a page that slept into its warning shows the time that is really left', async () => {
    const tab = await stage.signIn();
    stage.site.advance(14 * MINUTE);
    await tab.evaluate((ms) => (globalThis as unknown as Harness).__clock.sleep(ms), 14 * MINUTE);
    await tab.press('a');
    await until('the warning', async () => (await stage.snapshot(tab)).status === 'warning');
    expect((await stage.snapshot(tab)).remainingSeconds).toBe(60);
    expect(stage.site.touches()).toBe(0);
  });

  test.each(['focus', 'pageshow', 'online', 'visibilitychange', 'resume'])(
    '%s: the server is asked again',
    async (type) => {
      const tab = await stage.signIn();
      await stage.site.end('revoked');
      // A check that was under way before would be taken for the one that is asked for here.
      await stage.settle();
      await tab.evaluate((name) => {
        const target = name === 'visibilitychange' || name === 'resume' ? document : window;
        target.dispatchEvent(new Event(name));
      }, type);
      await until('the end', async () => (await stage.snapshot(tab)).status === 'ended');
      expect((await stage.snapshot(tab)).reason).toBe('revoked');
    },
  );

  test('coming back to a tab is not activity', async () => {
    const tab = await stage.signIn();
    const other = await stage.tab();
    for (let minute = 0; minute < 16; minute += 1) {
      await (minute % 2 ? tab : other).front();
      await stage.pass(MINUTE);
    }
    expect(stage.site.touches()).toBe(0);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
  });

  test('a page from the back/forward cache shows nothing until it has asked', async () => {
    const tab = await stage.signIn();
    stage.site.breakage = 'hang';
    await tab.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    expect((await stage.snapshot(tab)).status).toBe('loading');
    stage.site.breakage = 'none';
    await until('the answer', async () => (await stage.snapshot(tab)).status === 'active');
  });

  // react-idle-timer#92: setTimeout over 2^31 ms fires at once.
  test('a deadline further away than a timer can reach is waited for in pieces', async () => {
    stage.site.policy = { idleTimeoutMs: 60 * DAY, absoluteTimeoutMs: 300 * DAY };
    const tab = await stage.signIn();
    await stage.pass(2 * DAY);
    expect((await stage.snapshot(tab)).status).toBe('active');
    expect(
      await tab.evaluate(() => (globalThis as unknown as Harness).__clock.longest()),
    ).toBeLessThanOrEqual(3_600_000);
  });

  // react-idle-timer#71 and #87: listeners and timers left behind.
  test('stop leaves no listener, timer or request, and start may follow', async () => {
    const tab = await stage.signIn();
    await tab.evaluate(() => {
      const { session } = globalThis as unknown as Harness;
      // The dialog has a timer of its own, for the absolute limit, and lets go of it with its session.
      document.querySelector('session-timeout-dialog')!.session = undefined;
      session.start();
      session.stop();
      session.stop();
    });
    expect(await tab.evaluate(() => (globalThis as unknown as Harness).__clock.pending())).toBe(0);
    const before = stage.site.requests.length;
    await tab.press('a');
    await tab.evaluate(() => dispatchEvent(new Event('focus')));
    await stage.pass(20 * MINUTE);
    expect(stage.site.requests.length).toBe(before);
    await tab.evaluate(() => {
      const { session } = globalThis as unknown as Harness;
      session.start();
      session.stop();
      session.start();
    });
    await until('the end', async () => (await stage.snapshot(tab)).status === 'ended');
  });

  // react-idle-timer: after a beforeunload that the user cancelled, its timer stays dead.
  test('a page that the user was about to leave, and did not, goes on as before', async () => {
    const tab = await stage.signIn();
    await stage.pass(MINUTE);
    await tab.evaluate(() => addEventListener('beforeunload', (event) => event.preventDefault()));
    await tab.press('a');
    const asked = tab.refuse();
    const leaving = tab.evaluate(() => location.assign('/elsewhere')).catch(() => undefined);
    expect(await asked).toBe('beforeunload');
    await leaving;
    await stage.pass(12 * MINUTE);
    expect(stage.site.touches()).toBe(1);
    await stage.pass(2 * MINUTE);
    expect((await stage.snapshot(tab)).status).toBe('warning');
    await stage.pass(3 * MINUTE);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
  });

  test('the snapshot is the same object until something in it changes', async () => {
    const tab = await stage.signIn();
    const counts = await tab.evaluate(async () => {
      const { session, __clock } = globalThis as unknown as Harness;
      let changes = 0;
      const unsubscribe = session.subscribe(() => {
        changes += 1;
      });
      const first = session.getSnapshot();
      __clock.run(60_000);
      const same = session.getSnapshot() === first;
      unsubscribe();
      return { same, changes };
    });
    expect(counts).toEqual({ same: true, changes: 0 });
    // Each second of the warning is one change.
    await stage.pass(12.5 * MINUTE);
    const ticks = await tab.evaluate(async () => {
      const { session, __clock } = globalThis as unknown as Harness;
      const seen: (number | null)[] = [];
      session.subscribe(() => seen.push(session.getSnapshot().remainingSeconds));
      __clock.run(5_000);
      return seen;
    });
    expect(ticks.length).toBe(5);
    expect(new Set(ticks).size).toBe(5);
  });
});
