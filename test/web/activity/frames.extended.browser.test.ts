import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';

const POLICY = { idleTimeoutMs: 60_000, warnBeforeMs: 20_000, absoluteTimeoutMs: 6_000_000 };

/** All field, so that a click on the frame is a click on it. */
const EDITOR = `<!doctype html><title>Editor</title>
<textarea style="position: fixed; inset: 0"></textarea><script type="module" src="/elsewhere/editor.js"></script>`;

/** What a frame shows: a field that has the focus. */
const FIELD = '<!doctype html><title>A frame</title><input autofocus>';

onStage('activity outside the document', (stage) => {
  /** A frame in a frame, both without an address, or at one of this site; its field has the focus. */
  const addFrames = (tab: TestPage, src = '') =>
    tab.evaluate(async (address) => {
      const add = async (owner: Document) => {
        const frame = owner.createElement('iframe');
        const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
        if (address) frame.src = address;
        owner.body.append(frame);
        if (address) await loaded;
        return frame.contentDocument!;
      };
      const { body } = await add(await add(document));
      const field = body.querySelector('input') ?? body.ownerDocument.createElement('input');
      body.append(field);
      field.focus();
    }, src);
  const allowFrames = () => {
    const { site } = stage;
    site.pages.set('/elsewhere/field', FIELD);
    site.frameOptions = 'SAMEORIGIN';
    site.contentSecurityPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'";
  };
  const typeFor = async (tab: TestPage, ms: number) => {
    for (let passed = 0; passed < ms; passed += 15_000) {
      await tab.type('a');
      await stage.pass(15_000);
    }
  };
  const status = async (tab: TestPage) => (await stage.snapshot(tab)).status;

  test.each([
    ['without an address', ''],
    ['of an address here', '/elsewhere/field'],
  ])('typing in a frame %s, in another one, is activity until the client stops', async (_name, src) => {
    stage.site.policy = POLICY;
    allowFrames();
    const tab = await stage.signIn();
    await addFrames(tab, src);
    await typeFor(tab, 120_000);
    expect(await status(tab)).toBe('active');
    expect(await stage.log(tab)).toEqual([]);
    // Stopped, and started again: what is in the page already counts, too.
    await tab.evaluate(() => {
      const { session } = globalThis as unknown as Harness;
      session.stop();
      session.start();
    });
    await typeFor(tab, 120_000);
    expect(await status(tab)).toBe('active');
  });

  test('typing counts after each document that a frame loads, and after one that a script writes into it', async () => {
    stage.site.policy = POLICY;
    allowFrames();
    const tab = await stage.signIn();
    await addFrames(tab, '/elsewhere/field');
    const load = (how: 'navigate' | 'write') =>
      tab.evaluate(
        async (way, html) => {
          const frame = document.querySelector('iframe')!;
          const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
          if (way === 'navigate') frame.contentWindow!.location.reload();
          else {
            frame.contentDocument!.open();
            frame.contentDocument!.write(html);
            frame.contentDocument!.close();
          }
          await loaded;
          frame.contentDocument!.querySelector('input')!.focus();
        },
        how,
        FIELD,
      );
    for (const how of ['navigate', 'write', 'write', 'navigate'] as const) {
      await load(how);
      await typeFor(tab, 60_000);
      expect([how, await status(tab)]).toEqual([how, 'active']);
    }
    await tab.evaluate(() => document.querySelector('iframe')!.remove());
    expect(tab.errors).toEqual([]);
  });

  test('typing in a frame in a shadow tree is activity once the user has gone into it, also after its next load', async () => {
    stage.site.policy = POLICY;
    allowFrames();
    const tab = await stage.signIn();
    await tab.evaluate(async () => {
      const host = document.body.appendChild(document.createElement('div'));
      const inner = host.attachShadow({ mode: 'open' }).appendChild(document.createElement('div'));
      const frame = document.createElement('iframe');
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      frame.src = '/elsewhere/field';
      inner.attachShadow({ mode: 'open' }).append(frame);
      await loaded;
      Object.assign(globalThis, { frame });
      frame.contentDocument!.querySelector('input')!.focus();
    });
    await typeFor(tab, 120_000);
    expect(await status(tab)).toBe('active');
    await tab.evaluate(async () => {
      const { frame } = globalThis as unknown as { frame: HTMLIFrameElement };
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      frame.contentWindow!.location.reload();
      await loaded;
      frame.contentDocument!.querySelector('input')!.focus();
    });
    await typeFor(tab, 120_000);
    expect(await status(tab)).toBe('active');
    expect(tab.errors).toEqual([]);
  });

  test('typing in a frame is no activity where the page says so', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn({ watchFrames: false });
    await addFrames(tab);
    await tab.type('a');
    await typeFor(tab, 45_000);
    expect(await status(tab)).toBe('warning');
  });

  test('typing in a frame of another origin is activity once that origin may say so, and no other may', async () => {
    const { site } = stage;
    site.policy = POLICY;
    site.contentSecurityPolicy += `; frame-src ${site.elsewhere}`;
    site.pages.set('/elsewhere/editor', EDITOR);
    // The time of a frame is not moved by the stage.
    site.pages.set(
      '/elsewhere/editor.js',
      `import { reportActivityTo } from '/web/activity.js';
      let now = 0;
      reportActivityTo('${site.origin}', { now: () => (now += 1_000) });`,
    );
    const tab = await stage.signIn();
    await tab.evaluate(async (src) => {
      const frame = document.createElement('iframe');
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      Object.assign(frame, { id: 'editor', src });
      document.body.prepend(frame);
      await loaded;
    }, `${site.elsewhere}/elsewhere/editor`);
    const take = (origin: string) =>
      tab.evaluate(async (named) => {
        const url = '/web/activity.js';
        const { takeActivityFrom } = await import(url);
        const page = globalThis as unknown as Harness & { undo?: () => void };
        page.undo?.();
        page.undo = takeActivityFrom(page.session, [named]);
      }, origin);
    const workFor = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        await tab.click('#editor');
        await tab.type('a');
        await stage.pass(10_000);
      }
    };
    // By itself it is no activity, and nothing in the page complains of it.
    await workFor(30_000);
    await stage.pass(20_000);
    expect((await stage.snapshot(tab)).status).toBe('warning');
    await tab.evaluate(() => (globalThis as unknown as Harness).session.extend());
    expect(tab.errors).toEqual([]);
    await take(site.elsewhere);
    await workFor(90_000);
    expect((await stage.snapshot(tab)).status).toBe('active');
    await take(site.url('another').slice(0, -1));
    await workFor(30_000);
    await stage.pass(10_000);
    expect((await stage.snapshot(tab)).status).toBe('warning');
  });

  test('a video is activity while it plays, and no longer once it is paused', async () => {
    stage.site.policy = POLICY;
    const tab = await stage.signIn();
    await tab.evaluate(async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
      canvas.getContext('2d')!.fillRect(0, 0, 8, 8);
      const video = Object.assign(document.createElement('video'), { muted: true, id: 'video' });
      video.srcObject = canvas.captureStream();
      document.body.append(video);
      const url = '/web/activity.js';
      const { watchMedia } = await import(url);
      watchMedia((globalThis as unknown as Harness).session, video);
      await video.play();
    });
    await stage.pass(120_000);
    expect((await stage.snapshot(tab)).status).toBe('active');
    await tab.evaluate(async () => {
      const video = document.querySelector('video')!;
      const paused = new Promise((resolve) => video.addEventListener('pause', resolve));
      video.pause();
      await paused;
    });
    await stage.pass(45_000);
    expect((await stage.snapshot(tab)).status).toBe('warning');
  });
});
