import { beforeEach, describe, expect, test } from '@jest/globals';
import { createDraftKeys } from '../../../functions/service-secret/draft-keys.ts';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';
import { decryptDraft, encryptDraft, type Fields } from '../../../web/drafts/encryption.ts';
import type { Drafts, FoundDraft } from '../../../web/drafts/index.ts';
import { type DraftKeys, importKeys } from '../../../web/drafts/keys.ts';
import type { TestPage } from '../../support/driver.ts';
import { type Harness, onStage, ordersPage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** With a character each that no base64url has: random text does not look like them. */
const ADA = { subject: 'auth|ada', name: 'Ada Lovelace', email: 'ada@example.com' };
const GRACE = { subject: 'auth|grace', name: 'Grace Hopper', email: 'grace@example.com' };

/** What `keep` leaves in the page. */
interface Kept {
  drafts: Drafts;
  changes: string[];
  found?: FoundDraft;
}

onStage('drafts', (stage) => {
  /** Starts keeping drafts in a page of the harness, from the published module. */
  const keep = (tab: TestPage) =>
    tab.evaluate(async () => {
      const url = '/web/drafts.js';
      const { keepDrafts } = await import(url);
      const page = globalThis as unknown as Kept & Harness;
      page.changes = [];
      page.drafts = keepDrafts(page.session, { onChange: (change: string) => page.changes.push(change) });
    });
  /** The same, and leaves what is found for the test to choose. */
  const keepAndOffer = (tab: TestPage) =>
    tab.evaluate(async () => {
      const url = '/web/drafts.js';
      const { keepDrafts } = await import(url);
      const page = globalThis as unknown as Kept & Harness;
      page.drafts = keepDrafts(page.session, {
        onFound: (found: FoundDraft) => {
          page.found = found;
        },
      });
    });
  const has = (tab: TestPage, change: string) =>
    tab.evaluate((wanted) => (globalThis as unknown as Kept).changes.includes(wanted), change);
  const isSaved = (tab: TestPage) => tab.evaluate(() => (globalThis as unknown as Kept).drafts.isSaved());
  const saved = (tab: TestPage) => until('the draft to be kept', () => isSaved(tab));
  const note = (tab: TestPage) =>
    tab.evaluate(() => document.querySelector<HTMLInputElement>('#note')!.value);
  /** Everything that the device keeps of drafts. */
  const stored = (tab: TestPage) =>
    tab.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith('curfew-draft:')));
  const put = (tab: TestPage, name: string, text: string) =>
    tab.evaluate((key, value) => localStorage.setItem(key, value), name, text);

  /** What the page at /app makes of the user's key, as the server derives it. */
  async function keys({ subject } = ADA): Promise<DraftKeys> {
    const draftKeys = createDraftKeys(createKeyring(async () => stage.site.secrets));
    return importKeys(await draftKeys.current(subject, 0), subject, '/app');
  }
  /** The newest version of Ada's draft. */
  async function plain(tab: TestPage): Promise<Fields | undefined> {
    const held = await keys();
    const versions = (await stored(tab)).filter(([name]) => name.startsWith(held.name));
    const drafts = await Promise.all(
      versions.map(([, text]) => decryptDraft(held, '/app', text, stage.site.now())),
    );
    const [newest] = drafts.sort((a, b) => (b?.savedAt ?? 0) - (a?.savedAt ?? 0));
    return newest?.fields;
  }
  const encrypted = async (savedAt: number, text: string) =>
    encryptDraft(await keys(), '/app', { savedAt, discardAt: savedAt + DAY, fields: { 'order/note': text } });

  beforeEach(() => {
    stage.site.user = ADA;
  });

  async function typed(text: string): Promise<TestPage> {
    const tab = await stage.signIn();
    await keep(tab);
    await tab.click('#note');
    await tab.type(text);
    return tab;
  }
  async function written(): Promise<TestPage> {
    const tab = await typed('half a sentence');
    await tab.click('#secret');
    await tab.type('hunter2');
    await saved(tab);
    return tab;
  }
  /** Signs in again, after whatever ended the session before. */
  async function again(): Promise<TestPage> {
    const tab = await stage.signIn();
    await keep(tab);
    return tab;
  }

  test('9. what was typed survives the expiry and the sign-in after it', async () => {
    const tab = await written();
    await stage.pass(16 * MINUTE);
    await until('the end', async () => (await stage.state(tab)) === 'ended');
    expect(await isSaved(tab)).toBe(true);
    const next = await again();
    await until('the draft', async () => (await note(next)) === 'half a sentence');
    expect(await isSaved(next)).toBe(true);
    // Focus and caret are where they were when the user last typed.
    const caret = await next.evaluate(() => {
      const { id, selectionStart } = document.activeElement as HTMLInputElement;
      return [id, selectionStart];
    });
    expect(caret).toEqual(['note', 15]);
  });

  test('of steps that come and go each keeps its fields, and what appears late is filled then', async () => {
    const addEssay = (tab: TestPage) =>
      tab.evaluate(() => {
        document.querySelector('#note')?.closest('label')?.remove();
        const essay = document.createElement('div');
        essay.id = 'essay';
        essay.contentEditable = 'true';
        essay.style.minHeight = '24px';
        document.querySelector('h1')!.after(essay);
      });
    const essay = (tab: TestPage) =>
      tab.evaluate(() => document.querySelector<HTMLElement>('#essay')!.innerText.trim());
    const tab = await typed('of step one');
    await addEssay(tab);
    await tab.click('#essay');
    await tab.type('of step two');
    await saved(tab);
    expect(await plain(tab)).toMatchObject({ 'order/note': 'of step one', '/essay': 'of step two' });

    const next = await stage.tab();
    await keep(next);
    await until('the draft', async () => (await note(next)) === 'of step one');
    await stage.pass(1_000);
    await next.click('#text');
    await next.type('typed before the rest appears');
    await addEssay(next);
    await until('the late field', async () => (await essay(next)) === 'of step two');
    await saved(next);
    const last = await stage.tab();
    await keep(last);
    await until('the newest draft', async () => (await note(last)) === 'of step one');
    await addEssay(last);
    await until('all of it', async () => (await essay(last)) === 'of step two');
    expect(await last.evaluate(() => document.querySelector<HTMLTextAreaElement>('#text')!.value)).toBe(
      'typed before the rest appears',
    );
  });

  test('a tab and its copy each keep what is typed there, over a reload of both', async () => {
    const original = await typed('typed in both');
    await saved(original);
    // A browser that duplicates a tab copies this.
    const tabName = await original.evaluate(() => sessionStorage.getItem('curfew-draft-tab')!);
    const copy = await stage.tab();
    await copy.evaluate((name) => sessionStorage.setItem('curfew-draft-tab', name), tabName);
    await keep(copy);
    await until('the draft', async () => (await note(copy)) === 'typed in both');
    await until('a version of its own', async () => (await stored(copy)).length === 2);
    for (const [tab, text] of [
      [original, ', and in the one'],
      [copy, ', and in the other'],
    ] as const) {
      await tab.front();
      await tab.click('#note');
      await tab.press('End');
      await tab.type(text);
      await saved(tab);
    }
    for (const [tab, text] of [
      [original, 'typed in both, and in the one'],
      [copy, 'typed in both, and in the other'],
    ] as const) {
      await tab.goto(`${stage.site.origin}/app`);
      await until('the client', () => tab.evaluate(() => 'session' in globalThis));
      await keep(tab);
      await until('the draft', async () => (await note(tab)) === text);
    }
    expect(await original.evaluate(() => sessionStorage.getItem('curfew-draft-tab'))).toBe(tabName);
  });

  describe('what the server has rendered since is not overwritten unasked', () => {
    /** The form as the server renders it: with a note, of a size, and with a colour that is chosen. */
    const render = (tab: TestPage, text: string, size: string, colour: string) =>
      tab.evaluate(
        (shownText, shownSize, chosen) => {
          const form = document.querySelector<HTMLFormElement>('#order')!;
          form.querySelector<HTMLInputElement>('#note')!.value = shownText;
          form.querySelector<HTMLSelectElement>('#size')!.value = shownSize;
          for (const value of ['red', 'blue', 'grey']) {
            const radio = Object.assign(document.createElement('input'), {
              type: 'radio',
              name: 'colour',
              value,
            });
            radio.checked = value === chosen;
            form.append(radio);
          }
        },
        text,
        size,
        colour,
      );
    const shown = (tab: TestPage) =>
      tab.evaluate(() => {
        const { elements } = document.querySelector<HTMLFormElement>('#order')!;
        const of = (name: string) => (elements.namedItem(name) as RadioNodeList | HTMLInputElement).value;
        return [of('note'), of('size'), of('colour'), of('text')];
      });
    const TYPED = ['of the server, and mine', 'M', 'blue', 'mine'];

    async function typedOver(): Promise<void> {
      const tab = await stage.signIn();
      await render(tab, 'of the server', 'S', 'red');
      await keep(tab);
      await tab.click('#note');
      await tab.press('End');
      await tab.type(', and mine');
      await tab.click('#text');
      await tab.type('mine');
      await tab.click('[value=blue]');
      await tab.evaluate(() => {
        const size = document.querySelector<HTMLSelectElement>('#size')!;
        size.focus();
        size.value = 'M';
        size.dispatchEvent(new Event('change', { bubbles: true }));
      });
      await saved(tab);
    }
    async function next(text: string, size: string, colour: string): Promise<TestPage> {
      await typedOver();
      const tab = await stage.tab();
      await render(tab, text, size, colour);
      await keep(tab);
      await until('the draft', () => has(tab, 'restored'));
      return tab;
    }

    test('where it is as it was, all of it comes back', async () => {
      const tab = await next('of the server', 'S', 'red');
      expect(await shown(tab)).toEqual(TYPED);
      await stage.settle();
      expect(await has(tab, 'outdated')).toBe(false);
    });

    test('a text and a choice that are others now stay, until the user has chosen', async () => {
      const tab = await next('of somebody else', 'S', 'grey');
      await until('the word of it', () => has(tab, 'outdated'));
      expect(await shown(tab)).toEqual(['of somebody else', 'M', 'grey', 'mine']);
      // It is still kept, also when something else is typed.
      await tab.click('#text');
      await tab.type('!');
      await saved(tab);
      expect(await plain(tab)).toMatchObject({ 'order/note': TYPED[0], 'order/colour=blue': true });
      await tab.evaluate(() => (globalThis as unknown as Kept).drafts.restore());
      expect((await shown(tab)).slice(0, 3)).toEqual(TYPED.slice(0, 3));
    });
  });

  test('a draft can be offered: nothing shows before it is chosen, and discarding gives back what was there', async () => {
    const tab = await written();
    const next = await stage.tab();
    await tab.close();
    stage.forget(tab);
    await next.evaluate(() => {
      document.querySelector<HTMLInputElement>('#note')!.value = 'from the server';
    });
    await keepAndOffer(next);
    const found = () => next.evaluate(() => (globalThis as unknown as Kept).found?.savedAt);
    expect(await until('the offer', found)).toBeLessThanOrEqual(stage.site.now());
    expect(await note(next)).toBe('from the server');
    await next.evaluate(() => (globalThis as unknown as Kept).found!.restore());
    expect(await note(next)).toBe('half a sentence');
    await next.click('#text');
    await next.type('typed since');
    await saved(next);
    await next.evaluate(() => (globalThis as unknown as Kept).drafts.discard());
    expect(await note(next)).toBe('from the server');
    await saved(next);
    expect(await stored(next)).toHaveLength(1);
    expect(await plain(next)).not.toHaveProperty(['order/note']);
    expect(await plain(next)).toMatchObject({ 'order/text': 'typed since' });
  });

  test('the key is forgotten with the session, stored nowhere, and asked for again by a page that goes on', async () => {
    const tab = await written();
    await stage.pass(16 * MINUTE);
    await until('the end', async () => (await stage.state(tab)) === 'ended');
    await again();
    await until('the page to go on', async () => (await stage.snapshot(tab)).status === 'active');
    await tab.evaluate(() => {
      const field = document.querySelector<HTMLInputElement>('#note')!;
      field.value = 'a whole sentence';
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await until('the draft', async () => (await plain(tab))?.['order/note'] === 'a whole sentence');
    const answers = stage.site.requests.filter(({ path }) => path === '/api/session/draft-key');
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const kept = await tab.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    for (const { reply } of answers) expect(kept).not.toContain(JSON.parse(reply).key);
  });

  test('passwords and marked fields are never kept', async () => {
    const tab = await written();
    expect(await plain(tab)).toMatchObject({ 'order/note': 'half a sentence' });
    expect(JSON.stringify(await plain(tab))).not.toContain('hunter2');
    await tab.evaluate(() => {
      document.querySelector('#order')!.toggleAttribute('data-no-draft', true);
    });
    await tab.click('#note');
    await tab.type(' and a secret');
    await stage.settle();
    expect(JSON.stringify(await plain(tab))).not.toContain('and a secret');
  });

  test('on a shared machine the next user finds neither text nor name nor page, and the author everything', async () => {
    const tab = await written();
    await put(
      tab,
      'curfew-draft:auth|ada:/app',
      '{"savedAt":1,"fields":{"order/note":"of an older release"}}',
    );
    await stage.pass(16 * MINUTE);
    // To where the author's tab goes then: in WebKit only such pages have the time of the tests.
    stage.site.pages.set('/', ordersPage());
    stage.site.user = GRACE;
    const hers = await again();
    await hers.click('#note');
    await hers.type('what she typed');
    await saved(hers);
    expect(await note(hers)).toBe('what she typed');

    const entries = await stored(hers);
    expect(entries).toHaveLength(2);
    const bytes = entries.flat().flatMap((text) => [text, ...text.split('.').map(fromBase64)]);
    for (const secret of ['half a', 'she typed', 'of an older', '|ada', '|grace', '/app', 'order/note']) {
      expect(bytes.filter((text) => text.includes(secret))).toEqual([]);
    }

    stage.site.user = ADA;
    const next = await again();
    await until('the draft', async () => (await note(next)) === 'half a sentence');
  });

  test('signing out erases it', async () => {
    const tab = await written();
    expect(await stored(tab)).toHaveLength(1);
    await tab.evaluate(() => (globalThis as unknown as Harness).session.signOut());
    await until('the erasure', async () => (await stored(tab)).length === 0);
    expect(await isSaved(tab)).toBe(false);
  });

  test('a draft older than a day is thrown away, and so is one that is none', async () => {
    const tab = await written();
    const { name } = await keys();
    /** What a page shows that opens when this is stored, once it has looked. */
    const shown = async (text: string) => {
      await tab.evaluate(() => localStorage.clear());
      await put(tab, name, text);
      const page = await stage.tab();
      await keep(page);
      await page.click('[name=gift]');
      await saved(page);
      const shows = await note(page);
      await page.close();
      stage.forget(page);
      return shows;
    };
    const now = stage.site.now();
    expect(await shown(await encrypted(now - DAY + 1, 'old'))).toBe('old');
    expect(await shown(await encrypted(now - DAY, 'old'))).toBe('');
    expect(await shown(`${await encrypted(now, 'changed')}A`)).toBe('');
  });

  test('all kinds of fields come back, and the application hears of it', async () => {
    const tab = await typed('a note');
    await tab.click('[name=gift]');
    await tab.click('#text');
    await tab.type('two words');
    await tab.evaluate(() => {
      const size = document.querySelector<HTMLSelectElement>('#size')!;
      size.value = 'M';
      size.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await saved(tab);
    const other = await stage.tab();
    await keep(other);
    await until('the draft', () => has(other, 'restored'));
    const values = await other.evaluate(() => [
      document.querySelector<HTMLSelectElement>('#size')!.value,
      document.querySelector<HTMLInputElement>('[name=gift]')!.checked,
      document.querySelector<HTMLTextAreaElement>('#text')!.value,
    ]);
    expect(values).toEqual(['M', true, 'two words']);
    await other.evaluate(() => (globalThis as unknown as Kept).drafts.clear());
    expect(await stored(other)).toEqual([]);
  });

  describe('a form that is reset', () => {
    /** With a button, which has something in it to click on. */
    const addReset = (tab: TestPage) =>
      tab.evaluate(() => {
        const button = Object.assign(document.createElement('button'), { id: 'blank', type: 'reset' });
        button.append(Object.assign(document.createElement('b'), { textContent: 'Reset' }));
        document.querySelector('#order')!.append(button);
      });
    const resetByScript = (tab: TestPage) =>
      tab.evaluate(() => document.querySelector<HTMLFormElement>('#order')!.reset());
    const typeMore = async (tab: TestPage) => {
      await tab.click('#text');
      await tab.type('!');
      await until('the rest', async () => (await plain(tab))?.['order/text'] === '!');
    };
    async function restored(): Promise<TestPage> {
      await saved(await typed('half a sentence'));
      const tab = await stage.tab();
      await addReset(tab);
      await keep(tab);
      await until('the draft', async () => (await note(tab)) === 'half a sentence');
      await stage.pass(1_000);
      return tab;
    }

    test.each(['click', 'key'])('what the user resets by a %s does not come back', async (way) => {
      const tab = await restored();
      const reset = async () => {
        if (way === 'click') await tab.click('#blank b');
        else {
          await tab.evaluate(() => document.querySelector<HTMLElement>('#blank')!.focus());
          await tab.press('Enter');
        }
        await until('an empty field', async () => (await note(tab)) === '');
        await stage.pass(1);
      };
      await reset();
      await until('the draft', async () => (await plain(tab))?.['order/note'] === '');
      // Nor what was typed.
      await tab.click('#note');
      await tab.type('another one');
      await until('the draft', async () => (await plain(tab))?.['order/note'] === 'another one');
      await reset();
      await until('the draft', async () => (await plain(tab))?.['order/note'] === '');
    });

    test('by a script, or by its click on the button, it loses nothing of the draft', async () => {
      const tab = await restored();
      await resetByScript(tab);
      await tab.evaluate(() => document.querySelector<HTMLElement>('#blank')!.click());
      await stage.pass(1);
      await typeMore(tab);
      expect(await plain(tab)).toMatchObject({ 'order/note': 'half a sentence' });
    });

    test.each(['click', 'reset'])(
      'a %s that the page cancels is none, nor is a later one of a script',
      async (event) => {
        const tab = await restored();
        await tab.evaluate((type) => {
          document
            .querySelector('#order')!
            .addEventListener(type, (each) => each.preventDefault(), { once: true });
        }, event);
        await tab.click('#blank');
        await stage.pass(1);
        expect(await note(tab)).toBe('half a sentence');
        await resetByScript(tab);
        await stage.pass(1);
        await typeMore(tab);
        expect(await plain(tab)).toMatchObject({ 'order/note': 'half a sentence' });
      },
    );

    test('at once after which drafts are no longer kept, it changes nothing', async () => {
      const tab = await restored();
      await tab.evaluate(() => {
        // The last to hear of it.
        addEventListener('reset', () => (globalThis as unknown as Kept).drafts.stop());
      });
      await tab.click('#blank');
      await until('an empty field', async () => (await note(tab)) === '');
      await stage.pass(1);
      expect(await has(tab, 'unsaved')).toBe(false);
    });
  });

  describe('a list of fields with one name', () => {
    /** In a form of its own, with what the server has saved of each. */
    const addRows = (tab: TestPage, ...texts: string[]) =>
      tab.evaluate((values) => {
        const list = document.querySelector('#list') ?? document.createElement('form');
        list.id = 'list';
        if (!list.isConnected) document.querySelector('main')!.append(list);
        for (const value of values)
          list.append(Object.assign(document.createElement('input'), { name: 'item', value }));
      }, texts);
    const row = (at: number) => `#list input:nth-child(${at + 1})`;
    const remove = (tab: TestPage, at: number) =>
      tab.evaluate((selector) => document.querySelector(selector)!.remove(), row(at));
    const rows = (tab: TestPage) =>
      tab.evaluate(() =>
        [...document.querySelectorAll<HTMLInputElement>('#list input')].map(({ value }) => value),
      );
    const keptRows = async (tab: TestPage) =>
      Object.fromEntries(
        Object.entries((await plain(tab)) ?? {}).filter(([name]) => name.startsWith('list/')),
      );
    const typeIn = async (tab: TestPage, selector: string, text: string) => {
      await tab.click(selector);
      await tab.press('End');
      await tab.type(text);
      await saved(tab);
    };

    test('whose rows before it are deleted: each text stays with its own row, and no other is kept', async () => {
      const tab = await stage.signIn();
      await addRows(tab, 'a', 'b', '', 'd');
      await keep(tab);
      await typeIn(tab, row(1), ' of mine');
      await remove(tab, 0);
      await typeIn(tab, '#text', 'more');
      expect(await keptRows(tab)).toEqual({ 'list/item': 'b of mine' });
      // Once more, with a row that takes the old place, and another of the user's.
      await tab.evaluate(() => {
        const added = Object.assign(document.createElement('input'), { name: 'item', value: 'new' });
        document.querySelector('#list')!.prepend(added);
      });
      await typeIn(tab, row(2), 'mine too');
      expect(await keptRows(tab)).toEqual({ 'list/item\n0.1': 'b of mine', 'list/item\n0.2': 'mine too' });

      const next = await stage.tab();
      await addRows(next, 'new', 'b', '');
      await keep(next);
      await until('the draft', () => has(next, 'restored'));
      expect(await rows(next)).toEqual(['new', 'b of mine', 'mine too']);
      await stage.pass(1_000);
      // What is restored moves as well, and a new row does not get what has moved.
      await remove(next, 0);
      await typeIn(next, '#text', ', and more');
      await addRows(next, '');
      await typeIn(next, '#text', '!');
      expect(await rows(next)).toEqual(['b of mine', 'mine too', '']);
      expect(await keptRows(next)).toEqual({ 'list/item': 'b of mine', 'list/item\n0.1': 'mine too' });
    });

    test('that is long is looked for once for all of them', async () => {
      const tab = await stage.signIn();
      await addRows(tab, ...Array.from({ length: 200 }, () => ''));
      await keep(tab);
      const looks = () =>
        tab.evaluate(() => {
          const { prototype } = HTMLFormControlsCollection;
          const { namedItem } = prototype;
          const page = globalThis as unknown as { looks: number };
          page.looks = 0;
          prototype.namedItem = function (name) {
            page.looks += 1;
            return namedItem.call(this, name);
          };
        });
      await looks();
      await typeIn(tab, row(100), 'x');
      expect(await tab.evaluate(() => (globalThis as unknown as { looks: number }).looks)).toBeLessThan(50);
    });
  });

  test('an element that a framework makes another field of is that one, and what it was is still kept', async () => {
    const rename = (tab: TestPage, name: string) =>
      tab.evaluate((to) => {
        Object.assign(document.querySelector<HTMLInputElement>('#note')!, { name: to, value: '' });
      }, name);
    const tab = await typed('of the first step');
    await rename(tab, 'second');
    await tab.click('#text');
    await tab.type('more');
    await saved(tab);
    expect(await plain(tab)).not.toHaveProperty(['order/second']);
    await tab.click('#note');
    await tab.type('of the second');
    await saved(tab);
    expect(await plain(tab)).toMatchObject({
      'order/note': 'of the first step',
      'order/second': 'of the second',
    });
  });

  test('fields of one name, in a list or in two forms, each keep their own, also one that appears later', async () => {
    const addLists = (tab: TestPage, length: number) =>
      tab.evaluate((count) => {
        for (let each = 0; each < 2; each += 1) {
          const list = document.querySelector('main')!.appendChild(document.createElement('form'));
          list.className = 'list';
          list.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'item' }));
        }
        (globalThis as unknown as { add: () => void }).add = () => {
          for (const list of document.querySelectorAll('.list'))
            list.append(Object.assign(document.createElement('input'), { name: 'item' }));
        };
        for (let each = 0; each < count; each += 1) (globalThis as unknown as { add: () => void }).add();
      }, length);
    const values = (tab: TestPage) =>
      tab.evaluate(() =>
        [...document.querySelectorAll<HTMLInputElement>('.list :not([type=hidden])')].map(
          ({ value }) => value,
        ),
      );
    const tab = await stage.signIn();
    await addLists(tab, 2);
    await keep(tab);
    for (const [index, text] of ['one', '', 'three', 'four'].entries()) {
      await tab.evaluate(
        (at) => document.querySelectorAll<HTMLElement>('.list :not([type=hidden])')[at]!.focus(),
        index,
      );
      if (text) await tab.type(text);
    }
    await saved(tab);
    const next = await stage.tab();
    await addLists(next, 1);
    await keep(next);
    await until('the draft', async () => (await values(next))[0] === 'one');
    await next.evaluate(() => (globalThis as unknown as { add: () => void }).add());
    await until('the rest', async () => (await values(next)).at(-1) === 'four');
    expect(await values(next)).toEqual(['one', '', 'three', 'four']);
  });

  test('a key that can’t be had yet: nothing is promised, nothing typed meanwhile is lost, and the rest comes back', async () => {
    const tab = await written();
    await stage.pass(16 * MINUTE);
    stage.forget(tab);
    const next = await stage.signIn();
    stage.site.breakage = 'unavailable';
    await keep(next);
    await next.click('#text');
    await next.type('typed meanwhile');
    await until('the failure', () => has(next, 'unsaved'));
    expect(await isSaved(next)).toBe(false);
    expect(await plain(next)).not.toHaveProperty(['order/text'], 'typed meanwhile');
    stage.site.breakage = 'none';
    await stage.pass(5_000);
    await saved(next);
    expect(await note(next)).toBe('half a sentence');
    expect(await plain(next)).toMatchObject({
      'order/note': 'half a sentence',
      'order/text': 'typed meanwhile',
    });
  });

  test('after the secret was rotated the draft comes back, and is encrypted anew', async () => {
    const tab = await written();
    const before = await stored(tab);
    stage.site.secrets = ['a newer secret of the tests, 32 or longer', ...stage.site.secrets];
    const next = await stage.tab();
    await keep(next);
    await until('the draft', async () => (await note(next)) === 'half a sentence');
    await saved(next);
    await until('the older one to go', async () => (await stored(next)).length === 1);
    expect(await stored(next)).not.toEqual(before);
    expect(await plain(next)).toMatchObject({ 'order/note': 'half a sentence' });
  });

  test.each([
    ['a service without a secret', 'secret'],
    ['a page without WebCrypto', 'crypto'],
    ['storage that is forbidden', 'storage'],
  ])('%s keeps drafts in the page, and promises nothing', async (_name, missing) => {
    if (missing === 'secret') stage.site.secrets = [];
    const { pages } = stage.site;
    const page = ordersPage();
    // Before the first script of the page itself.
    const first = page.replace('<head>', '<head><script src="/forbid.js"></script>');
    pages.set('/app', missing === 'storage' ? first : page);
    pages.set(
      '/forbid.js',
      `for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, {
        get() { throw new DOMException('The operation is insecure.', 'SecurityError'); },
      });`,
    );
    const tab = await stage.openSignedIn();
    expect((await stage.snapshot(tab)).status).toBe('active');
    if (missing === 'crypto') {
      await tab.evaluate(
        () => Object.defineProperty(crypto, 'subtle', { get: () => undefined }) && undefined,
      );
    }
    const { requests } = stage.site;
    requests.length = 0;
    await keep(tab);
    await tab.click('#note');
    await tab.type('kept nowhere');
    await until('the notice', () => has(tab, 'unsaved'));
    await stage.pass(MINUTE);
    expect(await isSaved(tab)).toBe(false);
    expect(await note(tab)).toBe('kept nowhere');
    expect(await has(tab, 'kept')).toBe(false);
    expect(tab.errors).toEqual([]);
    const asked = requests.filter(({ path }) => path === '/api/session/draft-key');
    expect(asked).toHaveLength(missing === 'crypto' ? 0 : 1);
  });
});

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64url').toString('latin1');
}
