import { beforeEach, expect, test } from '@jest/globals';
import type { Drafts } from '../../../web/drafts/index.ts';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage, ordersPage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
type Told = { told: string[] };
/** The server knows nothing of a session, so that it says of none when it ended. */
let isForgotten = false;

onStage(
  'the end of the session',
  (stage) => {
    beforeEach(() => {
      isForgotten = false;
    });

    /** What shows, and where. */
    const shown = (tab: TestPage) =>
      tab.evaluate(() => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const isModal = root.querySelector('dialog')!.open;
        return isModal ? 'modal' : root.querySelector('[part=title]')!.checkVisibility() ? 'notice' : '';
      });
    const part = (tab: TestPage, name: string) =>
      tab.evaluate(
        (given) =>
          document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector(`[part=${given}]`)!
            .textContent,
        name,
      );
    const end = async (tab: TestPage, reason: Parameters<typeof stage.site.end>[0] = 'idle') => {
      await stage.site.end(reason);
      await tab.evaluate(() => (globalThis as unknown as Harness).session.refresh());
      expect(await stage.state(tab)).toBe('ended');
    };
    const set = (tab: TestPage, attributes: Record<string, string>) =>
      tab.evaluate((given) => {
        const element = document.querySelector('session-timeout-dialog')!;
        for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
      }, attributes);
    /** Whoever is asked whether to leave the page stays. */
    const wouldStay = (tab: TestPage) => void tab.refuse().catch(() => undefined);
    /** Puts another element in the place of the one that is there, as a framework does. */
    const remount = (tab: TestPage) =>
      tab.evaluate(() => {
        const { session, told } = globalThis as unknown as Harness & Told;
        const next = document.createElement('session-timeout-dialog');
        next.addEventListener('ended', ({ detail }) => told.push(`again ${detail.reason}`));
        document.querySelector('session-timeout-dialog')!.replaceWith(next);
        next.session = session;
      });
    const listen = (tab: TestPage) =>
      tab.evaluate(() => {
        const page = globalThis as unknown as Told;
        page.told = [];
        document
          .querySelector('session-timeout-dialog')!
          .addEventListener('ended', ({ detail }) => page.told.push(`${detail.reason}`));
      });
    const told = (tab: TestPage) => tab.evaluate(() => (globalThis as unknown as Told).told);

    test('is the document’s: another element in its place covers the page, too, and tells nobody again', async () => {
      const tab = await stage.signIn();
      await listen(tab);
      await end(tab);
      expect(await shown(tab)).toBe('modal');
      await remount(tab);
      expect(await shown(tab)).toBe('modal');
      await remount(tab);
      expect(await shown(tab)).toBe('modal');
      expect(await told(tab)).toEqual(['idle']);
    });

    test('says in another element, too, that it was this page that signed out', async () => {
      const tab = await stage.signIn();
      await tab.evaluate(() => (globalThis as unknown as Harness).session.signOut());
      await listen(tab);
      await remount(tab);
      expect(await part(tab, 'text')).toBe('You signed out.');
    });

    test('and the notice of the absolute limit that was closed stay closed in another element', async () => {
      stage.site.policy = { absoluteTimeoutMs: 20 * MINUTE };
      const tab = await stage.signIn();
      await tab.click('#note');
      await stage.pass(10 * MINUTE);
      await tab.type('a');
      await stage.pass(8.1 * MINUTE);
      expect(await shown(tab)).toBe('notice');
      await stage.seen(tab);
      await tab.click('session-timeout-dialog >>> [part=dismiss]');
      expect(await shown(tab)).toBe('');
      await remount(tab);
      expect(await shown(tab)).toBe('');
    });

    test('of which nobody knows the time is closed until somebody has signed in again', async () => {
      await stage.signIn();
      const forgotten = async () => {
        isForgotten = true;
        const tab = await stage.tab();
        expect(await stage.state(tab)).toBe('ended');
        expect((await stage.snapshot(tab)).endedAt).toBeNull();
        return tab;
      };
      const tab = await forgotten();
      expect(await shown(tab)).toBe('notice');
      expect(await part(tab, 'title')).toBe('You’ve been signed out');
      await stage.seen(tab);
      await tab.click('session-timeout-dialog >>> [part=dismiss]');
      expect(await shown(tab)).toBe('');
      expect(await shown(await forgotten())).toBe('');
      isForgotten = false;
      await stage.openSignedIn();
      expect(await shown(await forgotten())).toBe('notice');
    });

    test('empties the page where it wants that, and loads it again for who has signed in again', async () => {
      const tab = await stage.signIn();
      await tab.click('#note');
      await tab.type('private');
      await tab.evaluate(() => {
        const element = document.querySelector('session-timeout-dialog')!;
        document.querySelector('main')!.append(element);
        addEventListener('beforeunload', (event) => event.preventDefault());
        element.addEventListener('ended', ({ detail }) => detail.clear());
        Object.assign(element, { texts: { signIn: 'Come back' } });
      });
      wouldStay(tab);
      await end(tab);
      expect(await shown(tab)).toBe('modal');
      expect(await part(tab, 'again')).toBe('Come back');
      const { text, title } = await tab.evaluate(() => ({
        text: document.documentElement.innerHTML,
        title: document.title,
      }));
      expect(text).not.toMatch(/<main|<input|Note/);
      expect(title).not.toContain('Orders');
      const other = await stage.openSignedIn();
      await until('the page to be back', async () =>
        tab.evaluate(() => document.querySelector('main') !== null),
      );
      expect(await stage.state(other)).toBe('');
      expect([...tab.errors, ...other.errors]).toEqual([]);
    });

    test('leads away with the draft kept, which is there again after signing in', async () => {
      stage.site.pages.set(
        '/keeping.js',
        `import { keepDrafts } from '/web/drafts.js';
      import '/orders.js';
      window.drafts = keepDrafts(session);`,
      );
      const page = ordersPage()
        .replace('/orders.js', '/keeping.js')
        .replace('<session-timeout-dialog', '$& ended="redirect" ended-href="/goodbye"');
      stage.site.pages.set('/app', page);
      stage.site.pages.set('/goodbye', ordersPage());
      const tab = await stage.openSignedIn();
      await tab.click('#note');
      await tab.type('kept');
      await until('the draft to be kept', () =>
        tab.evaluate(() => (globalThis as unknown as { drafts: Drafts }).drafts.isSaved()),
      );
      await stage.site.end('idle');
      await tab.evaluate(() => void (globalThis as unknown as Harness).session.refresh());
      await until(
        'the other page',
        async () => !(await stage.context.places()).some((url) => url.endsWith('/app')),
      );
      await tab.goto(`${stage.site.origin}/api/auth/sign-in?returnTo=/app`);
      await until('the draft', () =>
        tab.evaluate(() => document.querySelector<HTMLInputElement>('#note')?.value === 'kept'),
      );
      expect(tab.errors).toEqual([]);
    });

    test('leads away where it wants that, unasked, and only from a page that was signed in', async () => {
      const tab = await stage.signIn();
      await set(tab, { ended: 'redirect', 'ended-href': '/goodbye?from=app' });
      stage.site.pages.set(
        '/goodbye',
        ordersPage().replace('<session-timeout-dialog', '$& ended="redirect"'),
      );
      await tab.click('#note');
      await tab.type('private');
      await tab.evaluate(() => {
        addEventListener('beforeunload', (event) => event.preventDefault());
        Object.assign(globalThis, { onbeforeunload: () => 'Not saved' });
      });
      wouldStay(tab);
      await stage.site.end('idle');
      await tab.evaluate(() => void (globalThis as unknown as Harness).session.refresh());
      await until('the other page', async () =>
        (await stage.context.places()).some((url) => url.includes('goodbye')),
      );
      await until('its client', () => tab.evaluate(() => 'session' in globalThis));
      await until('the end', async () => (await stage.state(tab)) === 'ended');
      expect(await shown(tab)).toBe('notice');
      expect(await part(tab, 'text')).toMatch(/^You were inactive for/);
      expect(await tab.evaluate(() => location.pathname + location.search)).toBe('/goodbye?from=app');
      expect(tab.errors).toEqual([]);
    });
  },
  () => ({
    release: async () =>
      isForgotten
        ? Response.json(
            { type: 'about:blank', title: 'unknown', status: 401, code: 'ERR_SESSION_UNKNOWN' },
            { status: 401, headers: { 'content-type': 'application/problem+json' } },
          )
        : undefined,
  }),
);
