import { expect, test } from '@jest/globals';
import { axeViolations } from '../support/axe.ts';
import { again, focused, inPage, isModal, live, warned } from '../support/dialog-page.ts';
import type { TestPage } from '../support/driver.ts';
import { type Harness, onStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;

onStage('the dialog', (stage) => {
  test('1. it is modal, an alertdialog, and named and described by text that does not tick', async () => {
    const tab = await warned(stage);
    const read = () =>
      tab.evaluate(() => {
        const dialog = document
          .querySelector('session-timeout-dialog')!
          .shadowRoot!.querySelector<HTMLDialogElement>('dialog')!;
        const text = (attribute: string) =>
          document
            .querySelector('session-timeout-dialog')!
            .shadowRoot!.getElementById(dialog.getAttribute(attribute)!)!
            .textContent!.trim();
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
    expect(first.description).toMatch(
      /^You’ll be signed out at \d+:\d\d\s[AP]M, because this session ends after 15 minutes without activity\.$/,
    );
    await stage.pass(30_000);
    expect(await read()).toEqual(first);
  });

  test('2. focus lands on “Stay signed in”, and Tab stays inside', async () => {
    const tab = await warned(stage);
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
      await stage.answer(tab, 'Enter');
      await until('the extension', async () => (await stage.state(tab)) === '');
      return tab.evaluate(() => document.activeElement!.id || document.activeElement!.localName);
    };
    expect(await extended('work')).toBe('work');
    expect(await extended('gone')).toBe('h1');
  });

  test('4. ten Escapes never close it silently: Escape means stay signed in', async () => {
    const tab = await warned(stage);
    stage.site.breakage = 'hang';
    await stage.seen(tab);
    for (let press = 0; press < 10; press += 1) await tab.press('Escape');
    expect(await isModal(tab)).toBe(true);
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
          ...document
            .querySelector('session-timeout-dialog')!
            .shadowRoot!.querySelectorAll('[aria-live], [role]:is([role=status], [role=alert], [role=log])'),
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
    expect(await regions()).toEqual([[true, true, expect.stringContaining('You’ll be signed out in')]]);
  });

  test('6. over 120 s it speaks at the opening, at 60, 40 and 20 s and the end, never twice within 10 s', async () => {
    const tab = await stage.signIn();
    await tab.evaluate(() => {
      const said: [number, string][] = [];
      (globalThis as unknown as { said: unknown }).said = said;
      const region = document
        .querySelector('session-timeout-dialog')!
        .shadowRoot!.querySelector('[role=status]')!;
      new MutationObserver(() => {
        if (region.textContent) said.push([performance.now(), region.textContent]);
      }).observe(region, { childList: true, characterData: true, subtree: true });
    });
    await stage.pass(12 * MINUTE);
    await stage.pass(3.2 * MINUTE);
    const said = await tab.evaluate(() => (globalThis as unknown as { said: [number, string][] }).said);
    expect(said.map(([, text]) => text)).toEqual([
      'You’ll be signed out in 2 minutes.',
      'You’ll be signed out in 1 minute.',
      'You’ll be signed out in 40 seconds.',
      'You’ll be signed out in 20 seconds.',
    ]);
    for (let index = 1; index < said.length; index += 1) {
      expect(said[index]![0] - said[index - 1]![0]).toBeGreaterThanOrEqual(10_000);
    }
    // The end is spoken by moving focus to it.
    expect(await focused(tab)).toMatch(/^Signed out at \d+:\d\d\s[AP]M$/);
  });

  test('7. the warning leaves 120 s, and extending works ten times in a row, one key each', async () => {
    const tab = await stage.signIn();
    for (let time = 0; time < 10; time += 1) {
      await stage.pass(13 * MINUTE);
      expect(await stage.state(tab)).toBe('');
      await stage.pass(1_000);
      expect(await stage.state(tab)).toBe('warning');
      expect((await stage.snapshot(tab)).remainingSeconds).toBeGreaterThanOrEqual(119);
      await stage.answer(tab, 'Enter');
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
    await stage.pass(9.25 * MINUTE);
    expect(await stage.state(tab)).toBe('absolute');
    const text = await tab.evaluate(
      () =>
        document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector<HTMLElement>('dialog')!
          .innerText,
    );
    expect(text).toMatch(/You’ll be signed out at .+, because a session lasts 20 minutes at most\./);
    expect(text).not.toContain('Stay signed in');
    const touches = stage.site.touches();
    await stage.answer(tab, 'Enter');
    // The countdown goes on beside the page.
    expect(await stage.state(tab)).toBe('limit');
    expect(await tab.evaluate(() => document.activeElement!.id)).toBe('note');
    await tab.type('the last words');
    expect(stage.site.touches()).toBe(touches);
    await stage.pass(2.5 * MINUTE);
    expect(await stage.state(tab)).toBe('ended');
    expect(
      await tab.evaluate(
        () => document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector('p')!.textContent,
      ),
    ).toBe('The session lasted 20 minutes, the longest allowed.');
  });

  // 9, the sign-in page and the drafts, is in site.browser.test.ts (test/examples/demo) and drafts.extended.browser.test.ts.

  test('10. pending, failed and offline go to role=status; the button stays focusable', async () => {
    const tab = await warned(stage);
    stage.site.breakage = 'hang';
    await stage.answer(tab, 'Enter');
    await until('pending', async () => (await live(tab)) === 'One moment…');
    const button = await tab.evaluate(() => {
      const stay = document
        .querySelector('session-timeout-dialog')!
        .shadowRoot!.querySelector<HTMLButtonElement>('[part=stay]')!;
      return [stay.ariaDisabled, stay.disabled, stay.matches(':focus')];
    });
    expect(button).toEqual(['true', false, true]);
    stage.site.breakage = 'network';
    await until('failed', async () => (await live(tab)) === 'The server can’t be reached. Trying again…');
    expect(await stage.state(tab)).toBe('failed');
  });

  test('10. offline is a state of its own', async () => {
    const tab = await stage.signIn();
    stage.site.breakage = 'network';
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    await stage.pass(13.25 * MINUTE);
    expect(await stage.state(tab)).toBe('offline');
    expect(await live(tab)).toBe('You’re offline. Trying again…');
    expect(await axeViolations(tab)).toEqual([]);
  });

  test('11. when it has ended, focus goes to the heading, with the reason and a way back', async () => {
    const tab = await stage.signIn();
    await stage.pass(15.25 * MINUTE);
    expect(await focused(tab)).toMatch(/^Signed out at \d+:\d\d\s[AP]M$/);
    const ended = await tab.evaluate(() => {
      const link = document
        .querySelector('session-timeout-dialog')!
        .shadowRoot!.querySelector<HTMLAnchorElement>('[part=again]')!;
      return [link.textContent, link.checkVisibility()];
    });
    expect(ended).toEqual(['Sign in again', true]);
    expect(await again(tab)).toBe('/api/auth/sign-in?returnTo=%2Fapp');
    await tab.press('Tab');
    expect(await focused(tab)).toBe('Sign in again');
    for (let press = 0; press < 5; press += 1) await tab.press('Escape');
    expect(await stage.state(tab)).toBe('ended');
    expect(await isModal(tab)).toBe(true);
  });

  const paragraph = (tab: TestPage) =>
    tab.evaluate(
      () => document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector('p')!.textContent,
    );

  test.each([
    ['revoked', 'The session was ended from another device or by an administrator.'],
    ['signed-out', 'You signed out in another tab.'],
    ['superseded', 'There was a new sign-in in this browser.'],
    ['closed', 'The browser was closed.'],
  ] as const)('11. it says why: %s', async (reason, text) => {
    const tab = await stage.signIn();
    await stage.site.end(reason);
    await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    expect(await stage.state(tab)).toBe('ended');
    expect(await paragraph(tab)).toBe(text);
  });

  test('11. it says which tab signed out, whichever has the focus', async () => {
    const tab = await stage.signIn();
    const other = await stage.tab();
    for (const each of [tab, other]) {
      await each.evaluate((isOther) => {
        document.hasFocus = () => isOther;
      }, each === other);
    }
    await tab.evaluate(() => (globalThis as unknown as Harness).session.signOut());
    for (const each of [tab, other])
      await until('the end', async () => (await stage.state(each)) === 'ended');
    expect(await paragraph(tab)).toBe('You signed out.');
    expect(await paragraph(other)).toBe('You signed out in another tab.');
  });

  test('the end that nobody can confirm is told as that, and covers the page', async () => {
    const tab = await warned(stage);
    stage.site.breakage = 'unavailable';
    await stage.pass(2.5 * MINUTE);
    expect(await stage.state(tab)).toBe('unsure');
    expect(await live(tab)).toBe('We can’t tell whether you are still signed in');
    const said = await tab.evaluate(() => {
      const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
      const part = (name: string) => root.querySelector(`[part=${name}]`)!.textContent;
      return [part('title'), part('text'), part('clock')];
    });
    expect(said).toEqual([
      'We can’t tell whether you are still signed in',
      expect.stringMatching(
        /^The session may have ended at \d+:\d\d\s[AP]M\. The server can’t be reached\. Trying again…$/,
      ),
      '?',
    ]);
    expect(await axeViolations(tab)).toEqual([]);
    stage.site.breakage = 'none';
    await stage.pass(40_000);
    expect(await stage.state(tab)).toBe('ended');
    expect(await focused(tab)).toMatch(/^Signed out at/);
  });

  test.each(['none', 'active'])(
    'the last 20 s differ by their shape, and a second each, with forced colours: %s',
    async (forcedColors) => {
      const tab = await warned(stage);
      // Puppeteer, which drives Firefox, cannot force colours.
      await tab.chromium?.emulateMedia({ forcedColors: forcedColors as 'none' | 'active' });
      const ring = () =>
        tab.evaluate(() => {
          const clock = document
            .querySelector('session-timeout-dialog')!
            .shadowRoot!.querySelector<HTMLElement>('[part=clock]')!;
          const { maskImage, animationName } = getComputedStyle(clock, '::before');
          const share = Number(clock.style.getPropertyValue('--left'));
          return [clock.textContent, maskImage.includes('repeating-conic-gradient'), share, animationName];
        });
      await stage.pass(94_500);
      expect(await ring()).toEqual(['0:21', false, 21 / 120, 'none']);
      await stage.pass(1_000);
      expect(await ring()).toEqual(['0:20', true, 1, 'none']);
      await stage.pass(10_000);
      expect(await ring()).toEqual(['0:10', true, 0.5, 'none']);
    },
  );

  test('it is closed with its client, and leaves no timer, until that is started again', async () => {
    stage.site.policy = { absoluteTimeoutMs: 20 * MINUTE };
    const tab = await stage.signIn();
    await tab.click('#note');
    await stage.pass(10 * MINUTE);
    await tab.type('a');
    await stage.pass(8.5 * MINUTE);
    expect(await stage.state(tab)).toBe('limit');
    const pending = () => tab.evaluate(() => (globalThis as unknown as Harness).__clock.pending());
    await tab.evaluate(() => (globalThis as unknown as Harness).session.stop());
    expect(await stage.state(tab)).toBe('');
    expect(await pending()).toBe(0);
    await tab.evaluate(() => (globalThis as unknown as Harness).session.start());
    await stage.settle();
    expect(await stage.state(tab)).toBe('limit');
    await stage.pass(MINUTE);
    expect(await stage.state(tab)).toBe('absolute');
  });

  test('assistive technology finds it in a part of the page that is hidden from it', async () => {
    const tab = await warned(stage);
    await inPage(tab, () => document.body.setAttribute('aria-hidden', 'true'));
    await until('the part to be exposed', () =>
      tab.evaluate(() => !document.body.hasAttribute('aria-hidden')),
    );
    expect(await axeViolations(tab)).toEqual([]);
  });

  // va.gov-team#27607, MarkUs#8110: the warning under another modal.
  test('12. it can be reached over a modal that was there, and over one that comes after it', async () => {
    const tab = await stage.signIn();
    await inPage(tab, () => document.querySelector<HTMLDialogElement>('#own')!.showModal());
    await stage.pass(13.25 * MINUTE);
    expect(await focused(tab)).toBe('Stay signed in');
    const top = () =>
      tab.evaluate(() => {
        const stay = document
          .querySelector('session-timeout-dialog')!
          .shadowRoot!.querySelector('[part=stay]')!;
        const { x, y, width, height } = stay.getBoundingClientRect();
        return (stay.getRootNode() as ShadowRoot).elementFromPoint(x + width / 2, y + height / 2) === stay;
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
    await stage.answer(tab, 'Enter');
    await until('the extension', async () => (await stage.state(tab)) === '');
  });

  test('13. at 320 px nothing is cut off, targets are large, and the title says it while the tab is hidden', async () => {
    const tab = await warned(stage);
    await tab.size(320, 480);
    const layout = await tab.evaluate(() => {
      const dialog = document
        .querySelector('session-timeout-dialog')!
        .shadowRoot!.querySelector<HTMLElement>('dialog')!;
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

  test('13. at 320 × 200, as at 400 % zoom, the buttons are in sight, and so is what has gone wrong', async () => {
    const tab = await warned(stage);
    await tab.size(320, 200);
    const hidden = () =>
      tab.evaluate(() => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const parts = [...root.querySelectorAll<HTMLElement>('button, a, .failed [part=live]')];
        return parts
          .filter((part) => !part.hidden)
          .filter((part) => {
            const { x, y, width, height } = part.getBoundingClientRect();
            const at = [1, height - 1].map((down) => root.elementFromPoint(x + width / 2, y + down));
            return !at.every((found) => found === part);
          })
          .map((part) => part.textContent);
      });
    expect(await hidden()).toEqual([]);
    stage.site.breakage = 'network';
    await stage.answer(tab, 'Enter');
    await until('failed', async () => (await stage.state(tab)) === 'failed');
    expect(await hidden()).toEqual([]);
  });

  test.each([
    ['granted', ['Are you still there?']],
    ['denied', []],
  ])('a warning in a hidden tab is a notification where the permission is %s', async (permission, titles) => {
    const tab = await stage.signIn();
    await tab.evaluate((given) => {
      const open = new Set<string>();
      class FakeNotification {
        static permission = given;
        readonly title: string;
        constructor(title: string) {
          this.title = title;
          open.add(title);
        }
        close() {
          open.delete(this.title);
        }
      }
      Object.assign(globalThis, { Notification: FakeNotification, open });
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.querySelector('session-timeout-dialog')!.setAttribute('notify', '');
    }, permission);
    const notified = () => tab.evaluate(() => [...(globalThis as unknown as { open: Set<string> }).open]);
    await stage.pass(13.25 * MINUTE);
    expect(await notified()).toEqual(titles);
    await tab.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    expect(await notified()).toEqual([]);
    expect(tab.errors).toEqual([]);
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
    await stage.answer(tab, 'Enter');
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

  test('14. axe is clean at the absolute limit, long before and close to it', async () => {
    stage.site.policy = { absoluteTimeoutMs: 15 * MINUTE };
    const tab = await stage.signIn();
    await stage.pass(13.6 * MINUTE);
    expect(await stage.state(tab)).toBe('limit');
    expect(await axeViolations(tab)).toEqual([]);
    await stage.pass(0.75 * MINUTE);
    expect(await stage.state(tab)).toBe('absolute');
    expect(await axeViolations(tab)).toEqual([]);
  });
});
