import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { decryptDraft, encryptDraft, type Fields } from '../../../web/drafts/encryption.ts';
import type { DraftKeys } from '../../../web/drafts/keys.ts';
import { createPageDraft, type PageDraft } from '../../../web/drafts/page-draft.ts';
import { openStorage } from '../../../web/drafts/storage.ts';
import { keysFor, TestStorage } from '../../support/drafts.ts';

const START = 1_700_000_000_000;
const DAY = 86_400_000;
const PAGE = '/orders?case=7';
const TAB = 'this-tab';
/** Where a tab keeps its version. */
const nameIn = ({ name }: DraftKeys, tab = TAB) => `${name}.${tab}`;

let now = START;
let storage = new TestStorage();
let keys: DraftKeys;
let changes: string[] = [];
let restored: Fields[] = [];
let draft: PageDraft;

const create = () =>
  createPageDraft({
    storage: openStorage(storage),
    page: PAGE,
    tab: TAB,
    maxAgeMs: DAY,
    now: () => now,
    onChange: (change) => changes.push(change),
  });
const unlock = (others: DraftKeys[] = [], held = keys) =>
  draft.unlock(held, others, ({ fields }) => restored.push(fields));
const note = (text: string): Fields => ({ '/note': text });
/** What is encrypted now, in another thread. */
const encrypting = new Set<Promise<unknown>>();
const { subtle } = crypto;
const encrypt = subtle.encrypt.bind(subtle);
function watched(...args: Parameters<typeof encrypt>): ReturnType<typeof encrypt> {
  const result = encrypt(...args);
  encrypting.add(result);
  void result.finally(() => encrypting.delete(result));
  return result;
}
/** Until everything that is under way has come to its end, or is held back. */
async function settled(): Promise<void> {
  do {
    await Promise.all(encrypting);
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  } while (encrypting.size > 0);
}
/** What is stored under a user's keys. */
const stored = async (held = keys) =>
  (await decryptDraft(held, PAGE, storage.getItem(nameIn(held)), now))?.fields;
const put = async (held: DraftKeys, fields: Fields, savedAt = START, tab = TAB) =>
  storage.setItem(
    nameIn(held, tab),
    await encryptDraft(held, PAGE, { savedAt, discardAt: savedAt + DAY, fields }),
  );

/** Holds the encryption back until `release`. */
function holdEncryption() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const calls = jest.spyOn(subtle, 'encrypt').mockImplementation(async (...args) => {
    await released;
    return watched(...args);
  });
  return { release, calls };
}

beforeEach(async () => {
  now = START;
  storage = new TestStorage();
  keys = await keysFor();
  changes = [];
  restored = [];
  draft = create();
  jest.spyOn(subtle, 'encrypt').mockImplementation(watched);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('before the key is there', () => {
  test('a draft is in memory only, and nobody says otherwise', async () => {
    draft.keep(note('a'));
    draft.keep(note('ab'));
    await settled();
    expect(Object.keys(storage)).toEqual([]);
    expect(draft.isSaved()).toBe(false);
    expect(changes).toEqual(['unsaved']);
  });

  test('and the newest content is stored once it is', async () => {
    draft.keep(note('a'));
    draft.keep(note('ab'));
    await unlock();
    expect(await stored()).toEqual(note('ab'));
    expect(draft.isSaved()).toBe(true);
    expect(changes).toEqual(['unsaved', 'kept']);
  });

  test('what was cleared is not restored then', async () => {
    await put(keys, note('old'));
    draft.clear();
    await unlock();
    expect(restored).toEqual([]);
    expect(Object.keys(storage)).toEqual([]);
  });
});

describe('writing', () => {
  test('one at a time, and what came meanwhile once, as it is by then', async () => {
    await unlock();
    const { release, calls } = holdEncryption();
    for (const text of ['a', 'ab', 'abc', 'abcd']) draft.keep(note(text));
    await settled();
    expect(calls).toHaveBeenCalledTimes(1);
    expect(draft.isSaved()).toBe(false);
    release();
    await settled();
    expect(calls).toHaveBeenCalledTimes(2);
    expect(await stored()).toEqual(note('abcd'));
    expect(draft.isSaved()).toBe(true);
  });

  test('what is cleared while it is written is not stored', async () => {
    await unlock();
    const { release } = holdEncryption();
    draft.keep(note('a'));
    draft.clear();
    release();
    await settled();
    expect(Object.keys(storage)).toEqual([]);
    expect(draft.isSaved()).toBe(false);
  });

  test('what is typed after that is', async () => {
    await unlock();
    const { release } = holdEncryption();
    draft.keep(note('sent'));
    draft.clear();
    draft.keep(note('the next'));
    release();
    await settled();
    expect(await stored()).toEqual(note('the next'));
  });

  test('what is erased at sign-out while it is written is not stored', async () => {
    await unlock();
    const { release } = holdEncryption();
    draft.keep(note('a'));
    draft.erase();
    draft.lock();
    release();
    await settled();
    expect(Object.keys(storage)).toEqual([]);
  });

  test('what was typed before the session ended is stored, though the keys are forgotten', async () => {
    await unlock();
    const { release } = holdEncryption();
    draft.keep(note('a'));
    draft.keep(note('the last words'));
    draft.lock();
    release();
    await settled();
    expect(await stored()).toEqual(note('the last words'));
    expect(draft.isSaved()).toBe(true);
    draft.keep(note('more'));
    await settled();
    expect(await stored()).toEqual(note('the last words'));
    expect(draft.isSaved()).toBe(false);
  });

  test('full storage is said once, keeps what it had, and is tried again with the next input', async () => {
    await unlock();
    draft.keep(note('a'));
    await settled();
    storage.isFull = true;
    draft.keep(note('ab'));
    await settled();
    draft.keep(note('abc'));
    await settled();
    expect(changes).toEqual(['kept', 'unsaved']);
    expect(draft.isSaved()).toBe(false);
    expect(await stored()).toEqual(note('a'));
    storage.isFull = false;
    draft.keep(note('abcd'));
    await settled();
    expect(changes).toEqual(['kept', 'unsaved', 'kept']);
    expect(await stored()).toEqual(note('abcd'));
    expect(draft.isSaved()).toBe(true);
  });

  test('an encryption that fails is no error of the page', async () => {
    await unlock();
    jest.spyOn(subtle, 'encrypt').mockRejectedValue(new DOMException('failed', 'OperationError'));
    draft.keep(note('a'));
    await settled();
    expect(changes).toEqual(['unsaved']);
    expect(draft.isSaved()).toBe(false);
  });

  test.each([Number.POSITIVE_INFINITY, 1e300, 0.5])(
    'a greatest age of %d ms makes a draft that can be read',
    async (maxAgeMs) => {
      now = START + 0.25;
      const lasting = createPageDraft({
        storage: openStorage(storage),
        page: PAGE,
        tab: TAB,
        maxAgeMs,
        now: () => now,
        onChange: () => {},
      });
      await lasting.unlock(keys, [], () => {});
      lasting.keep(note('a'));
      await settled();
      expect(storage.getItem(nameIn(keys))).toMatch(/^1\.1700000000000\.\d{13,16}\.version1\.[\w-]+$/);
    },
  );
});

describe('what was stored before', () => {
  test('is restored, is saved, and grows no younger by it', async () => {
    await put(keys, note('before'));
    const text = storage.getItem(nameIn(keys));
    now = START + DAY - 1;
    await unlock();
    expect(restored).toEqual([note('before')]);
    expect(draft.isSaved()).toBe(true);
    expect(storage.getItem(nameIn(keys))).toBe(text);
  });

  test('is merged, field by field, with what was typed before it was there', async () => {
    await put(keys, { '/note': 'before', '/other': 'before' });
    draft.keep(note('typed'));
    await settled();
    expect(await stored()).toEqual({ '/note': 'before', '/other': 'before' });
    await unlock();
    await settled();
    expect(restored).toEqual([{ '/note': 'before', '/other': 'before' }]);
    expect(await stored()).toEqual({ '/note': 'typed', '/other': 'before' });
  });

  test('is restored once', async () => {
    await put(keys, note('before'));
    await unlock();
    draft.lock();
    await unlock([], await keysFor());
    expect(restored).toHaveLength(1);
  });

  test('is left for another sign-in where the session ends meanwhile', async () => {
    await put(keys, note('before'));
    const unlocking = unlock();
    draft.lock();
    await unlocking;
    expect(restored).toEqual([]);
    await unlock([], await keysFor());
    expect(restored).toEqual([note('before')]);
  });

  test.each([
    [-1, 1],
    [0, 0],
    [1, 0],
  ])(
    '%i ms from this page’s greatest age: restored %i times, whatever the draft itself says',
    async (offset, times) => {
      const longer = { savedAt: START, discardAt: START + 9 * DAY, fields: note('before') };
      storage.setItem(nameIn(keys), await encryptDraft(keys, PAGE, longer));
      now = START + DAY + offset;
      await unlock();
      expect(restored).toHaveLength(times);
      expect(Object.keys(storage)).toHaveLength(times);
    },
  );

  test('is removed where it can’t be read and never will be', async () => {
    const grace = await keysFor({ subject: 'grace' });
    await put(grace, note('hers'));
    for (const text of ['', 'plain', storage.getItem(nameIn(grace))!, '1.5.9.version1.AAAA']) {
      storage.setItem(nameIn(keys), text);
      draft = create();
      await unlock();
      expect(restored).toEqual([]);
      expect(draft.isSaved()).toBe(false);
      expect(Object.keys(storage)).toEqual([nameIn(grace)]);
    }
  });

  test('stays where a newer release wrote it', async () => {
    storage.setItem(nameIn(keys), `2.${START}.${START + DAY}.some form`);
    await unlock();
    expect(restored).toEqual([]);
    expect(Object.keys(storage)).toEqual([nameIn(keys)]);
  });
});

describe('a draft of before a rotation', () => {
  let older: DraftKeys;
  beforeEach(async () => {
    older = await keysFor({ keyId: 'version0' });
  });

  test('is restored, and encrypted anew with its own age', async () => {
    await put(older, note('before'), START - 5);
    await unlock([older]);
    expect(restored).toEqual([note('before')]);
    expect(Object.keys(storage)).toEqual([nameIn(keys)]);
    expect(storage.getItem(nameIn(keys))).toMatch(
      new RegExp(`^1\\.${START - 5}\\.${START - 5 + DAY}\\.version1\\.`),
    );
    expect(draft.isSaved()).toBe(true);
  });

  test.each([
    [-1, 'new'],
    [0, 'new'],
    [1, 'old'],
  ])(
    'saved %i ms after one of the key in force: the %s one is restored, and none left',
    async (offset, text) => {
      await put(keys, note('new'));
      await put(older, note('old'), START + offset);
      await unlock([older]);
      expect(restored).toEqual([note(text)]);
      expect(Object.keys(storage)).toEqual([nameIn(keys)]);
      expect(await stored()).toEqual(note(text));
    },
  );

  test('stays as it is where it can’t be encrypted anew', async () => {
    await put(older, note('before'));
    storage.isFull = true;
    await unlock([older]);
    expect(restored).toEqual([note('before')]);
    expect(await stored(older)).toEqual(note('before'));
    expect(draft.isSaved()).toBe(false);
  });

  test('is discarded with the others', async () => {
    await put(older, note('before'));
    await put(await keysFor({ keyId: 'version0', page: '/other' }), note('there'));
    const grace = await keysFor({ subject: 'grace' });
    await put(grace, note('hers'));
    await unlock([older]);
    draft.erase();
    expect(Object.keys(storage)).toEqual([nameIn(grace)]);
  });
});

test('clearing discards this page’s draft, and signing out those of all pages; another user’s stays', async () => {
  const [there, grace] = [await keysFor({ page: '/other' }), await keysFor({ subject: 'grace' })];
  for (const held of [keys, there, grace]) await put(held, note('text'));
  await unlock();
  draft.clear();
  expect(Object.keys(storage)).toEqual([nameIn(there), nameIn(grace)]);
  // The session has ended, and the keys are forgotten: the names of the drafts are known all the same.
  draft.lock();
  draft.erase();
  expect(Object.keys(storage)).toEqual([nameIn(grace)]);
});

describe('each tab has a version of its own', () => {
  test('its own is restored, however new the others are, and what it writes leaves them as they are', async () => {
    await put(keys, note('own'), START);
    await put(keys, note('newer'), START + 5, 'other-tab');
    now = START + 10;
    await unlock();
    expect(restored).toEqual([note('own')]);
    draft.keep(note('own, and more'));
    await settled();
    draft.clear();
    expect(Object.keys(storage)).toEqual([nameIn(keys, 'other-tab')]);
  });

  test.each([
    [-1, 'b'],
    [1, 'a'],
  ])(
    'without one the newest is restored (%i ms), which goes with the draft once it is cleared',
    async (later, newest) => {
      await put(keys, note('a'), START + later, 'a');
      await put(keys, note('b'), START, 'b');
      now = START + 10;
      await unlock();
      expect(restored).toEqual([note(newest)]);
      expect(draft.isSaved()).toBe(true);
      expect(Object.keys(storage)).toHaveLength(2);
      draft.keep({ '/other': 'typed here' });
      await settled();
      expect(await stored()).toEqual({ '/note': newest, '/other': 'typed here' });
      draft.clear();
      expect(Object.keys(storage)).toEqual([nameIn(keys, newest === 'a' ? 'b' : 'a')]);
    },
  );

  describe('a copy of a tab stores a version of its own, and leaves the other’s as it is', () => {
    const COPY = 'the-copy';
    const all = () => Object.keys(storage).sort();
    const both = () => [nameIn(keys), nameIn(keys, COPY)].sort();
    const ofCopy = async () =>
      (await decryptDraft(keys, PAGE, storage.getItem(nameIn(keys, COPY)), now))?.fields;

    test.each(['before', 'after'])('when it is known %s the draft is restored', async (when) => {
      await put(keys, note('of both'));
      await put(keys, note('newer'), START + 5, 'other-tab');
      now = START + 10;
      if (when === 'before') draft.moveTo(COPY);
      await unlock();
      if (when === 'after') draft.moveTo(COPY);
      await settled();
      expect(restored).toEqual([note('of both')]);
      expect(await ofCopy()).toEqual(note('of both'));
      expect(draft.isSaved()).toBe(true);
      draft.keep(note('of the copy'));
      await settled();
      expect([await stored(), await ofCopy()]).toEqual([note('of both'), note('of the copy')]);
      draft.clear();
      expect(all()).toEqual([nameIn(keys), nameIn(keys, 'other-tab')].sort());
    });

    test('while it is written', async () => {
      await put(keys, note('of both'));
      await unlock();
      const { release } = holdEncryption();
      draft.keep(note('of the copy'));
      draft.moveTo(COPY);
      release();
      await settled();
      expect([await stored(), await ofCopy()]).toEqual([note('of both'), note('of the copy')]);
      expect(all()).toEqual(both());
    });

    test('that grows no younger by it', async () => {
      await put(keys, note('of both'));
      now = START + 10;
      await unlock();
      draft.moveTo(COPY);
      await settled();
      const text = storage.getItem(nameIn(keys, COPY));
      expect((await decryptDraft(keys, PAGE, text, now))?.savedAt).toBe(START);
    });

    test('and none where there is nothing to keep', async () => {
      await unlock();
      draft.moveTo(COPY);
      await settled();
      expect(all()).toEqual([]);
    });
  });

  test('one of the release before, which had none, is restored', async () => {
    await put(keys, note('before'));
    storage.setItem(keys.name, storage.getItem(nameIn(keys))!);
    storage.removeItem(nameIn(keys));
    await unlock();
    expect(restored).toEqual([note('before')]);
    draft.clear();
    expect(Object.keys(storage)).toEqual([]);
  });
});

describe('fields that the page no longer shows', () => {
  test('stay in the draft', async () => {
    await unlock();
    draft.keep({ '/first': 'of step one' });
    draft.keep({ '/second': 'of step two' });
    await settled();
    expect(await stored()).toEqual({ '/first': 'of step one', '/second': 'of step two' });
  });

  test('unless they are kept under another name now', async () => {
    await put(keys, { '/item': 'a', '/item\n0.1': 'b' });
    await unlock();
    draft.keep({ '/item\n0.1': undefined, '/item': 'b' });
    await settled();
    expect(await stored()).toEqual({ '/item': 'b' });
  });

  test('also those of a draft of before', async () => {
    await put(keys, { '/first': 'of step one' });
    await unlock();
    draft.keep({ '/second': 'of step two' });
    await settled();
    expect(await stored()).toEqual({ '/first': 'of step one', '/second': 'of step two' });
  });
});

describe('discarding what was found', () => {
  beforeEach(() => put(keys, { '/note': 'before', '/other': 'before' }));

  test('leaves what has been typed since', async () => {
    await unlock();
    draft.keep(note('typed'));
    await settled();
    draft.discardFound();
    await settled();
    expect(await stored()).toEqual(note('typed'));
  });

  test('leaves nothing where nothing has been typed', async () => {
    await unlock();
    draft.discardFound();
    await settled();
    expect(Object.keys(storage)).toEqual([]);
    expect(draft.isSaved()).toBe(false);
  });
});
