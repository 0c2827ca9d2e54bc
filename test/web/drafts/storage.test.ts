import { beforeEach, describe, expect, test } from '@jest/globals';
import { encryptDraft } from '../../../web/drafts/encryption.ts';
import { openStorage, otherKeyIds, purge } from '../../../web/drafts/storage.ts';
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
    ['is forbidden', { getItem: refuse, setItem: refuse, removeItem: refuse, key: refuse, length: 1 }],
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

test('a storage that only has what a storage has to have is listed by that', () => {
  const rows = new Map([
    ['curfew-draft:a', 'none'],
    ['theirs', ''],
    ['curfew-draft:b', `2.${NOW}.${NOW + 1}.newer`],
  ]);
  const drafts = openStorage({
    getItem: (name) => rows.get(name) ?? null,
    setItem: (name, text) => void rows.set(name, text),
    removeItem: (name) => void rows.delete(name),
    key: (index) => [...rows.keys()][index] ?? null,
    get length() {
      return rows.size;
    },
  });
  expect(drafts.names()).toEqual(['curfew-draft:a', 'curfew-draft:b']);
  purge(drafts, NOW);
  expect([...rows.keys()]).toEqual(['theirs', 'curfew-draft:b']);
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
