import { describe, expect, test } from '@jest/globals';
import {
  type Draft,
  decryptDraft,
  encryptDraft,
  isCurrent,
  readHead,
} from '../../../web/drafts/encryption.ts';
import { importKeys } from '../../../web/drafts/keys.ts';
import { draftKey, type KeysFor, keysFor } from '../../support/drafts.ts';

const NOW = 1_700_000_000_000;
const DAY = 86_400_000;
const PAGE = '/orders?case=7';
const DRAFT: Draft = {
  savedAt: NOW,
  discardAt: NOW + DAY,
  fields: {
    'order/note': 'half a sentence, ü and \u{1f600}',
    'order/gift=yes': true,
    'order/size': ['S', 'M'],
  },
};

const keys = await keysFor();
const text = await encryptDraft(keys, PAGE, DRAFT);
/** The parts of an encrypted draft, with some of them replaced. */
function withParts(parts: Record<number, string>): string {
  return text
    .split('.')
    .map((part, index) => parts[index] ?? part)
    .join('.');
}

describe('an encrypted draft', () => {
  test('decrypts to what was encrypted, however long it is', async () => {
    expect(await decryptDraft(keys, PAGE, text, NOW)).toEqual(DRAFT);
    const long = { ...DRAFT, fields: { '/text': 'ü'.repeat(100_000) } };
    expect(await decryptDraft(keys, PAGE, await encryptDraft(keys, PAGE, long), NOW)).toEqual(long);
  });

  test('says in the clear when it was saved, when it is discarded, and by which key; nothing else', () => {
    expect(text).toMatch(new RegExp(`^1\\.${NOW}\\.${NOW + DAY}\\.version1\\.[\\w-]+$`));
    for (const secret of ['half a', 'order/', '/orders', 'case=', '|ada']) {
      expect(text).not.toContain(secret);
      expect(Buffer.from(text.split('.')[4]!, 'base64url').toString('latin1')).not.toContain(secret);
      expect(keys.name).not.toContain(secret);
    }
  });

  test('is another one each time, by a random IV of 96 bits', async () => {
    const ivs = new Set<string>();
    for (let time = 0; time < 100; time += 1) {
      const encrypted = await encryptDraft(keys, PAGE, DRAFT);
      ivs.add(Buffer.from(encrypted.split('.')[4]!, 'base64url').subarray(0, 12).toString('hex'));
    }
    expect(ivs.size).toBe(100);
  });

  test('can be decrypted by whoever knows the form: AES-256-GCM, with the head and the page as additional data', async () => {
    const { createDecipheriv, hkdfSync } = await import('node:crypto');
    const bytes = Buffer.from(draftKey().key, 'base64url');
    const cipherKey = new Uint8Array(hkdfSync('sha256', bytes, '', 'curfew draft content', 32));
    const [encoded = ''] = text.split('.').slice(4);
    const content = Buffer.from(encoded, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', cipherKey, content.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(text.slice(0, -encoded.length) + PAGE));
    decipher.setAuthTag(content.subarray(-16));
    const plain = Buffer.concat([decipher.update(content.subarray(12, -16)), decipher.final()]);
    expect(JSON.parse(plain.toString())).toEqual(DRAFT.fields);
  });
});

describe('no draft, and no error:', () => {
  test.each<[string, KeysFor]>([
    ['another user’s key', { subject: 'grace' }],
    ['a key of another id', { keyId: 'version2' }],
  ])('%s', async (_name, other) => {
    expect(await decryptDraft(await keysFor(other), PAGE, text, NOW)).toBeUndefined();
  });

  test('another key under the same id', async () => {
    const other = await importKeys({ ...draftKey('other'), keyId: keys.keyId }, 'auth|ada', PAGE);
    expect(await decryptDraft(other, PAGE, text, NOW)).toBeUndefined();
  });

  test.each(['/orders', '/orders?case=8', '', `${PAGE} `])('the page %j', async (page) => {
    expect(await decryptDraft(keys, page, text, NOW)).toBeUndefined();
  });

  test.each<[string, string]>([
    ['another version', withParts({ 0: '2' })],
    ['version 0', withParts({ 0: '0' })],
    ['the version spelled otherwise', withParts({ 0: '01' })],
    ['an earlier time', withParts({ 1: `${NOW - 1}` })],
    ['a later time', withParts({ 1: `${NOW + 1}` })],
    ['the same time spelled otherwise', withParts({ 1: `0${NOW}` })],
    ['kept for longer', withParts({ 2: `${NOW + DAY + 1}` })],
    ['another key id', withParts({ 3: 'version2' })],
    ['no content', withParts({ 4: '' })],
    ['content of less than an IV', withParts({ 4: 'AAAA' })],
    ['a part more', `${text}.`],
    ['a space', ` ${text}`],
    ['nothing', ''],
  ])('%s', async (_name, changed) => {
    expect(await decryptDraft(keys, PAGE, changed, NOW)).toBeUndefined();
  });

  test('any bit of the content flipped', async () => {
    const content = Buffer.from(text.split('.')[4]!, 'base64url');
    for (let bit = 0; bit < content.length * 8; bit += 1) {
      const flipped = Buffer.from(content);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const changed = withParts({ 4: flipped.toString('base64url') });
      expect(await decryptDraft(keys, PAGE, changed, NOW)).toBeUndefined();
    }
  });

  test('any character left out, and any end', async () => {
    for (let at = 0; at < text.length; at += 1) {
      expect(await decryptDraft(keys, PAGE, text.slice(0, at), NOW)).toBeUndefined();
      expect(await decryptDraft(keys, PAGE, text.slice(0, at) + text.slice(at + 1), NOW)).toBeUndefined();
    }
  });

  test('nothing at all', async () => {
    expect(await decryptDraft(keys, PAGE, null, NOW)).toBeUndefined();
  });
});

describe('a draft is current', () => {
  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('%i ms from the time at which it is discarded: %s', async (offset, expected) => {
    expect(isCurrent(DRAFT, DRAFT.discardAt + offset)).toBe(expected);
    expect((await decryptDraft(keys, PAGE, text, DRAFT.discardAt + offset)) !== undefined).toBe(expected);
  });

  // A clock that is corrected while the user types loses no draft.
  test.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('from a day and %i ms ahead: %s', async (offset, expected) => {
    const now = NOW - DAY - offset;
    expect(isCurrent(DRAFT, now)).toBe(expected);
    expect((await decryptDraft(keys, PAGE, text, now)) !== undefined).toBe(expected);
  });
});

describe('the head of an encrypted draft', () => {
  test('is read without the key', () => {
    expect(readHead(text)).toEqual({ savedAt: NOW, discardAt: NOW + DAY, keyId: 'version1' });
  });

  test('of a newer release has its times where ours are, and a form that is not known', () => {
    const newer = { savedAt: 5, discardAt: 9, keyId: undefined };
    expect(readHead('2.5.9.anything: "at all"')).toEqual(newer);
    expect(readHead('9999.5.9.')).toEqual(newer);
  });

  test.each([
    null,
    '',
    '1',
    '1.5.9.',
    '1.5.9.key',
    '1.5.9.key.',
    '0.5.9.key.AAAA',
    '-1.5.9.key.AAAA',
    '1.5.-9.k.A',
  ])('%j has none', (other) => {
    expect(readHead(other)).toBeUndefined();
  });
});
