import { expect, test } from '@jest/globals';
import { createCredential, parseCredential } from '../../../functions/sessions/credential.ts';
import { dueShardOf } from '../../../functions/store/due-shard.ts';
import { sameHash, sha256 } from '../../../functions/store/hash.ts';
import fc from '../../support/fast-check.ts';
import { newSessionId } from '../../support/sessions.ts';

const ID = 'A'.repeat(22);
const SECRET = 'b'.repeat(43);

test('a cookie value becomes an id and the hash of its secret', () => {
  expect(parseCredential(`${ID}.${SECRET}`)).toEqual({ sessionId: ID, secretHash: sha256(SECRET) });
});

test.each([
  [undefined],
  [''],
  ['.'],
  [ID],
  [`${ID}.`],
  [`${ID}.${SECRET}x`],
  [`x${ID}.${SECRET}`],
  [`${ID}.${SECRET}\n`],
  [` ${ID}.${SECRET}`],
  [`${ID}.${SECRET.slice(1)}=`],
  [`${ID}.${SECRET}.${SECRET}`],
  [`${ID}:${SECRET}`],
])('%p is none of ours', (value) => {
  expect(parseCredential(value)).toBeUndefined();
});

test('what is created is what is parsed, and the hash is of 32 bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (id, secret) => {
        const made = createCredential((size) => (size === 16 ? id : secret));
        expect(parseCredential(made.cookieValue)).toEqual(made.credential);
        expect(made.credential.secretHash).toHaveLength(32);
      },
    ),
  );
});

test('no text whatever makes parsing throw, or yields an id of another form', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      const parsed = parseCredential(text);
      return parsed === undefined || /^[\w-]{22}$/.test(parsed.sessionId);
    }),
  );
});

test('hashes are the same only if every byte is', () => {
  const hash = sha256('secret');
  expect(Buffer.from(hash).toString('hex')).toBe(
    '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b',
  );
  expect(sameHash(hash, Uint8Array.from(hash))).toBe(true);
  for (let i = 0; i < 32; i += 1) expect(sameHash(hash, hash.with(i, hash[i]! ^ 1))).toBe(false);
  expect(sameHash(hash, hash.slice(1))).toBe(false);
  expect(sameHash(new Uint8Array(), hash)).toBe(false);
});

test('shards fill evenly: none is a third off its share', () => {
  for (const shards of [1, 3, 16, 100]) {
    const counts = new Array<number>(shards).fill(0);
    const each = 600;
    for (let i = 0; i < each * shards; i += 1) {
      const shard = dueShardOf(newSessionId(), shards);
      counts[shard]! += 1;
    }
    for (const count of counts) expect(Math.abs(count - each)).toBeLessThan(each / 3);
  }
});
