import { expect, test } from '@jest/globals';
import type { SessionClient, SessionStatus, Snapshot } from '../../../web/client/index.ts';
import { LOADING } from '../../../web/client/snapshot.ts';
import type { TestPage } from '../../support/driver.ts';
import { onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface State {
  readonly snapshot: Partial<Snapshot>;
  /** Until the absolute limit, ms. */
  readonly absoluteLeftMs?: number;
  readonly ended?: string;
}
const WARNING: State = { snapshot: { status: 'warning', remainingSeconds: 90, extendable: true } };
const LIMIT: State = { snapshot: { status: 'active' }, absoluteLeftMs: 5 * MINUTE };
const ENDED: State = { snapshot: { status: 'ended', reason: 'superseded' } };
/** All that it shows, by names of our own. */
const STATES: Readonly<Record<string, State>> = {
  warning: WARNING,
  failed: { snapshot: { ...WARNING.snapshot, connection: 'unavailable' } },
  offline: { snapshot: { ...WARNING.snapshot, connection: 'offline' } },
  unsure: { snapshot: { ...WARNING.snapshot, connection: 'offline', remainingSeconds: 0 } },
  absolute: { snapshot: { status: 'active' }, absoluteLeftMs: 45_000 },
  limit: LIMIT,
  ended: ENDED,
  'ended, as a notice': { ...ENDED, ended: 'notice' },
};

type Puppet = { show(snapshot: Snapshot, absoluteLeftMs: number): void };

onStage('the looks of the dialog', (stage) => {
  /** A page whose dialog shows what it is told to, with no client of its own that could disagree. */
  async function puppet(): Promise<TestPage> {
    const tab = await stage.signIn();
    await tab.evaluate((hour) => {
      const element = document.querySelector('session-timeout-dialog')!;
      const real = element.session!;
      let snapshot = real.getSnapshot();
      const status: SessionStatus = { ...real.getStatus()!, absoluteWarnBeforeMs: hour };
      let told = () => {};
      const session: SessionClient = Object.assign(Object.create(real), {
        addEventListener: () => {},
        getSnapshot: () => snapshot,
        getStatus: () => (snapshot.status === 'ended' ? null : status),
        subscribe: (listener: () => void) => {
          told = listener;
          return () => {};
        },
      });
      element.session = session;
      const page: Puppet = {
        show(next, absoluteLeftMs) {
          const now = session.clock.now();
          snapshot = {
            ...next,
            expiresAt: now + 90_000,
            absoluteExpiresAt: now + absoluteLeftMs,
            endedAt: next.status === 'ended' ? now : null,
          };
          told();
        },
      };
      Object.assign(globalThis, page);
    }, HOUR);
    return tab;
  }
  async function show(tab: TestPage, { snapshot, absoluteLeftMs = 2 * HOUR, ended = 'cover' }: State) {
    await tab.evaluate(
      (next, left, display) => {
        document.querySelector('session-timeout-dialog')!.setAttribute('ended', display);
        const page = globalThis as unknown as Puppet;
        // From nothing: the modal of the absolute limit comes for a limit that was not closed.
        page.show({ ...next, status: 'active', extendable: true }, 7_200_000);
        page.show(next, left);
      },
      { ...LOADING, ...snapshot },
      absoluteLeftMs,
      ended,
    );
  }
  const speak = async (tab: TestPage, lang: string) => {
    await show(tab, WARNING);
    await tab.evaluate((given) => document.documentElement.setAttribute('lang', given), lang);
    await until(lang, () =>
      tab.evaluate(
        (given) =>
          document
            .querySelector('session-timeout-dialog')!
            .shadowRoot!.querySelector<HTMLElement>('[part=card]')!.lang === given,
        lang,
      ),
    );
  };
  /** The computed style of a part, or of what stands before its contents. */
  const style = (tab: TestPage, part: string, property: string, pseudo = '') =>
    tab.evaluate(
      (name, wanted, before) => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        return getComputedStyle(root.querySelector(`[part=${name}]`)!, before).getPropertyValue(wanted);
      },
      part,
      property,
      pseudo,
    );

  /** What a user could not see, or not reach by scrolling the card. */
  const clipped = (tab: TestPage) =>
    tab.evaluate(() => {
      const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
      const found: string[] = [];
      const [place] = [...root.querySelectorAll<HTMLElement>('dialog, [part=notice]')].filter((each) =>
        each.checkVisibility(),
      );
      if (!place) return ['nothing shows'];
      const box = place.getBoundingClientRect();
      if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)
        found.push('outside');
      for (const each of [place, ...place.querySelectorAll<HTMLElement>('*')])
        if (each.scrollWidth > each.clientWidth + 1 && each.part.value !== 'live' && each.clientWidth > 0)
          found.push(`wide: ${each.part}`);
      for (const each of place.querySelectorAll<HTMLElement>('button, a')) {
        if (each.hidden) continue;
        const { x, y, width, height } = each.getBoundingClientRect();
        const ends = [1, height - 1].map((down) => root.elementFromPoint(x + width / 2, y + down));
        if (!ends.every((at) => at === each)) found.push(`covered: ${each.textContent}`);
        if (height < 24) found.push(`small: ${each.textContent}`);
      }
      // Between the upper edge and the buttons, which stick, there is a line at least, through which all words can be scrolled.
      // A notice is read in passing: none of it waits to be scrolled to.
      if (place.part.contains('notice') && place.scrollHeight > place.clientHeight)
        found.push(`tall: ${place.scrollHeight}`);
      const actions = place.querySelector('[part=actions]')!.getBoundingClientRect();
      const line = Number.parseFloat(getComputedStyle(place).fontSize) * 1.5;
      if (actions.top - box.top < line) found.push(`no room for text: ${actions.top - box.top}`);
      return found;
    });

  // A page may take the size of its root for a measure of its own.
  test.each(['62.5%', '10vw'])('where the root’s size is %s, it is read and fits', async (size) => {
    const tab = await puppet();
    await tab.evaluate((given) => {
      document.documentElement.style.fontSize = given;
      document.body.style.fontSize = '12px';
    }, size);
    for (const [width, height] of [
      [320, 640],
      [1200, 800],
    ] as const) {
      await tab.size(width, height);
      for (const [name, state] of Object.entries(STATES)) {
        await show(tab, state);
        const text = Number.parseFloat(await style(tab, 'text', 'font-size'));
        expect([name, text >= 16 && text <= 20, ...(await clipped(tab))]).toEqual([name, true]);
      }
    }
  });

  test.each(['en', 'de', 'pl'])(
    'at 320 × 200, as at 400 %% zoom, nothing is out of reach in any state: %s',
    async (lang) => {
      const tab = await puppet();
      await tab.size(320, 200);
      await speak(tab, lang);
      for (const [name, state] of Object.entries(STATES)) {
        await show(tab, state);
        expect([name, ...(await clipped(tab))]).toEqual([name]);
      }
    },
  );

  test('a long name in a text of the page’s own breaks rather than make it wide', async () => {
    const tab = await puppet();
    await tab.evaluate(() => {
      const name = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3);
      document.querySelector('session-timeout-dialog')!.texts = {
        warningTitle: `${name}, are you still there?`,
        warning: () => `Signed in as ${name}@example.com.`,
        stay: `Stay signed in as ${name}`,
        signIn: `Sign in as ${name}`,
      };
    });
    for (const [width, height] of [
      [320, 640],
      [1200, 800],
    ] as const) {
      await tab.size(width, height);
      for (const state of [WARNING, ENDED]) {
        await show(tab, state);
        expect(await clipped(tab)).toEqual([]);
      }
    }
  });

  test('a notice is in the corner where lines end, and beside a modal of the page both show', async () => {
    const tab = await puppet();
    const corner = () =>
      tab.evaluate(() => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const { left, right, bottom } = root.querySelector('[part=notice]')!.getBoundingClientRect();
        return { left, right: document.documentElement.clientWidth - right, bottom: innerHeight - bottom };
      });
    await show(tab, LIMIT);
    expect(await corner()).toMatchObject({ right: 16, bottom: 16 });
    await tab.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
    expect(await corner()).toMatchObject({ left: 16, bottom: 16 });

    // What is beside a modal is hit by no pointer, so that its picture has to tell: the backdrop would darken it.
    const page = tab.chromium;
    const picture = async () => {
      const clip = await tab.evaluate(() => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const { x, y, width, height } = root.querySelector('[part=card]')!.getBoundingClientRect();
        return { x: x + 8, y: y + 8, width: width - 16, height: height - 16 };
      });
      return (await page?.screenshot({ clip, animations: 'disabled' }))?.toString('base64');
    };
    const isModalSeen = () =>
      tab.evaluate(() => {
        const inside = document.querySelector('#inside')!;
        const { x, y, width, height } = inside.getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2) === inside;
      });
    const alone = await picture();
    await tab.evaluate(() => document.querySelector<HTMLDialogElement>('#own')!.showModal());
    await until('the notice above the backdrop', async () => (await picture()) === alone);
    expect(await isModalSeen()).toBe(true);
    // The one that comes later stands beside the other, too.
    await show(tab, LIMIT);
    expect(await picture()).toBe(alone);
    expect(await isModalSeen()).toBe(true);
  });

  test('the button that has the focus shows it, after a mouse, too', async () => {
    const tab = await puppet();
    await tab.click('#work');
    await show(tab, WARNING);
    expect(await style(tab, 'stay', 'outline-style')).toBe('solid');
    expect(await style(tab, 'stay', 'outline-width')).toBe('3px');
    expect(await style(tab, 'leave', 'outline-style')).toBe('none');
  });

  test('it moves unless less motion is wanted, and by forced colours in the dark each of its signs is seen', async () => {
    const tab = await puppet();
    await show(tab, WARNING);
    expect(await style(tab, 'dialog', 'animation-name')).toBe('rise');
    const page = tab.chromium;
    // Puppeteer, which drives Firefox, can force neither.
    if (!page) return;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await style(tab, 'dialog', 'animation-name')).toBe('none');

    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    const [white, black] = ['rgb(255, 255, 255)', 'rgb(0, 0, 0)'];
    expect(await style(tab, 'dialog', 'background-color')).toBe(black);
    expect(await style(tab, 'title', 'color')).toBe(white);
    expect(await style(tab, 'clock', 'background-image', '::before')).toContain(white);
    expect(await style(tab, 'stay', 'border-width')).toBe('3px');
    expect(await style(tab, 'leave', 'border-width')).toBe('1px');
    await show(tab, { snapshot: { ...WARNING.snapshot, remainingSeconds: 10 } });
    expect(await style(tab, 'clock', 'background-image', '::before')).toContain(white);
    expect(await style(tab, 'clock', 'mask-image', '::before')).toContain('repeating-conic-gradient');
    await show(tab, ENDED);
    // A disc in the one colour of all text would be a hole.
    expect(await style(tab, 'title', 'display', '::before')).toBe('none');
    expect(await style(tab, 'again', 'border-width')).toBe('3px');
  });

  test('on paper there is the page while it is open, and nothing of it while it is covered', async () => {
    const tab = await puppet();
    const page = tab.chromium;
    const onPaper = () =>
      tab.evaluate(() => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const isSeen = (each: Element) => each.checkVisibility({ visibilityProperty: true });
        const rules = document.adoptedStyleSheets.flatMap(({ cssRules }) => [...cssRules]).map(String).length;
        return {
          page: [...document.querySelectorAll('main, main *')].some(isSeen),
          dialog: isSeen(root.querySelector('[part=title]')!),
          rules,
        };
      });
    const sheets = async () => (await page?.pdf())?.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length;
    await tab.evaluate(() =>
      document.querySelector<HTMLElement>('#tall')!.style.setProperty('height', '3000px'),
    );
    await page?.emulateMedia({ media: 'print' });
    // Puppeteer, which drives Firefox, prints nothing: there the rule is what is looked at.
    const [open, covered] = page
      ? [
          { page: true, dialog: false },
          { page: false, dialog: true },
        ]
      : [{}, {}];
    for (const state of ['warning', 'limit', 'ended, as a notice']) {
      await show(tab, STATES[state]!);
      expect([state, await onPaper()]).toEqual([state, expect.objectContaining({ ...open, rules: 0 })]);
    }
    if (page) expect(await sheets()).toBeGreaterThan(1);
    for (const state of ['unsure', 'ended']) {
      await show(tab, STATES[state]!);
      expect([state, await onPaper()]).toEqual([state, expect.objectContaining({ ...covered, rules: 1 })]);
      // A page that sets its sheets anew is covered again with what shows next.
      await tab.evaluate(() => {
        document.adoptedStyleSheets = [];
      });
      await show(tab, STATES[state]!);
      expect([state, await onPaper()]).toEqual([state, expect.objectContaining({ ...covered, rules: 1 })]);
    }
    if (page) expect(await sheets()).toBe(1);
    await tab.evaluate(() => document.querySelector('session-timeout-dialog')!.remove());
    expect(await tab.evaluate(() => document.adoptedStyleSheets.length)).toBe(0);
  });
});
