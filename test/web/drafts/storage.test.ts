import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encryptDraft } from '../../../web/drafts/encryption.ts';
import { openStorage, otherKeyIds, purge, tabId } from '../../../web/drafts/storage.ts';
import { keysFor, TestStorage } from '../../support/drafts.ts';

const NOW = 1_700_000_000_000;
const DAY = 86_400_000;

let storage = new TestStorage();
beforeEach(() => {
  storage = new TestStorage();
});

async function put(
  savedAt: number,
  discardAt: number,
  of: Parameters<typeof keysFor>[0] = {},
): Promise<string> {
  const keys = await keysFor(of);
  storage.setItem(keys.name, await encryptDraft(keys, of.page ?? '', { savedAt, discardAt, fields: {} }));
  return keys.name;
}

describe('at a start, without any key,', () => {
  test.each([
    ['too old', NOW - DAY, NOW, false],
    ['a millisecond before that', NOW - DAY, NOW + 1, true],
    ['too far ahead', NOW + DAY + 1, NOW + 2 * DAY, false],
    ['as far ahead as a clock may have been set back', NOW + DAY, NOW + 2 * DAY, true],
  ])('%s: whoever’s it is', async (_name, savedAt, discardAt, stays) => {
    const names = [await put(savedAt, discardAt), await put(savedAt, discardAt, { subject: 'grace' })];
    purge(openStorage(storage), NOW);
    expect(Object.keys(storage)).toEqual(stays ? names : []);
  });

  test('plain drafts of older releases are erased, and so is what is none', () => {
    storage.setItem('curfew-draft:ada:/orders', '{"savedAt":1700000000000,"fields":{"order/note":"secret"}}');
    storage.setItem('curfew-draft:', '');
    storage.setItem('curfew-draft:x', '1.2.3');
    purge(openStorage(storage), NOW);
    expect(Object.keys(storage)).toEqual([]);
  });

  test('a newer release’s draft stays until its own time is over', () => {
    storage.setItem('curfew-draft:newer', `2.${NOW}.${NOW + 1}.in some form`);
    purge(openStorage(storage), NOW);
    expect(Object.keys(storage)).toEqual(['curfew-draft:newer']);
    purge(openStorage(storage), NOW + 1);
    expect(Object.keys(storage)).toEqual([]);
  });

  test('what is not ours stays', () => {
    storage.setItem('curfew', '{}');
    storage.setItem('draft', 'theirs');
    purge(openStorage(storage), NOW);
    expect(Object.keys(storage)).toEqual(['curfew', 'draft']);
  });
});

describe('storage that', () => {
  const refuse = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  test.each([
    ['is forbidden', { getItem: refuse, setItem: refuse, removeItem: refuse }],
    // As in Node.js, which has no localStorage.
    ['is absent', undefined],
  ])('%s keeps nothing, and throws nothing', (_name, given) => {
    const drafts = openStorage(given);
    expect(drafts.write('curfew-draft:x', 'text')).toBe(false);
    expect(drafts.read('curfew-draft:x')).toBeNull();
    expect(drafts.remove('curfew-draft:x')).toBeUndefined();
    expect(drafts.names()).toEqual([]);
    expect(() => purge(drafts, NOW)).not.toThrow();
  });

  test('is full says so, and keeps what it had', () => {
    const drafts = openStorage(storage);
    expect(drafts.write('curfew-draft:x', 'first')).toBe(true);
    storage.isFull = true;
    expect(drafts.write('curfew-draft:x', 'second')).toBe(false);
    expect(drafts.read('curfew-draft:x')).toBe('first');
  });
});

describe('the name of a tab', () => {
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'sessionStorage');
  });
  const setStorage = (value: unknown) =>
    Object.defineProperty(globalThis, 'sessionStorage', { value, configurable: true });

  test('is the same for as long as the tab is, and another one elsewhere', () => {
    setStorage(new TestStorage());
    const name = tabId();
    expect(name).toMatch(/^[\w-]{8}$/);
    expect(tabId()).toBe(name);
    setStorage(new TestStorage());
    expect(tabId()).not.toBe(name);
  });

  test('is another one in place of what is none', () => {
    const tab = new TestStorage();
    setStorage(tab);
    tab.setItem('curfew-draft-tab', '../..');
    expect(tabId()).toMatch(/^[\w-]{8}$/);
    expect(tab.getItem('curfew-draft-tab')).toBe(tabId());
  });

  // As in a WebView that has no storage.
  test('is there without sessionStorage', () => {
    setStorage(null);
    expect(tabId()).toMatch(/^[\w-]{8}$/);
  });
});

test('the ids of other keys: the newest draft’s first, each once, two at most', async () => {
  const drafts = openStorage(storage);
  expect(otherKeyIds(drafts, 'now')).toEqual([]);
  await put(NOW, NOW + DAY, { keyId: 'now' });
  await put(NOW - 3, NOW + DAY, { keyId: 'older' });
  await put(NOW - 2, NOW + DAY, { keyId: 'old' });
  await put(NOW - 1, NOW + DAY, { keyId: 'old', page: '/other' });
  expect(otherKeyIds(drafts, 'now')).toEqual(['old', 'older']);
  await put(NOW - 4, NOW + DAY, { keyId: 'oldest' });
  expect(otherKeyIds(drafts, 'now')).toEqual(['old', 'older']);
  expect(otherKeyIds(drafts, 'old')).toEqual(['now', 'older']);
});
