import { expect, test } from '@jest/globals';
import type { EndedState } from '../../../core/lifecycle.ts';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';

const IDLE = 60_000;
/** A short life, so that ten idle timeouts pass quickly: the rules know no other numbers. */
const POLICY = { idleTimeoutMs: IDLE, warnBeforeMs: 20_000, absoluteTimeoutMs: 100 * IDLE };

/** Turns the wheel and waits for the page's event, which no driver does. */
async function turnWheel(tab: TestPage, deltaY: number): Promise<void> {
  type Turned = { turned: Promise<void> };
  await tab.evaluate(() => {
    (globalThis as unknown as Turned).turned = new Promise((resolve) =>
      addEventListener('wheel', () => resolve(), { once: true }),
    );
  });
  await tab.wheel(deltaY);
  await tab.evaluate(() => (globalThis as unknown as Turned).turned);
}

onStage('activity', (stage) => {
  async function tenIdleTimeouts(tab: TestPage, work: () => Promise<unknown>): Promise<void> {
    for (let passed = 0; passed < 10 * IDLE; passed += 15_000) {
      await work();
      await stage.pass(15_000);
      if ((await stage.snapshot(tab)).status === 'ended') return;
    }
  }

  test('ten idle timeouts of typing keep the session alive', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tab.click('#note');
    await tenIdleTimeouts(tab, () => tab.type('a'));
    expect((await stage.snapshot(tab)).status).toBe('active');
    expect((await stage.site.session())!.state).toBe('active');
    expect(await stage.log(tab)).toEqual([]);
  });

  test('ten idle timeouts of turning the wheel keep the session alive', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tab.move(300, 300);
    await tenIdleTimeouts(tab, () => turnWheel(tab, 20));
    expect((await stage.snapshot(tab)).status).toBe('active');
    expect(await stage.log(tab)).toEqual([]);
  });

  // Only its driver puts text in as an input method does, with no key.
  if (stage.name === 'chromium') {
    test('ten idle timeouts of dictation keep the session alive', async () => {
      stage.site.policy = POLICY;
      const tab = await stage.signIn();
      await tab.click('#note');
      await tenIdleTimeouts(tab, () => tab.chromium!.keyboard.insertText('said '));
      expect((await stage.snapshot(tab)).status).toBe('active');
      expect(await stage.log(tab)).toEqual([]);
    });
  }

  test('ten idle timeouts of one long operation keep the session alive, and its end ends that', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tab.evaluate(() => {
      const page = globalThis as unknown as Harness & { finish: () => void };
      const operation = new Promise<void>((resolve) => {
        page.finish = resolve;
      });
      void page.session.holdActive(operation);
    });
    await tenIdleTimeouts(tab, async () => undefined);
    expect((await stage.snapshot(tab)).status).toBe('active');
    expect(await stage.log(tab)).toEqual([]);
    await tab.evaluate(() => (globalThis as unknown as { finish: () => void }).finish());
    await stage.pass(2 * IDLE);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
  });

  test('an operation that never ends counts for its maximum only', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tab.evaluate(() => {
      void (globalThis as unknown as Harness).session.holdActive(new Promise(() => {}), { maxMs: 120_000 });
    });
    await stage.pass(2.5 * IDLE);
    expect((await stage.snapshot(tab)).status).not.toBe('ended');
    await stage.pass(2 * IDLE);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
  });

  test('ten idle timeouts of background polling do not', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tab.evaluate(() => {
      const { session } = globalThis as unknown as Harness;
      setInterval(() => {
        void session.refresh();
        void session.fetch('/api/items');
        void fetch('/api/session');
      }, 5_000);
    });
    await tenIdleTimeouts(tab, async () => undefined);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
    expect(stage.site.touches()).toBe(0);
    expect(
      ((await stage.site.session()) as EndedState).endedAt - (await stage.site.session())!.createdAt,
    ).toBeLessThan(IDLE + 10_000);
  });

  // django-session-security extends on an untrusted `mousemove`.
  test('ten idle timeouts of events that scripts made do not', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tenIdleTimeouts(tab, () =>
      tab.evaluate((isWebKit) => {
        const note = document.querySelector<HTMLInputElement>('#note')!;
        const types =
          'pointerdown pointermove mousemove keydown beforeinput input click wheel touchmove paste copy cut dragenter drop';
        for (const type of types.split(' ')) note.dispatchEvent(new Event(type, { bubbles: true }));
        note.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }));
        note.dispatchEvent(new PointerEvent('pointermove', { movementX: 5, bubbles: true }));
        note.click();
        // Trusted, but nobody's: scripts raise them.
        note.focus();
        // There it is announced by `beforeinput`, as what the user puts in is.
        if (!isWebKit) document.execCommand('insertText', false, 'a');
        note.select();
        note.blur();
        scrollTo(0, Math.random() * 1_000);
      }, stage.name === 'webkit'),
    );
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
    expect(stage.site.touches()).toBe(0);
  });

  test('ten idle timeouts of a video that plays to nobody do not', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tab.evaluate(() => {
      const canvas = document.createElement('canvas');
      const paint = canvas.getContext('2d')!;
      const video = document.createElement('video');
      video.muted = true;
      video.srcObject = canvas.captureStream(10);
      document.querySelector('h1')!.after(video);
      setInterval(() => paint.fillRect(Math.random() * 100, 0, 10, 10), 100);
      void video.play();
    });
    await tenIdleTimeouts(tab, async () => undefined);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
    expect(stage.site.touches()).toBe(0);
  });

  test('a key that something lies on, and a pointer under which the page moves, are no activity', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    const lie = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 5_000) {
        await tab.hold('a');
        await stage.pass(5_000);
      }
    };
    await tab.move(300, 300);
    await tab.hold('a');
    // The key was pressed once.
    await lie(30_000);
    expect(stage.site.touches()).toBeLessThanOrEqual(1);
    const before = stage.site.touches();
    await tab.evaluate(() => {
      document.querySelector('h1')!.style.marginTop = '400px';
    });
    await lie(60_000);
    expect(await stage.snapshot(tab)).toMatchObject({ status: 'ended', reason: 'idle' });
    expect(stage.site.touches()).toBe(before);
  });

  test('during the warning only an explicit choice extends', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await stage.pass(45_000);
    expect((await stage.snapshot(tab)).status).toBe('warning');
    await tab.type('abc');
    await tab.move(200, 200);
    await tab.move(220, 240);
    // The dialog keeps it from the page, which could not tell when it has turned.
    await tab.wheel(50);
    await tab.evaluate(() => (globalThis as unknown as Harness).session.reportActivity());
    await stage.pass(5_000);
    expect(stage.site.touches()).toBe(0);
    expect((await stage.snapshot(tab)).status).toBe('warning');
    await tab.evaluate(() => (globalThis as unknown as Harness).session.extend());
    expect((await stage.snapshot(tab)).status).toBe('active');
    expect(await stage.log(tab)).toEqual(['warning', 'extended']);
  });

  test('a pulse says how long ago the user was active, not that they are', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await stage.pass(5_000);
    await tab.evaluate(() => (globalThis as unknown as Harness).session.reportActivity());
    const activeAt = stage.site.now();
    await stage.pass(30_000);
    expect(stage.site.touches()).toBe(1);
    expect(Math.abs((await stage.site.session())!.lastActivityAt - activeAt)).toBeLessThanOrEqual(1_000);
  });
});
