import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage } from '../../support/stage.ts';

const POLICY = { idleTimeoutMs: 60_000, warnBeforeMs: 20_000, absoluteTimeoutMs: 6_000_000 };

onStage('frames', (stage) => {
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
});
