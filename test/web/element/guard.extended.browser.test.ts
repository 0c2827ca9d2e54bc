import { expect, test } from '@jest/globals';
import type { TestPage } from '../../support/driver.ts';
import { onStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

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

  test('a key that is held as it opens is let go where it went down, and one that answers says nothing to the page', async () => {
    const tab = await stage.signIn();
    await tab.click('#note');
    await tab.evaluate(() => {
      const page = globalThis as unknown as Heard;
      page.heard = [];
      for (const [name, target] of Object.entries({ field: document.querySelector('#note')!, window })) {
        for (const type of ['keydown', 'keyup']) {
          target.addEventListener(type, (event) =>
            page.heard.push(`${name} ${type} ${(event as KeyboardEvent).code}`),
          );
        }
      }
    });
    await tab.hold('ArrowRight');
    expect(await heard(tab)).toEqual(['field keydown ArrowRight', 'window keydown ArrowRight']);
    await stage.pass(13.5 * MINUTE);
    expect(await stage.state(tab)).toBe('warning');
    await tab.hold('ArrowRight');
    expect(await heard(tab)).toEqual([]);
    // Repeats itself once more, and is let go.
    await tab.press('ArrowRight');
    expect(await heard(tab)).toEqual(['field keyup ArrowRight', 'window keyup ArrowRight']);

    await stage.seen(tab);
    await tab.hold('Enter');
    await until('the extension', async () => (await stage.state(tab)) === '');
    await tab.hold('Enter');
    await tab.press('Enter');
    expect(await heard(tab)).toEqual([]);
    await tab.press('Enter');
    expect((await heard(tab)).length).toBe(4);
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

    test('a pointer that the page has locked is free', async () => {
      const tab = await stage.signIn();
      await tab.evaluate(() => {
        const work = document.querySelector('#work')!;
        work.addEventListener('click', () => work.requestPointerLock());
      });
      await tab.click('#work');
      const isLocked = () => tab.evaluate(() => document.pointerLockElement !== null);
      await until('the lock', isLocked);
      await stage.pass(13.5 * MINUTE);
      await until('the pointer to be free', async () => !(await isLocked()));
      await stage.seen(tab);
      await tab.click('session-timeout-dialog >>> [part=stay]');
      await until('the extension', async () => (await stage.state(tab)) === '');
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
