import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { axeViolations } from '../support/axe.ts';
import { again, focused, inPage, live, warned } from '../support/dialog-page.ts';
import type { TestPage } from '../support/driver.ts';
import { type Harness, onStage, ordersPage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;

onStage('the dialog in a page of others', (stage) => {
  test('two on a page are one dialog, and the other takes its place when it goes', async () => {
    const tab = await stage.signIn();
    await inPage(tab, () => {
      const second = document.createElement('session-timeout-dialog');
      second.id = 'second';
      document.body.append(second);
      Object.assign(second, { session: (globalThis as unknown as Harness).session });
    });
    await stage.pass(13.25 * MINUTE);
    const open = () =>
      tab.evaluate(() =>
        [...document.querySelectorAll('session-timeout-dialog')].map(
          (element) => element.shadowRoot!.querySelector('dialog')!.open,
        ),
      );
    expect(await open()).toEqual([true, false]);
    expect(await focused(tab)).toBe('Stay signed in');
    await inPage(tab, () => document.querySelector('session-timeout-dialog')!.remove());
    expect(await open()).toEqual([true]);
    await stage.answer(tab, 'Enter');
    await until('the extension', async () => (await stage.state(tab)) === '');
  });

  test('a session and texts that are set before a later module defines the element are taken', async () => {
    stage.site.pages.set(
      '/early.js',
      `import { createSessionClient } from '/web/client.js';
      const session = createSessionClient();
      const element = document.querySelector('session-timeout-dialog');
      Object.assign(window, { session, wasDefined: customElements.get(element.localName) !== undefined });
      Object.assign(element, { session, texts: { stay: 'Bleiben' } });
      session.start();
      setTimeout(() => import('/web/element.js'), 60_000);`,
    );
    stage.site.pages.set('/app', ordersPage().replace('/orders.js', '/early.js'));
    const tab = await stage.openSignedIn();
    expect(await tab.evaluate(() => (globalThis as unknown as { wasDefined: boolean }).wasDefined)).toBe(
      false,
    );
    await stage.pass(61_000);
    await until('the element', () =>
      tab.evaluate(() => customElements.get('session-timeout-dialog') !== undefined),
    );
    await stage.pass(12.25 * MINUTE);
    expect(await stage.state(tab)).toBe('warning');
    expect(await focused(tab)).toBe('Bleiben');
    expect(await live(tab)).toContain('You’ll be signed out in');
    expect(
      await tab.evaluate(() => {
        const element = document.querySelector<HTMLElement & { session: unknown }>('session-timeout-dialog')!;
        return (
          element.session === (globalThis as unknown as Harness).session && !Object.hasOwn(element, 'session')
        );
      }),
    ).toBe(true);
  });

  test('the element may be loaded once somebody is signed in, as the guide has it', async () => {
    const snippets = readFileSync('docs/guides/page.md', 'utf8').split('```ts\n');
    const [snippet = ''] = snippets.find((text) => text.includes("import('curfew/element')"))!.split('```');
    const script = snippet.replaceAll(/'curfew\/(\w+)'/g, "'/web/$1.js'");
    stage.site.pages.set('/orders.js', `${script}\nObject.assign(window, { session });`);
    const isAsked = () => stage.site.visits.some(({ path }) => path === '/web/element.js');
    const tab = await stage.tab();
    expect((await stage.snapshot(tab)).status).toBe('none');
    expect(isAsked()).toBe(false);
    await stage.signIn();
    await until('the element', () =>
      tab.evaluate(() => customElements.get('session-timeout-dialog') !== undefined),
    );
    expect(isAsked()).toBe(true);
    await stage.pass(13.25 * MINUTE);
    expect(await stage.state(tab)).toBe('warning');
    expect(tab.errors).toEqual([]);
  });

  test.each([
    ['/sign-in?tenant=a&returnTo=/other#form', '/sign-in?tenant=a&returnTo=%2Fapp#form'],
    ['/sign-in#form', '/sign-in?returnTo=%2Fapp#form'],
    ['?tenant=a', '/app?tenant=a&returnTo=%2Fapp'],
  ])('the address to sign in at may be %s', async (given, expected) => {
    const tab = await stage.signIn();
    await tab.evaluate(
      (href) => document.querySelector('session-timeout-dialog')!.setAttribute('sign-in-href', href),
      given,
    );
    await stage.pass(15.25 * MINUTE);
    expect(await again(tab)).toBe(expected);
  });

  test.each([
    ['en_US', 'You’ll be signed out in 2 minutes.'],
    ['x', 'You’ll be signed out in 2 minutes.'],
  ])('it warns where the page’s language is %s', async (language, text) => {
    const tab = await stage.signIn();
    await tab.evaluate((lang) => document.documentElement.setAttribute('lang', lang), language);
    await stage.pass(13 * MINUTE);
    await stage.pass(500);
    expect(await stage.state(tab)).toBe('warning');
    expect(await live(tab)).toBe(text);
    expect(tab.errors).toEqual([]);
  });

  test('what the user was typing answers nothing, and neither does a key that is held', async () => {
    const tab = await stage.signIn();
    await tab.click('#note');
    await stage.pass(13 * MINUTE);
    await stage.pass(200);
    expect(await stage.state(tab)).toBe('warning');
    await tab.evaluate(() => new Promise(requestAnimationFrame));
    for (const key of ['Enter', ' ', 'Escape'] as const) await tab.press(key);
    await tab.hold('Enter');
    await stage.seen(tab);
    await tab.hold('Enter');
    await stage.settle();
    expect(await stage.state(tab)).toBe('warning');
    expect(stage.site.touches()).toBe(0);
    await tab.press(' ');
    await until('the extension', async () => (await stage.state(tab)) === '');
    expect(stage.site.touches()).toBe(1);
  });

  test('assistive technology, which clicks without a pointer, is answered at once', async () => {
    const tab = await warned(stage);
    await inPage(tab, () =>
      document
        .querySelector('session-timeout-dialog')!
        .shadowRoot!.querySelector<HTMLElement>('[part=stay]')!
        .click(),
    );
    await until('the extension', async () => (await stage.state(tab)) === '');
  });

  test('the page’s styles do not reach it, and what the page puts above it later is below', async () => {
    const tab = await stage.signIn();
    await inPage(tab, () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`
        * { all: unset !important; pointer-events: none !important; }
        button, dialog, session-timeout-dialog { display: none !important; visibility: hidden !important; }
      `);
      document.adoptedStyleSheets = [sheet];
      document.body.style.pointerEvents = 'none';
    });
    await stage.pass(13.25 * MINUTE);
    await inPage(tab, () => {
      document.adoptedStyleSheets = [];
      const popover = Object.assign(document.createElement('div'), { popover: 'manual', textContent: 'New' });
      Object.assign(popover.style, { inset: '0', width: '100vw', height: '100vh' });
      document.body.append(popover);
      popover.showPopover();
      const element = document.querySelector('session-timeout-dialog')!;
      element.setAttribute('aria-hidden', 'true');
      element.setAttribute('inert', '');
    });
    await until('the dialog to be on top', () =>
      tab.evaluate(() => {
        const root = document.querySelector('session-timeout-dialog')!.shadowRoot!;
        const stay = root.querySelector('[part=stay]')!;
        const { x, y, width, height } = stay.getBoundingClientRect();
        return width > 40 && root.elementFromPoint(x + width / 2, y + height / 2) === stay;
      }),
    );
    expect(
      await tab.evaluate(() =>
        document.querySelector('session-timeout-dialog')!.matches('[inert], [aria-hidden]'),
      ),
    ).toBe(false);
    await stage.seen(tab);
    await tab.click('session-timeout-dialog >>> [part=stay]');
    await until('the extension', async () => (await stage.state(tab)) === '');
  });

  test('a page that hides it again at each change does not hang, and neither does the dialog', async () => {
    const tab = await warned(stage);
    await inPage(tab, () => {
      const element = document.querySelector('session-timeout-dialog')!;
      let times = 0;
      const hide = () => {
        // Would hang, if it could go on.
        if (element.hasAttribute('aria-hidden') || times > 10_000) return;
        times += 1;
        element.setAttribute('aria-hidden', 'true');
      };
      new MutationObserver(hide).observe(element, { attributes: true });
      hide();
      Object.assign(globalThis, { times: () => times });
    });
    await tab.evaluate(() => new Promise(requestAnimationFrame));
    expect(await tab.evaluate(() => (globalThis as unknown as { times: () => number }).times())).toBeLessThan(
      1_000,
    );
    await stage.answer(tab, 'Enter');
    await until('the extension', async () => (await stage.state(tab)) === '');
  });

  test('what a browser has translated stays so, until there is something else to say', async () => {
    const tab = await warned(stage);
    const title = (text?: string) =>
      tab.evaluate((translated) => {
        const heading = document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector('h2')!;
        if (translated) heading.textContent = translated;
        return heading.textContent;
      }, text);
    await title('Ви ще тут?');
    await stage.pass(5_000);
    expect(await title()).toBe('Ви ще тут?');
    await stage.pass(3 * MINUTE);
    expect(await title()).toMatch(/^Signed out at/);
  });

  test('in a closed shadow tree it is answered by keys and pointers', async () => {
    const tab = await stage.signIn();
    await inPage(tab, () => {
      const element = document.querySelector('session-timeout-dialog')!;
      const outer = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'closed' });
      const inner = outer.appendChild(document.createElement('div')).attachShadow({ mode: 'closed' });
      inner.append(element);
      Object.assign(globalThis, { element });
    });
    const shown = () =>
      tab.evaluate(() => {
        const { element } = globalThis as unknown as { element: HTMLElement };
        const { activeElement } = element.shadowRoot!;
        const { x, y, width, height } = activeElement?.getBoundingClientRect() ?? new DOMRect();
        return {
          state: element.dataset.state,
          focus: activeElement?.textContent,
          x: x + width / 2,
          y: y + height / 2,
        };
      });
    const answers = [() => tab.press('Enter'), () => tab.press('Escape')];
    const mouse = tab.chromium?.mouse;
    if (mouse) answers.push(() => shown().then(({ x, y }) => mouse.click(x, y)));
    for (const answer of answers) {
      await stage.pass(13.25 * MINUTE);
      expect(await shown()).toMatchObject({ state: 'warning', focus: 'Stay signed in' });
      await tab.press('Tab');
      expect(await shown()).toMatchObject({ focus: 'Sign out' });
      await tab.evaluate(() => {
        const { element } = globalThis as unknown as { element: HTMLElement };
        element.shadowRoot!.querySelector<HTMLElement>('[part=stay]')!.focus();
      });
      await stage.seen(tab);
      await answer();
      await until('the extension', async () => (await shown()).state === '');
    }
  });

  test('long before the absolute limit a countdown comes, takes no focus, and can be closed', async () => {
    stage.site.policy = { absoluteTimeoutMs: 150 * MINUTE, idleTimeoutMs: 15 * MINUTE };
    const tab = await stage.signIn();
    await tab.click('#note');
    for (let time = 0; time < 12; time += 1) {
      await tab.type('a');
      await stage.pass(11.5 * MINUTE);
    }
    await tab.type('a');
    expect(await stage.state(tab)).toBe('');
    await stage.pass(2 * MINUTE);
    expect(await stage.state(tab)).toBe('limit');
    expect(await tab.evaluate(() => document.activeElement!.id)).toBe('note');
    await stage.pass(5_000);
    expect(await live(tab)).toBe('You’ll be signed out in 10 minutes.');
    await tab.type('still typing');
    expect(await tab.evaluate(() => document.querySelector<HTMLInputElement>('#note')!.value)).toContain(
      'still typing',
    );
    const clock = () =>
      tab.evaluate(
        () =>
          document.querySelector('session-timeout-dialog')!.shadowRoot!.querySelector('[part=clock]')!
            .textContent,
      );
    expect(await clock()).toMatch(/^9:5\d$/);
    // A modal of the page's own stands beside it.
    await inPage(tab, () => document.querySelector<HTMLDialogElement>('#own')!.showModal());
    expect(await focused(tab)).toBe('Inside');
    await inPage(tab, () => document.querySelector<HTMLDialogElement>('#own')!.close());
    await stage.seen(tab);
    await tab.click('session-timeout-dialog >>> [part=dismiss]');
    expect(await stage.state(tab)).toBe('');
    await stage.pass(9.25 * MINUTE);
    expect(await stage.state(tab)).toBe('absolute');
    expect(await focused(tab)).toBe('Keep working');
  });

  const shown = (tab: TestPage) =>
    tab.evaluate(() => {
      const element = document.querySelector<HTMLElement>('session-timeout-dialog')!;
      const root = element.shadowRoot!;
      const isModal = root.querySelector('dialog')!.open;
      return isModal ? 'modal' : root.querySelector('[part=title]')!.checkVisibility() ? 'notice' : '';
    });

  test.each([
    ['a notice that can be closed, where the document never showed a live session', undefined, 'notice'],
    ['what the page wants: a cover', 'cover', 'modal'],
    ['what the page wants: nothing', 'event', ''],
  ])('the end is %s', async (_title, ended, view) => {
    const tab = await stage.signIn();
    await stage.site.end('idle');
    stage.site.pages.set(
      '/public',
      ordersPage().replace('<session-timeout-dialog', (tag) => (ended ? `${tag} ended="${ended}"` : tag)),
    );
    await tab.goto(`${stage.site.origin}/public`);
    await until('the end', async () => (await stage.state(tab)) === 'ended');
    expect(await shown(tab)).toBe(view);
    expect(await axeViolations(tab)).toEqual([]);
    if (view !== 'notice') return;
    expect(await again(tab)).toBe('/api/auth/sign-in?returnTo=%2Fpublic');
    expect(await tab.evaluate(() => document.activeElement === document.body)).toBe(true);
    await stage.seen(tab);
    await tab.click('session-timeout-dialog >>> [part=dismiss]');
    expect(await shown(tab)).toBe('');
    // Nor does it come back at the next load; the end of another session does.
    await tab.goto(`${stage.site.origin}/public`);
    await until('the end', async () => (await stage.state(tab)) === 'ended');
    expect(await shown(tab)).toBe('');
    await tab.goto(`${stage.site.origin}/api/auth/sign-in?returnTo=/app`);
    // The driver of WebKit may answer at a page on the way there.
    await until('the page of the new session', () =>
      tab.evaluate(() => location.pathname === '/app' && 'session' in globalThis),
    );
    await stage.pass(5 * MINUTE);
    await stage.site.end('revoked');
    await tab.goto(`${stage.site.origin}/public`);
    await until('the other end', async () => (await shown(tab)) === 'notice');
  });
});
