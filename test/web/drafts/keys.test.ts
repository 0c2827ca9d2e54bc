import { expect, test } from '@jest/globals';
import { importKeys } from '../../../web/drafts/keys.ts';
import { draftKey, keysFor } from '../../support/drafts.ts';

test('no key can be exported', async () => {
  const { cipher, ...rest } = await keysFor();
  expect(cipher.extractable).toBe(false);
  await expect(crypto.subtle.exportKey('raw', cipher)).rejects.toThrow();
  // The key that names is not held at all, nor is the one that both derive from.
  expect(Object.values(rest).every((value) => typeof value === 'string')).toBe(true);
});

test('a user’s drafts have the same beginning, and a name of their own for each page', async () => {
  const here = await keysFor();
  expect(await keysFor()).toMatchObject({ name: here.name, ownPrefix: here.ownPrefix });
  const there = await keysFor({ page: '/orders?case=8' });
  expect(there.ownPrefix).toBe(here.ownPrefix);
  expect(there.name).not.toBe(here.name);
  for (const { name, ownPrefix } of [here, there]) {
    expect(name).toMatch(/^curfew-draft:[\w-]{22}\.[\w-]{43}$/);
    expect(name.startsWith(ownPrefix)).toBe(true);
  }
});

test('other users, and the same one under another key, have other names', async () => {
  const all = [await keysFor(), await keysFor({ subject: 'grace' }), await keysFor({ keyId: 'version2' })];
  expect(new Set(all.map(({ ownPrefix }) => ownPrefix)).size).toBe(3);
  // Not by the key alone: users that had one key in common would still be told apart.
  const shared = await Promise.all(['ada', 'grace'].map((subject) => importKeys(draftKey(), subject, '/')));
  expect(shared[0]?.name).not.toBe(shared[1]?.name);
});

test('user and page can’t be shifted into each other', async () => {
  const names = await Promise.all(
    [
      ['a', 'b,c'],
      ['a,b', 'c'],
      ['a"', 'b'],
      ['a', '"b'],
    ].map(async ([subject = '', page = '']) => {
      return (await importKeys(draftKey(), subject, page)).name;
    }),
  );
  expect(new Set(names).size).toBe(4);
});

test.each(['', 'AAAA', 'A'.repeat(42), 'A'.repeat(44), 'Ä'.repeat(43), '!'.repeat(43)])(
  'what is no key of 256 bits is refused: %j',
  async (key) => {
    await expect(importKeys({ keyId: 'version1', key }, 'ada', '/')).rejects.toThrow();
  },
);
