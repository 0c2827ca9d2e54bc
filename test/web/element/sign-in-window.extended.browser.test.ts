import { describe, expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage, type Stage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
const GRACE = { subject: 'grace', name: 'Grace Hopper', email: 'grace@example.com' };

onStage('signing in again in a small window', tests, () => {
  // No two sign-ins are at the same time.
  let now = Date.UTC(2026, 0, 1, 12);
  return { now: () => now++ };
});

function tests(stage: Stage): void {
  /** A tab with something typed into it, that would show if it were loaded again. */
  async function typedIn(open: () => Promise<TestPage>, text: string): Promise<TestPage> {
    const tab = await open();
    await tab.click('#note');
    await tab.type(text);
    await tab.evaluate(() => Object.assign(globalThis, { isSame: true }));
    return tab;
  }
  const seen = (tab: TestPage) =>
    tab.evaluate(() => ({
      isSame: 'isSame' in globalThis,
      note: document.querySelector<HTMLInputElement>('#note')!.value,
      focus: document.activeElement!.id,
      isInert: document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector(':modal') !== null,
    }));
  /** What the dialog says beside why the session ended. */
  const live = (tab: TestPage) =>
    tab.evaluate(
      () =>
        document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector('[role=status]')!
          .textContent,
    );
  const status = async (tab: TestPage) => (await stage.snapshot(tab)).status;
  const becomes = (tab: TestPage, wanted: string) =>
    until(`the tab to be ${wanted}`, async () => (await status(tab)) === wanted);
  const thereAre = (count: number) =>
    until(`${count} tabs and windows`, async () => (await stage.context.places()).length === count);
  async function clickAgain(tab: TestPage): Promise<void> {
    await tab.front();
    await stage.seen(tab);
    await tab.click('session-timeout-dialog >>> .again');
  }
  const twoEnded = async () => {
    const one = await typedIn(() => stage.signIn(), 'first');
    const two = await typedIn(() => stage.tab(), 'second');
    await stage.site.end('idle');
    await one.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    for (const tab of [one, two]) await becomes(tab, 'ended');
    return [one, two] as const;
  };

  test('every tab goes on where it was, with what was typed and the focus, and the timeout begins anew', async () => {
    const [one, two] = await twoEnded();
    expect(await seen(one)).toMatchObject({ isInert: true });
    await clickAgain(one);
    for (const tab of [one, two]) await becomes(tab, 'active');
    await thereAre(2);
    expect(await seen(one)).toEqual({ isSame: true, note: 'first', focus: 'note', isInert: false });
    expect(await seen(two)).toEqual({ isSame: true, note: 'second', focus: 'note', isInert: false });
    expect(await stage.log(two)).toContain('replaced true');

    // Pulses go on, for the new session.
    await stage.pass(1_000);
    await one.type('!');
    await stage.pass(2 * MINUTE);
    expect(stage.site.touches()).toBe(1);
    const touch = stage.site.requests.findLast(({ path }) => path === '/api/session/touch');
    expect(touch).toMatchObject({
      status: 200,
      body: { sessionId: (await stage.site.session())!.sessionId },
    });
    await stage.pass(12 * MINUTE);
    expect(await stage.state(two)).toBe('warning');
  });

  test('both tabs open a window, of which none gets a hold of them: the session that the browser keeps counts, and both are live', async () => {
    expect(stage.site.openerPolicy).toBe('same-origin');
    // Pages that keep a hold of their windows.
    stage.site.openerPolicy = 'unsafe-none';
    stage.site.pages.set('/login', '<!doctype html><title>x</title><script src="/login.js"></script>');
    stage.site.pages.set('/login.js', `localStorage.setItem('opener', String(opener)); close()`);
    const [one, two] = await twoEnded();
    const leadTo = (href: string) =>
      one.evaluate((value) => {
        const dialog = document.querySelector('session-timeout-dialog')!;
        dialog.setAttribute('sign-in-href', value);
        const { session } = dialog;
        dialog.session = session;
      }, href);
    await leadTo('/login?display=popup');
    await clickAgain(one);
    const opener = () => one.evaluate(() => localStorage.getItem('opener'));
    expect(await until('the window', opener)).toBe('null');
    await thereAre(2);
    await leadTo('/api/auth/sign-in');

    const begun = () => stage.site.requests.filter(({ path }) => path === '/api/auth/sign-in').length;
    const before = begun();
    // No window gets an answer before the other one is open.
    stage.site.breakage = 'hang';
    for (const tab of [one, two]) await clickAgain(tab);
    // Chromium asks for one address at a time.
    await until('a window to ask', async () => begun() > before);
    for (const tab of [one, two]) expect(await live(tab)).toBe('Continue in the window that just opened.');
    stage.site.breakage = 'none';
    for (const tab of [one, two]) await becomes(tab, 'active');
    await thereAre(2);
    await stage.settle();
    // Of two cookies a browser keeps the one that it read last, whichever was sent first.
    const kept = await one.evaluate(async () => (await (await fetch('/api/session')).json()).sessionId);
    for (const tab of [one, two]) {
      await until('that session', async () => {
        const known = await tab.evaluate(() => (globalThis as unknown as Harness).session.getStatus());
        return known?.sessionId === kept;
      });
      expect(await seen(tab)).toMatchObject({ isSame: true, isInert: false });
    }
  });

  test('somebody else signs in: what shows is covered, however the end was shown, and gone', async () => {
    const [one, two] = await twoEnded();
    await two.evaluate(() => {
      const dialog = document.querySelector('session-timeout-dialog')!;
      dialog.setAttribute('ended', 'event');
      const covered = () => dialog.shadowRoot!.querySelector('dialog:modal') !== null;
      addEventListener('pagehide', () => localStorage.setItem('covered', String(covered())));
    });
    stage.site.user = GRACE;
    await clickAgain(one);
    await thereAre(2);
    await until('both tabs at /', async () =>
      (await stage.context.places()).every((place) => place === `${stage.site.origin}/`),
    );
    expect(await two.evaluate(() => localStorage.getItem('covered'))).toBe('true');
    expect(await stage.site.session()).toMatchObject({ subject: 'grace', state: 'active' });
  });

  test('an application may decide itself what becomes of the page of somebody else', async () => {
    const [one, two] = await twoEnded();
    await one.evaluate(() => {
      const dialog = document.querySelector('session-timeout-dialog')!;
      dialog.addEventListener('replaced', (event) => event.preventDefault());
    });
    stage.site.user = GRACE;
    stage.forget(two);
    await clickAgain(one);
    await until('the tab to hear of it', async () => (await stage.log(one)).includes('replaced false'));
    // It is asked once, however often the server says so, and the dialog covers it still.
    await one.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    expect((await stage.log(one)).filter((entry) => entry === 'replaced false')).toHaveLength(1);
    expect(await seen(one)).toMatchObject({ isSame: true, isInert: true });
    expect(await stage.snapshot(one)).toMatchObject({ status: 'ended', reason: 'idle' });
  });

  describe('the page stays as it is, and the button works', () => {
    test('when the user cancels, which the window says', async () => {
      const [one, two] = await twoEnded();
      stage.site.cancels = true;
      await clickAgain(one);
      await until('the window to say so', async () =>
        (await stage.context.places()).some((place) => place.includes('/api/auth/callback?')),
      );
      await stage.settle();
      const reply = stage.site.visits.findLast(({ path }) => path === '/api/auth/callback')!.reply;
      expect(reply).toContain('The sign-in was cancelled.');
      expect(await status(one)).toBe('ended');
      expect([await live(one), await live(two)]).toEqual(['Continue in the window that just opened.', '']);
      stage.site.cancels = false;
      await clickAgain(one);
      await becomes(one, 'active');
      expect(await seen(one)).toMatchObject({ isSame: true, note: 'first', isInert: false });
    });

    test('when a key is held for another tab, or the browser opens no window: the link is followed, and leads back', async () => {
      const [one, two] = await twoEnded();
      await stage.seen(one);
      const left = await one.evaluate(() => {
        let opened = 0;
        const open = () => {
          opened++;
          return null;
        };
        Object.assign(globalThis, { open });
        const link = document
          .querySelector('session-timeout-dialog')!
          .shadowRoot!.querySelector<HTMLAnchorElement>('.again')!;
        const { href } = link;
        // A link that leads nowhere, for once.
        link.removeAttribute('href');
        const prevented = ['ctrlKey', 'metaKey', 'shiftKey'].map((held) =>
          link.dispatchEvent(
            new MouseEvent('click', { bubbles: true, cancelable: true, composed: true, [held]: true }),
          ),
        );
        link.href = href;
        return { opened, prevented };
      });
      expect(left).toEqual({ opened: 0, prevented: [true, true, true] });
      await clickAgain(one);
      await until('the page to be loaded again', async () => !(await seen(one)).isSame);
      await becomes(two, 'active');
      expect(await stage.context.places()).toHaveLength(2);
      expect((await seen(two)).isSame).toBe(true);
    });
  });
}
