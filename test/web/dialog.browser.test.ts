import { expect, test } from '@jest/globals';
import { axeViolations } from '../support/axe.ts';
import type { TestPage } from '../support/driver.ts';
import { type Harness, onStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;

onStage('the dialog', (stage) => {
  async function warned(): Promise<TestPage> {
    const tab = await stage.signIn();
    await stage.pass(12.75 * MINUTE);
    await stage.pass(20_000);
    expect(await stage.state(tab)).toBe('warning');
    return tab;
  }
  const focused = (tab: TestPage) => tab.evaluate(() => document.activeElement?.textContent);
  const live = (tab: TestPage) =>
    tab.evaluate(() => document.querySelector('session-timeout-dialog [role=status]')!.textContent);
  /** A click of the application's own, in the page. */
  const inPage = (tab: TestPage, run: () => void) => tab.evaluate(run);

  test('1. it is modal, an alertdialog, and named and described by text that does not tick', async () => {
    const tab = await warned();
    const read = () =>
      tab.evaluate(() => {
        const dialog = document.querySelector<HTMLDialogElement>('session-timeout-dialog dialog')!;
        const text = (attribute: string) =>
          document.getElementById(dialog.getAttribute(attribute)!)!.textContent!.trim();
        return {
          modal: dialog.matches(':modal'),
          role: dialog.getAttribute('role'),
          name: text('aria-labelledby'),
          description: text('aria-describedby'),
        };
      });
    const first = await read();
    expect(first).toMatchObject({ modal: true, role: 'alertdialog' });
    expect(first.name).toBe('Are you still there?');
    expect(first.description).toBe('You are signed out after 15 minutes without activity.');
    await stage.pass(30_000);
    expect(await read()).toEqual(first);
  });

  test('2. focus lands on “Stay signed in”, and Tab stays inside', async () => {
    const tab = await warned();
    expect(await focused(tab)).toBe('Stay signed in');
    for (let press = 0; press < 12; press += 1) {
      await tab.press('Tab');
      const inside = await tab.evaluate(
        () =>
          document.activeElement === document.body ||
          document.querySelector('session-timeout-dialog')!.contains(document.activeElement),
      );
      expect(inside).toBe(true);
    }
  });

  test('3. after extending, focus is where it was, or on the heading if that is gone', async () => {
    const tab = await stage.signIn();
    const extended = async (id: string): Promise<string | undefined> => {
      await tab.evaluate((name) => document.getElementById(name)!.focus(), id);
      await stage.pass(13.25 * MINUTE);
      expect(await stage.state(tab)).toBe('warning');
      if (id === 'gone') await inPage(tab, () => document.getElementById('gone')!.remove());
      await tab.press('Enter');
      await until('the extension', async () => (await stage.state(tab)) === '');
      return tab.evaluate(() => document.activeElement!.id || document.activeElement!.localName);
    };
    expect(await extended('work')).toBe('work');
    expect(await extended('gone')).toBe('h1');
  });

  test('4. ten Escapes never close it silently: Escape means stay signed in', async () => {
    const tab = await warned();
    stage.site.breakage = 'hang';
    for (let press = 0; press < 10; press += 1) await tab.press('Escape');
    expect(await tab.evaluate(() => document.querySelector('dialog:modal') !== null)).toBe(true);
    expect(await stage.state(tab)).toBe('extending');
    stage.site.breakage = 'none';
    await until('the extension', async () => (await stage.state(tab)) === '');
    expect(stage.site.touches()).toBe(1);
  });

  test('5. one live region, inside the dialog, there before its text changes', async () => {
    const tab = await stage.signIn();
    const regions = () =>
      tab.evaluate(() => {
        const found = [
          ...document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log], output'),
        ];
        return found.map((region) => [
          region.closest('dialog') !== null,
          region.checkVisibility(),
          region.textContent,
        ]);
      });
    expect(await regions()).toEqual([[true, false, '']]);
    await stage.pass(13 * MINUTE);
    expect(await stage.state(tab)).toBe('');
    await stage.pass(10);
    expect(await stage.state(tab)).toBe('warning');
    expect(await regions()).toEqual([[true, true, '']]);
    await stage.pass(200);
    expect(await regions()).toEqual([[true, true, expect.stringContaining('You will be signed out in')]]);
  });

  test('6. over 120 s it speaks at the opening, at 60, 40 and 20 s and the end, never twice within 10 s', async () => {
    const tab = await stage.signIn();
    await tab.evaluate(() => {
      const said: [number, string][] = [];
      (globalThis as unknown as { said: unknown }).said = said;
      const region = document.querySelector('session-timeout-dialog [role=status]')!;
      new MutationObserver(() => {
        if (region.textContent) said.push([performance.now(), region.textContent]);
      }).observe(region, { childList: true, characterData: true, subtree: true });
    });
    await stage.pass(12 * MINUTE);
    await stage.pass(3.2 * MINUTE);
    const said = await tab.evaluate(() => (globalThis as unknown as { said: [number, string][] }).said);
    expect(said.map(([, text]) => text)).toEqual([
      'You will be signed out in 2 minutes.',
      'You will be signed out in 1 minute.',
      'You will be signed out in 40 seconds.',
      'You will be signed out in 20 seconds.',
    ]);
    for (let index = 1; index < said.length; index += 1) {
      expect(said[index]![0] - said[index - 1]![0]).toBeGreaterThanOrEqual(10_000);
    }
    // The end is spoken by moving focus to it.
    expect(await focused(tab)).toBe('You’ve been signed out');
  });

  test('7. the warning leaves 120 s, and extending works ten times in a row, one key each', async () => {
    const tab = await stage.signIn();
    for (let time = 0; time < 10; time += 1) {
      await stage.pass(13 * MINUTE);
      expect(await stage.state(tab)).toBe('');
      await stage.pass(1_000);
      expect(await stage.state(tab)).toBe('warning');
      expect((await stage.snapshot(tab)).remainingSeconds).toBeGreaterThanOrEqual(119);
      await tab.press('Enter');
      await until('the extension', async () => (await stage.state(tab)) === '');
    }
    expect(stage.site.touches()).toBe(10);
  });

  test('8. close to the absolute limit it offers no extension, says so, and lets the user go on working', async () => {
    stage.site.policy = { absoluteTimeoutMs: 20 * MINUTE };
    const tab = await stage.signIn();
    await tab.click('#note');
    await stage.pass(10 * MINUTE);
    await tab.type('a');
    await stage.pass(8.25 * MINUTE);
    expect(await stage.state(tab)).toBe('absolute');
    const text = await tab.evaluate(
      () => document.querySelector<HTMLElement>('session-timeout-dialog')!.innerText,
    );
    expect(text).toContain('You are signed out after 20 minutes in any case.');
    expect(text).not.toContain('Stay signed in');
    const touches = stage.site.touches();
    await tab.press('Enter');
    expect(await stage.state(tab)).toBe('');
    expect(await tab.evaluate(() => document.activeElement!.id)).toBe('note');
    await tab.type('the last words');
    expect(stage.site.touches()).toBe(touches);
    await stage.pass(2.5 * MINUTE);
    expect(await stage.state(tab)).toBe('ended');
    expect(await tab.evaluate(() => document.querySelector('session-timeout-dialog p')!.textContent)).toBe(
      'You were signed out after 20 minutes, the longest allowed.',
    );
  });

  // 9, the sign-in page and the drafts, is in site.browser.test.ts (test/examples/demo) and drafts.browser.test.ts.

  test('10. pending, failed and offline go to role=status; the button stays focusable', async () => {
    const tab = await warned();
    stage.site.breakage = 'hang';
    await tab.press('Enter');
    await until('pending', async () => (await live(tab)) === 'One moment …');
    const button = await tab.evaluate(() => {
      const stay = document.querySelector<HTMLButtonElement>('.session-timeout-stay')!;
      return [stay.ariaDisabled, stay.disabled, document.activeElement === stay];
    });
    expect(button).toEqual(['true', false, true]);
    stage.site.breakage = 'network';
    await until('failed', async () => (await live(tab)) === 'The server is out of reach. Trying again …');
    expect(await stage.state(tab)).toBe('failed');
  });

  test('10. offline is a state of its own', async () => {
    const tab = await stage.signIn();
    stage.site.breakage = 'network';
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    await stage.pass(13.25 * MINUTE);
    expect(await stage.state(tab)).toBe('offline');
    expect(await live(tab)).toBe('You are offline. Trying again …');
  });

  test('11. when it has ended, focus goes to the heading, with the reason and a way back', async () => {
    const tab = await stage.signIn();
    await stage.pass(15.25 * MINUTE);
    expect(await focused(tab)).toBe('You’ve been signed out');
    const ended = await tab.evaluate(() => {
      const link = document.querySelector<HTMLAnchorElement>('.session-timeout-again')!;
      return [link.textContent, link.getAttribute('href'), link.checkVisibility()];
    });
    expect(ended).toEqual(['Sign in again', '/api/auth/sign-in?returnTo=%2Fapp', true]);
    await tab.press('Tab');
    expect(await focused(tab)).toBe('Sign in again');
    for (let press = 0; press < 5; press += 1) await tab.press('Escape');
    expect(await stage.state(tab)).toBe('ended');
    expect(await tab.evaluate(() => document.querySelector('dialog:modal') !== null)).toBe(true);
  });

  test.each([
    ['revoked', 'You were signed out from another device or by an administrator.'],
    ['signed-out', 'You signed out.'],
    ['superseded', 'You were signed out by another sign-in in this browser.'],
    ['closed', 'You were signed out because the browser was closed.'],
  ] as const)('11. it says why: %s', async (reason, text) => {
    const tab = await stage.signIn();
    await stage.site.end(reason);
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    expect(await stage.state(tab)).toBe('ended');
    expect(await tab.evaluate(() => document.querySelector('session-timeout-dialog p')!.textContent)).toBe(
      text,
    );
  });

  // va.gov-team#27607, MarkUs#8110: the warning under another modal.
  test('12. it can be reached over a modal that was there, and over one that comes after it', async () => {
    const tab = await stage.signIn();
    await inPage(tab, () => document.querySelector<HTMLDialogElement>('#own')!.showModal());
    await stage.pass(13.25 * MINUTE);
    expect(await focused(tab)).toBe('Stay signed in');
    const top = () =>
      tab.evaluate(() => {
        const stay = document.querySelector('.session-timeout-stay')!;
        const { x, y, width, height } = stay.getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2) === stay;
      });
    expect(await top()).toBe(true);

    await inPage(tab, () => {
      const own = document.querySelector<HTMLDialogElement>('#own')!;
      own.close();
      own.showModal();
    });
    await stage.pass(1_000);
    expect(await top()).toBe(true);
    expect(await focused(tab)).toBe('Stay signed in');
    await tab.press('Enter');
    await until('the extension', async () => (await stage.state(tab)) === '');
  });

  test('13. at 320 px nothing is cut off, targets are large, and the title says it while the tab is hidden', async () => {
    const tab = await warned();
    await tab.size(320, 480);
    const layout = await tab.evaluate(() => {
      const dialog = document.querySelector<HTMLElement>('session-timeout-dialog dialog')!;
      const { left, right } = dialog.getBoundingClientRect();
      const targets = [...dialog.querySelectorAll<HTMLElement>('button, a')].filter(
        (target) => !target.hidden,
      );
      return {
        inside: left >= 0 && right <= innerWidth,
        scrollsSideways: dialog.scrollWidth > dialog.clientWidth,
        smallest: Math.min(...targets.map((target) => target.getBoundingClientRect().height)),
      };
    });
    expect(layout).toEqual({ inside: true, scrollsSideways: false, smallest: expect.any(Number) });
    expect(layout.smallest).toBeGreaterThanOrEqual(24);

    const title = (hidden: boolean) =>
      tab.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
        return document.title;
      }, hidden);
    expect(await title(true)).toMatch(/^1:5\d · Orders$/);
    expect(await title(false)).toBe('Orders');
    await title(true);
    await stage.pass(3 * MINUTE);
    expect(await tab.evaluate(() => document.title)).toBe('Signed out · Orders');
    expect(await title(false)).toBe('Orders');
  });

  test('14. axe is clean in every state', async () => {
    const tab = await stage.signIn();
    const clean = async (state: string) => {
      expect(await stage.state(tab)).toBe(state);
      expect([state, ...(await axeViolations(tab))]).toEqual([state]);
    };
    await clean('');
    await stage.pass(13.25 * MINUTE);
    await clean('warning');
    stage.site.breakage = 'hang';
    await tab.press('Enter');
    await until('pending', async () => (await stage.state(tab)) === 'extending');
    await clean('extending');
    stage.site.breakage = 'network';
    await until('failed', async () => (await stage.state(tab)) === 'failed');
    await clean('failed');
    stage.site.breakage = 'none';
    await stage.pass(4 * MINUTE);
    await stage.site.end('idle');
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    await clean('ended');
  });

  test('14. axe is clean offline and at the absolute limit', async () => {
    stage.site.policy = { absoluteTimeoutMs: 15 * MINUTE };
    const tab = await stage.signIn();
    await stage.pass(13.25 * MINUTE);
    expect(await stage.state(tab)).toBe('absolute');
    expect(await axeViolations(tab)).toEqual([]);
    stage.site.breakage = 'network';
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    expect(await stage.state(tab)).toBe('offline');
    expect(await axeViolations(tab)).toEqual([]);
  });
});
