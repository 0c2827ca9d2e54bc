import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SLOW_MS } from '../../../dev/protocol.ts';
import { axeViolations } from '../../support/axe.ts';
import { browsersHere, sharedBrowser } from '../../support/browsers.ts';
import { type DevSite, startDevSite } from '../../support/dev-site.ts';
import type { TestBrowser, TestContext, TestPage } from '../../support/driver.ts';
import type { Harness } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

jest.setTimeout(60_000);

/** What a page, a focus trap in it, or the session client could hear of the user. */
const TYPES =
  'keydown keypress keyup beforeinput input pointerdown pointermove pointerup mousedown mousemove mouseup click focusin focusout copy paste wheel';
type Heard = { heard: string[] };

/** From one time of day to a later one. */
function secondsBetween(from: string, to: string): number {
  const seconds = (time: string) => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (seconds(to) - seconds(from) + 86_400) % 86_400;
}

describe.each(browsersHere())('the panel, in %s', (name) => {
  // Puppeteer, which drives Firefox, has no way to choose colours or motion.
  const canChoose = name === 'chromium';
  let browser: TestBrowser;
  let site: DevSite;
  let context: TestContext;

  beforeAll(async () => {
    browser = await sharedBrowser(name);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    site = await startDevSite();
    context = await browser.context();
  });
  afterEach(async () => {
    await context.close();
    await site.close();
  });

  async function open(path = '/'): Promise<TestPage> {
    const page = await context.page();
    await page.goto(site.origin + path);
    await until('the panel', () => has(page, '.title, .open'));
    return page;
  }
  /** Until nothing of the drawer moves away from under a click. */
  async function openDrawer(page: TestPage): Promise<void> {
    await page.click('curfew-panel >>> .open');
    await page.evaluate(() => {
      const drawer = document.querySelector('curfew-panel')!.shadowRoot!.querySelector('.drawer')!;
      return Promise.all(drawer.getAnimations().map(({ finished }) => finished)).then(() => true);
    });
  }
  /** A page in which somebody is signed in, by the panel, whose drawer is open. */
  async function openSignedIn(path = '/'): Promise<TestPage> {
    const page = await open(path);
    await openDrawer(page);
    await page.click('curfew-panel >>> [name=name]');
    await page.type('Ada Lovelace');
    await page.press('Enter');
    await until('the session', async () => (await status(page)) === 'active');
    await until('its bars', () => has(page, '.session .fill'));
    return page;
  }
  const press = (page: TestPage, value: string) => page.click(`curfew-panel >>> [value="${value}"]`);
  const snapshot = (page: TestPage) =>
    page.evaluate(() => (globalThis as unknown as Harness).session?.getSnapshot());
  const status = async (page: TestPage) => (await snapshot(page))?.status;
  const dialog = (page: TestPage) =>
    page.evaluate(() => document.querySelector<HTMLElement>('session-timeout-dialog')?.dataset.state ?? '');
  /** Whether something of the panel can be seen. */
  const has = (page: TestPage, selector: string) =>
    page.evaluate((wanted) => {
      const found = document.querySelector('curfew-panel')?.shadowRoot?.querySelectorAll(wanted) ?? [];
      return [...found].some((each) => each.checkVisibility());
    }, selector);
  const text = (page: TestPage, selector: string) =>
    page.evaluate((wanted) => {
      const root = document.querySelector('curfew-panel')!.shadowRoot!;
      return [...root.querySelectorAll<HTMLElement>(wanted)].map((each) => each.innerText).join('\n');
    }, selector);
  const untilText = (page: TestPage, selector: string, wanted: string | RegExp) =>
    until(`${wanted} in ${selector}`, async () => RegExp(wanted).test(await text(page, selector)));
  /** What has the focus: the class of a part of the panel, or an id of the page. */
  const focused = (page: TestPage) =>
    page.evaluate(() => {
      const inside = document.querySelector('curfew-panel')?.shadowRoot?.activeElement;
      return inside?.className || document.activeElement?.id || '';
    });
  /** The newest activity that any tab has shared, server time. */
  const activityAt = (page: TestPage) =>
    page.evaluate(() => JSON.parse(localStorage.curfew ?? '{}').activityAt);

  async function listening(page: TestPage): Promise<() => Promise<string[]>> {
    await page.evaluate((types) => {
      const scope = globalThis as unknown as Heard;
      scope.heard = [];
      for (const type of types.split(' ')) {
        for (const target of [window, document]) {
          target.addEventListener(type, (event) => event.isTrusted && scope.heard.push(type), true);
        }
      }
    }, TYPES);
    return () => page.evaluate(() => (globalThis as unknown as Heard).heard.splice(0));
  }

  test('the page keeps its focus while a mouse opens the drawer, presses its buttons and closes it', async () => {
    const page = await openSignedIn();
    await page.click('curfew-panel >>> .close');
    await page.click('#note');
    await openDrawer(page);
    expect([await has(page, '.drawer'), await focused(page)]).toEqual([true, 'note']);
    await page.click('curfew-panel >>> .row .small');
    await untilText(page, '.said', '5:00 have passed');
    expect(await focused(page)).toBe('note');
    await page.click('curfew-panel >>> .close');
    expect([await has(page, '.drawer'), await focused(page)]).toEqual([false, 'note']);
  });

  test('Escape in the drawer closes it, and the focus is back where it was; Escape in the page does not', async () => {
    const page = await openSignedIn();
    await page.click('#note');
    await page.press('Escape');
    expect(await has(page, '.drawer')).toBe(true);
    await page.click('curfew-panel >>> [name=by]');
    expect(await focused(page)).toBe('field');
    const heard = await listening(page);
    await page.press('Escape');
    expect([await has(page, '.drawer'), await focused(page)]).toEqual([false, 'note']);
    // The focus is the page’s again, and no key is.
    expect((await heard()).filter((type) => !type.startsWith('focus'))).toEqual([]);
  });

  test('by keyboard alone: in from the end of the page, through the drawer, and out again', async () => {
    const page = await open();
    await page.evaluate(() => document.querySelector<HTMLElement>('#gone')!.focus());
    await page.press('Tab');
    expect(await focused(page)).toBe('open');
    await page.press('Enter');
    expect([await has(page, '.drawer'), await focused(page)]).toEqual([true, 'title']);
    const seen: string[] = [];
    while (seen.at(-1) !== 'radio' && seen.length < 30) {
      await page.press('Tab');
      seen.push(await focused(page));
    }
    for (const part of ['icon window', 'icon close', 'summary', 'press', 'field', 'radio']) {
      expect(seen).toContain(part);
    }
    await page.evaluate(() =>
      document.querySelector('curfew-panel')!.shadowRoot!.querySelector<HTMLElement>('[value=up]')!.focus(),
    );
    await page.press('ArrowRight');
    await untilText(page, '.said', 'The server is down');
    await page.press('Escape');
    expect([await has(page, '.drawer'), await focused(page)]).toEqual([false, 'open']);
  });

  test('nothing that is done in the panel is heard by the page, or is activity for its client', async () => {
    const page = await openSignedIn();
    await page.click('#note');
    const heard = await listening(page);
    const before = await activityAt(page);
    // More than a second later an activity would be shared.
    await page.evaluate(() => {
      for (const clock of [Date, performance]) {
        const now = clock.now.bind(clock);
        clock.now = () => now() + 1_100;
      }
    });
    await page.click('curfew-panel >>> [name=by]');
    await page.type('x');
    await page.press('Backspace');
    for (const y of [200, 300, 400]) await page.move(1_100, y);
    await page.wheel(50);
    await page.click('curfew-panel >>> .summary');
    expect((await heard()).filter((type) => type !== 'focusout')).toEqual([]);
    expect(await activityAt(page)).toBe(before);
    // A pointer over the page is the page’s.
    await page.move(300, 300);
    expect(await heard()).toContain('pointermove');
  });

  test('being idle opens the warning at once, past the end it is over, and a session can begin again', async () => {
    const page = await openSignedIn();
    await page.click('#note');
    await page.type('activity that the server has not been told');
    await press(page, 'warning');
    await until('the warning', async () => (await dialog(page)) === 'warning');
    await untilText(page, '.bar', /idle\n[12]:\d\d left/);
    // The dialog is over the page, and over the drawer: the panel as a page of its own goes on.
    const own = await open('/__curfew');
    await untilText(own, '.client .who', '/');
    await untilText(own, '.client .quiet', 'warning');
    await press(own, 'end');
    await until('the end', async () => (await status(page)) === 'ended');
    await untilText(own, '.session .quiet', /ended at .*: idle/);
    await untilText(own, '.entry .what', /Session Ended, idle/);
    await own.click('curfew-panel >>> [name=name]');
    await own.type('Ada Lovelace');
    await own.press('Enter');
    await until('the next session', async () => (await status(page)) === 'active');
  });

  test('a server that is down or out of reach is seen in the client, which signs nobody out', async () => {
    const page = await openSignedIn();
    for (const [mode, connection] of [
      ['down', 'unavailable'],
      ['unreachable', 'offline'],
    ] as const) {
      await press(page, mode);
      await until(connection, () =>
        page.evaluate(
          (wanted) => (globalThis as unknown as Harness).session.getSnapshot().connection === wanted,
          connection,
        ),
      );
      await untilText(page, '.step', 'nobody is signed out');
    }
    await press(page, 'up');
    await until('the server', async () => !(await text(page, '.step')).includes('nobody is signed out'));
    expect(await status(page)).toBe('active');
  });

  test('a jump of the clock shortens the bars, and the panel has one clock: that of the server', async () => {
    const page = await openSignedIn();
    const share = () =>
      page.evaluate(() => {
        const [track] = document.querySelector('curfew-panel')!.shadowRoot!.querySelectorAll('.track');
        const fill = track!.querySelector('.fill')!;
        return fill.getBoundingClientRect().width / track!.getBoundingClientRect().width;
      });
    await until('the whole bar', async () => (await share()) > 0.95);
    await page.click('curfew-panel >>> .row .small');
    await untilText(page, '.bar', /idle\n(?:10:00|9:\d\d) left/);
    await until('two thirds of it', async () => (await share()) > 0.6 && (await share()) < 0.7);
    const [warned = '', ends = ''] = [await text(page, '.step'), await text(page, '.bar')].map(
      (shown) => /(?:at|until) (\d\d:\d\d:\d\d)/.exec(shown)?.[1],
    );
    expect(secondsBetween(warned, ends)).toBe(120);
  });

  test('what happens in the page while the drawer is closed is listed by the server’s time', async () => {
    const page = await openSignedIn();
    await page.click('curfew-panel >>> .close');
    await site.act({ action: 'clock', advanceMs: 5 * 60_000 });
    await site.act({ action: 'server', mode: 'down' });
    await page.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    await page.click('curfew-panel >>> .open');
    await untilText(page, '.entry .what', 'error');
    const lines = (await text(page, '.entry')).split('\n');
    const at = lines[lines.indexOf('error') - 1] ?? '';
    expect(secondsBetween(at, await text(page, '.clock'))).toBeLessThan(60);
  });

  test('each request is listed as it comes, with whether it touched the session, and why', async () => {
    const page = await openSignedIn();
    const entries = () => text(page, '.entry');
    await page.evaluate(() => fetch('/orders'));
    await untilText(page, '.entry', /GET \/orders\s+did not touch\s+404 · It says nothing about activity/);
    await site.act({ action: 'clock', advanceMs: 120_000 });
    const work = () => page.evaluate(() => fetch('/work', { headers: { 'curfew-idle-for': '0' } }));
    await work();
    await untilText(page, '.entry', /GET \/work\s+touched\s+404 · It says how long ago the user was active/);
    await work();
    await untilText(page, '.entry', /GET \/work\s+did not touch\s+404 · The user was active, which a touch/);
    await page.evaluate(() => fetch('/orders'));
    await page.evaluate(() => fetch('/orders'));
    await untilText(page, '.entry', /GET \/orders × 2/);
    expect(await entries()).toMatch(/Ada Lovelace: Session Started/);
  });

  test('what the user does is said to be told by a pulse, which is listed once it was sent', async () => {
    const page = await openSignedIn();
    await page.click('#note');
    await page.type('umbrellas');
    await untilText(page, '.step', /Sends a pulse in about \d:\d\d: the user was active 0:\d\d ago/);
    await site.act({ action: 'clock', advanceMs: 120_000 });
    await page.evaluate(() => (globalThis as unknown as Harness).session.refresh());
    await untilText(page, '.entry', /POST \/api\/session\/touch\s+touched\s+200 · A pulse/);
  });

  test('being revoked is seen in the page and in the panel, with its reason', async () => {
    const page = await openSignedIn();
    const own = await open('/__curfew');
    await untilText(own, '.session', 'Ada');
    await page.front();
    await press(page, 'revoke');
    await until('the end', async () => (await status(page)) === 'ended');
    await until('the dialog', async () => (await dialog(page)) === 'ended');
    await own.front();
    await untilText(own, '.session .quiet', /ended at .*: revoked/);
    await untilText(own, '.entry', /Session Ended, revoked/);
    await untilText(own, '.client .quiet', 'ended, revoked');
  });

  test('a slow server answers after what the panel calls slow', async () => {
    const page = await openSignedIn();
    await press(page, 'slow');
    await untilText(page, '.said', 'The server is slow');
    const took = page.evaluate(async () => {
      const from = performance.now();
      await fetch('/api/session');
      return performance.now() - from;
    });
    // Clocks of browsers are coarse.
    expect(await took).toBeGreaterThanOrEqual(SLOW_MS - 10);
    await press(page, 'up');
    await untilText(page, '.said', 'The server is up');
  });

  test('while the provider is down nobody signs in, and the page is told so', async () => {
    const page = await open();
    await openDrawer(page);
    await page.click('curfew-panel >>> [name=Provider][value=down]');
    await untilText(page, '.said', 'The identity provider is down');
    await page.goto(`${site.origin}/api/auth/sign-in?returnTo=/`);
    await until('the page', () => page.evaluate(() => location.search === '?error=provider_unavailable'));
    await page.click('curfew-panel >>> [name=Provider][value=up]');
    await untilText(page, '.said', 'The identity provider is up');
    await page.goto(`${site.origin}/api/auth/sign-in?returnTo=/`);
    await until('the names', () => page.evaluate(() => document.querySelector('form') !== null));
  });

  test('a second tab is a window of this page, and each panel shows what the clients of both do next', async () => {
    const page = await openSignedIn();
    await press(page, 'tab');
    await until(
      'both',
      async () => (await context.places()).filter((place) => place === `${site.origin}/`).length === 2,
    );
    await until('both clients', async () => (await text(page, '.client .quiet')) === 'active\nactive');
    const badges = () =>
      page.evaluate(() => {
        const root = document.querySelector('curfew-panel')!.shadowRoot!;
        return [...root.querySelectorAll('.client .badge')].map((badge) => badge.checkVisibility());
      });
    expect(await badges()).toEqual([true, false]);
  });

  test('a browser that is restored loads its pages again; a session that is bound to its run is over, and another lives on', async () => {
    const isNew = (page: TestPage) =>
      page.evaluate(() => (globalThis as unknown as { before?: boolean }).before === undefined);
    const restore = async (pages: readonly TestPage[]) => {
      for (const page of pages) {
        await page.evaluate(() => {
          (globalThis as unknown as { before: boolean }).before = true;
        });
      }
      await press(pages[0]!, 'restore');
      for (const page of pages) await until('a page that was loaded again', () => isNew(page));
    };
    const page = await openSignedIn();
    const second = await open();
    await page.front();
    await restore([page, second]);
    await until('the session', async () => (await status(page)) === 'active');
    await site.act({ action: 'policy', policy: { browserClose: 'run' } });
    const bound = await openSignedIn('/bound');
    await until('the binding', async () =>
      site.world
        .state(undefined)
        .sessions.some(({ sessionId }) => site.world.row(sessionId)?.binding?.confirmed),
    );
    await restore([bound, page]);
    for (const each of [bound, page]) {
      await until('the end', async () => (await status(each)) === 'ended');
      const { reason } = await snapshot(each);
      expect(reason).toBe('closed');
    }
  });

  test('a page whose body is replaced, as Turbo does, keeps the panel', async () => {
    const page = await openSignedIn();
    await page.evaluate(() => document.body.replaceWith(document.createElement('body')));
    await until('the drawer', () => has(page, '.drawer'));
    await untilText(page, '.session', 'Ada');
    await page.evaluate(() => document.body.remove());
    await page.evaluate(() => document.documentElement.append(document.createElement('body')));
    await until('the drawer again', () => has(page, '.drawer'));
    expect(page.errors).toEqual([]);
    expect(await page.evaluate(() => document.querySelectorAll('curfew-panel').length)).toBe(1);
  });

  test('the policy is changed while it runs, and what breaks a rule is said', async () => {
    const page = await open('/__curfew');
    const apply = async (field: string, value: string) => {
      await page.evaluate(
        (wanted, typed) => {
          const root = document.querySelector('curfew-panel')!.shadowRoot!;
          const input = root.querySelector<HTMLInputElement>(`[name=${wanted}]`)!;
          input.value = typed;
          input.focus();
        },
        field,
        value,
      );
      await page.press('Enter');
    };
    await untilText(page, '.policy', 'Idle timeout');
    await apply('idleTimeoutMs', 'soon');
    await untilText(page, '.said', 'Idle timeout: a number and a unit');
    await apply('idleTimeoutMs', '30m');
    await untilText(page, '.said', 'Applied');
    await apply('warnBeforeMs', '2h');
    await untilText(page, '.said', 'warnBeforeMs');
    expect(site.world.state(undefined).policy).toMatchObject({
      idleTimeoutMs: 1_800_000,
      warnBeforeMs: 120_000,
    });
  });

  test('the server is followed while the drawer is open, and no longer', async () => {
    const page = await open();
    expect(site.followers()).toBe(0);
    await openDrawer(page);
    await until('a follower', async () => site.followers() === 1);
    await page.click('curfew-panel >>> .close');
    await until('no follower', async () => site.followers() === 0);
    await openDrawer(page);
    await until('a follower again', async () => site.followers() === 1);
    await page.goto(site.origin);
    // A page that is loaded again shows the drawer again.
    await until('the drawer', () => has(page, '.drawer'));
    await page.evaluate(() => document.querySelector('curfew-panel')!.remove());
    await until('no follower in the end', async () => site.followers() === 0);
  });

  test('neither the styles of the page reach the panel, nor its own the page', async () => {
    const page = await open();
    const looks = () =>
      page.evaluate(() => {
        const styles = [...document.querySelectorAll('html, body, main, h1, #note, #work')].map((each) => {
          const { font, color, backgroundColor, margin, padding, display } = getComputedStyle(each);
          return [font, color, backgroundColor, margin, padding, display];
        });
        return {
          styles,
          sheets: document.adoptedStyleSheets.length,
          width: document.documentElement.scrollWidth,
        };
      });
    const before = await looks();
    await page.click('curfew-panel >>> .open');
    expect(await looks()).toEqual(before);
    const size = () =>
      page.evaluate(async () => {
        const root = document.querySelector('curfew-panel')!.shadowRoot!;
        const drawer = root.querySelector('.drawer')!;
        // While it comes, it has not its own size.
        await Promise.all(drawer.getAnimations().map(({ finished }) => finished));
        // Its place depends on whether the page has scroll bars.
        const { width } = drawer.getBoundingClientRect();
        return [width, getComputedStyle(root.querySelector('.title')!).font];
      });
    const own = await size();
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(
        'html { font: 9px serif !important } *, curfew-panel { display: none !important; transform: scale(2) !important; font: 30px fantasy !important }',
      );
      document.adoptedStyleSheets = [sheet];
      for (const each of [document.documentElement, document.body]) {
        each.style.setProperty('display', 'block', 'important');
      }
    });
    expect(await size()).toEqual(own);
  });

  test('a client that no dialog has is given to the panel', async () => {
    const page = await openSignedIn();
    await page.evaluate(() => {
      document.querySelector('session-timeout-dialog')!.remove();
    });
    await untilText(page, '.step', 'No session client is known here');
    await page.evaluate(() => {
      const { session } = globalThis as unknown as Harness;
      Object.assign(document.querySelector('curfew-panel')!, { session });
    });
    await untilText(page, '.step', 'Warns in');
  });

  test.each(canChoose ? (['light', 'dark'] as const) : (['light'] as const))(
    'axe finds nothing at 320 pixels, in the drawer and as a page: %s',
    async (scheme) => {
      const page = await openSignedIn();
      await page.size(320, 640);
      await page.chromium?.emulateMedia({ colorScheme: scheme });
      expect(await axeViolations(page)).toEqual([]);
      const own = await open('/__curfew');
      await own.size(320, 640);
      await own.chromium?.emulateMedia({ colorScheme: scheme });
      await untilText(own, '.session', 'Ada');
      expect(await axeViolations(own)).toEqual([]);
      for (const each of [page, own]) {
        const wide = await each.evaluate(() => {
          const root = document.querySelector('curfew-panel')!.shadowRoot!;
          // Text in a field scrolls by itself.
          const isWide = (each: Element) =>
            each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1 && !each.matches('input');
          return [...root.querySelectorAll('*'), document.documentElement]
            .filter(isWide)
            .map(({ className }) => className);
        });
        expect(wide).toEqual([]);
      }
    },
  );

  if (canChoose)
    test('it moves unless less motion is wanted', async () => {
      const page = await open();
      await page.click('curfew-panel >>> .open');
      const moves = () =>
        page.evaluate(() => {
          const root = document.querySelector('curfew-panel')!.shadowRoot!;
          return getComputedStyle(root.querySelector('.drawer')!).animationName;
        });
      expect(await moves()).toBe('come');
      await page.chromium?.emulateMedia({ reducedMotion: 'reduce' });
      expect(await moves()).toBe('none');
    });
});
