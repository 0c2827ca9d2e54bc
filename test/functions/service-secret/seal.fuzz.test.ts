import { expect, test } from '@jest/globals';
import { createKeyring } from '../../../functions/service-secret/keyring.ts';
import { open, type Sealing, seal } from '../../../functions/service-secret/seal.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { seededBytes } from '../../support/http.ts';

const NOW = 1_700_000_000_000;
let reads = 0;
const keyring = createKeyring(async () => {
  reads += 1;
  return ['the secret of this service, long enough', 'the secret before it, long enough too'];
});
const sealing: Sealing = { keyring, use: 'sign-in', now: NOW };
const randomBytes = seededBytes('seal');

test('whatever is sealed opens again as it was, and no two values are the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 4_096 }), async (text) => {
      const [one, two] = [await seal(sealing, text, randomBytes), await seal(sealing, text, randomBytes)];
      expect(one).not.toBe(two);
      expect(one).toMatch(/^[\w-]{8}\.[\w-]+$/);
      expect(await open(sealing, one)).toBe(text);
    }),
    runs(200),
  );
});

test('changed anywhere, cut, lengthened, or opened for another use: nothing', async () => {
  const sealed = await seal(sealing, 'a sign-in', randomBytes);
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.constantFrom(...'AZaz09-_.'), async (at, character) => {
      const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
      if (changed !== sealed) expect(await open(sealing, changed)).toBeUndefined();
      expect(await open(sealing, sealed.slice(0, at))).toBeUndefined();
      expect(await open(sealing, sealed + character)).toBeUndefined();
    }),
    runs(200),
  );
  expect(await open({ ...sealing, use: 'last-session' }, sealed)).toBeUndefined();
});

test('anything else opens to nothing, and all of it causes one read of the secret beside the first', async () => {
  reads = 0;
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.base64String().map((text) => `AAAAAAAA.${text}`),
    fc
      .tuple(fc.stringMatching(/^[\w-]{8}$/), fc.stringMatching(/^[\w-]{38,80}$/))
      .map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(value, async (sealed) => {
      expect(await open(sealing, sealed)).toBeUndefined();
    }),
    runs(400),
  );
  expect(reads).toBeLessThanOrEqual(1);
});

test('what is sealed by an older version opens as long as it is kept', async () => {
  const before = createKeyring(async () => ['the secret before it, long enough too']);
  const sealed = await seal({ ...sealing, keyring: before }, 'under way', randomBytes);
  expect(await open(sealing, sealed)).toBe('under way');
  const after = createKeyring(async () => ['the secret of this service, long enough']);
  expect(await open({ ...sealing, keyring: after }, sealed)).toBeUndefined();
});
