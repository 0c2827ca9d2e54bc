import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';

const POLICY = { idleTimeoutMs: 60_000, warnBeforeMs: 20_000, absoluteTimeoutMs: 6_000_000 };

/** All field, so that a click on the frame is a click on it. */
const EDITOR = `<!doctype html><title>Editor</title>
<textarea style="position: fixed; inset: 0"></textarea><script type="module" src="/elsewhere/editor.js"></script>`;

onStage('activity outside the document', (stage) => {
  /** A frame of this origin in another one, with a field in it that has the focus. */
  const addFrames = (tab: TestPage) =>
    tab.evaluate(() => {
      const add = (owner: Document) => {
        const frame = owner.createElement('iframe');
        owner.body.append(frame);
        return frame.contentDocument!;
      };
      const inner = add(add(document));
      const field = inner.createElement('input');
      inner.body.append(field);
      field.focus();
    });
  const watch = (tab: TestPage) =>
    tab.evaluate(async () => {
      const url = '/web/activity.js';
      const { watchFrames } = await import(url);
      const page = globalThis as unknown as Harness & { undo: () => void };
      page.undo = watchFrames(page.session);
    });

  test.each(['before', 'after'])(
    'typing in a frame that was added %s is activity, until it is undone',
    async (when) => {
      stage.site.policy = POLICY;
      const tab = await stage.signIn();
      if (when === 'before') await addFrames(tab);
      await watch(tab);
      if (when === 'after') await addFrames(tab);
      for (let passed = 0; passed < 120_000; passed += 15_000) {
        await tab.type('a');
        await stage.pass(15_000);
      }
      expect((await stage.snapshot(tab)).status).toBe('active');
      expect(await stage.log(tab)).toEqual([]);
      await tab.evaluate(() => (globalThis as unknown as { undo: () => void }).undo());
      await tab.type('a');
      await stage.pass(45_000);
      expect((await stage.snapshot(tab)).status).toBe('warning');
    },
  );

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
    const typeFor = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        await tab.click('#editor');
        await tab.type('a');
        await stage.pass(10_000);
      }
    };
    await take(site.elsewhere);
    await typeFor(90_000);
    expect((await stage.snapshot(tab)).status).toBe('active');
    await take(site.url('another').slice(0, -1));
    await typeFor(30_000);
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
