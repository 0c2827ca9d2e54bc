import { expect, test } from '@jest/globals';
import { DraftKey } from '../../../core/protocol.ts';
import { createDraftKeys } from '../../../functions/service-secret/draft-keys.ts';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';

const NOW = 1_700_000_000_000;
const secret = (name: string) => `${name} ${'s'.repeat(40)}`;
const draftKeys = (...names: string[]) => createDraftKeys(createKeyring(async () => names.map(secret)));

test('a key of 256 bits for each user, the same each time', async () => {
  const ada = await draftKeys('one').current('ada', NOW);
  expect(DraftKey.safeParse(ada).success).toBe(true);
  expect(Buffer.from(ada.key, 'base64url')).toHaveLength(32);
  expect(await draftKeys('one').current('ada', NOW + 1)).toEqual(ada);
  const grace = await draftKeys('one').current('grace', NOW);
  expect(grace.keyId).toBe(ada.keyId);
  expect(grace.key).not.toBe(ada.key);
});

test('users of any name have a key of their own', async () => {
  const keys = draftKeys('one');
  const names = [
    '',
    'ada',
    'Ada',
    'ada ',
    'a'.repeat(5_000),
    `${'a'.repeat(5_000)}b`,
    'ä',
    'a\u0308',
    '\u{1f600}',
  ];
  const all = await Promise.all(names.map(async (name) => (await keys.current(name, NOW)).key));
  expect(new Set(all).size).toBe(names.length);
});

test('is none of the keys that the service seals with', async () => {
  const keyring = createKeyring(async () => [secret('one')]);
  const { key } = await createDraftKeys(keyring).current('ada', NOW);
  for (const use of ['draft', 'sign-in', 'last-session'] as const) {
    const { bytes } = await keyring.current(use, NOW);
    expect(Buffer.from(bytes).toString('base64url')).not.toBe(key);
  }
});

test('after a rotation the key before is given by its id, and after the next one no longer', async () => {
  const before = await draftKeys('one').current('ada', NOW);
  const rotated = draftKeys('two', 'one');
  expect((await rotated.current('ada', NOW)).keyId).not.toBe(before.keyId);
  expect(await rotated.byId('ada', before.keyId, NOW)).toEqual(before);
  expect(await draftKeys('three', 'two').byId('ada', before.keyId, NOW)).toBeUndefined();
});
