import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { onStage } from '../../support/stage.ts';

const MINUTE = 60_000;
const TYPES =
  'pointerdown pointermove pointerup mousemove mouseup click copy cut paste dragenter dragover drop'.split(
    ' ',
  );
type Heard = { heard: string[] };

onStage('while the dialog is open,', (stage) => {
  async function listening(): Promise<TestPage> {
    const tab = await stage.signIn();
    await tab.evaluate((types) => {
      const page = globalThis as unknown as Heard;
      page.heard = [];
      for (const type of types) {
        document.addEventListener(type, (event) => event.isTrusted && page.heard.push(type), true);
      }
    }, TYPES);
    return tab;
  }
  const heard = (tab: TestPage) => tab.evaluate(() => (globalThis as unknown as Heard).heard.splice(0));

  test('no pointer that moves over it is the page’s', async () => {
    const tab = await listening();
    await tab.move(100, 100);
    expect(await heard(tab)).toContain('pointermove');
    await stage.pass(13.5 * MINUTE);
    for (const at of [100, 200, 300]) await tab.move(at, at);
    expect(await heard(tab)).toEqual([]);
  });

  // Only its driver holds a button down, uses the clipboard, and drags something from outside.
  if (stage.name === 'chromium') {
    test('nothing that is copied or dropped is the page’s, and what is dropped opens nothing', async () => {
      const tab = await listening();
      await stage.pass(13.5 * MINUTE);
      await heard(tab);
      await tab.chromium!.keyboard.press('Control+c');
      const cdp = await tab.chromium!.context().newCDPSession(tab.chromium!);
      const items = [{ mimeType: 'text/uri-list', data: `${stage.site.origin}/elsewhere` }];
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
        await cdp.send('Input.dispatchDragEvent', {
          type,
          x: 50,
          y: 50,
          data: { items, dragOperationsMask: 1 },
        });
      }
      expect(await heard(tab)).toEqual([]);
      expect(await tab.evaluate(() => location.pathname)).toBe('/app');
    });

    test('the end of a press that began before is the page’s: nothing sticks to the pointer', async () => {
      const tab = await listening();
      const { mouse } = tab.chromium!;
      await mouse.move(30, 30);
      await mouse.down();
      await stage.pass(13.5 * MINUTE);
      expect(await stage.state(tab)).toBe('warning');
      await heard(tab);
      await mouse.move(60, 60);
      await mouse.up();
      expect(await heard(tab)).toEqual(['pointerup', 'mouseup']);
      await mouse.down();
      await mouse.up();
      expect(await heard(tab)).toEqual([]);
    });
  }
});
