import { expect, test } from '@jest/globals';
import { decryptDraft, encryptDraft, readHead } from '../../../web/drafts/encryption.ts';
import { openStorage, otherKeyIds, purge } from '../../../web/drafts/storage.ts';
import { keysFor, TestStorage } from '../../support/drafts.ts';
import fc, { runs } from '../../support/fast-check.ts';

const NOW = 1_700_000_000_000;
const keys = await keysFor();
const encrypted = await encryptDraft(keys, '/', { savedAt: NOW, discardAt: NOW + 1, fields: {} });

const part = fc.oneof(
  fc.constantFrom('', '0', '1', '2', `${NOW}`, `${NOW + 1}`, '9'.repeat(16), 'version1', 'AAAA', encrypted),
  fc.string(),
  fc.integer().map(String),
);
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.array(part, { minLength: 3, maxLength: 7 }).map((parts) => parts.join('.')),
);

test('whatever is stored is no draft, throws nothing, and is purged or has a time at which it will be', async () => {
  await fc.assert(
    fc.asyncProperty(anything, async (text) => {
      fc.pre(text !== encrypted);
      expect(await decryptDraft(keys, '/', text, NOW)).toBeUndefined();
      const storage = new TestStorage();
      storage.setItem(keys.name, text);
      const drafts = openStorage(storage);
      expect(otherKeyIds(drafts, 'none').every((id) => /^[\w-]{1,64}$/.test(id))).toBe(true);
      purge(drafts, NOW);
      const left = readHead(storage.getItem(keys.name));
      if (left) expect(left.discardAt).toBeGreaterThan(NOW);
      else expect(Object.keys(storage)).toEqual([]);
    }),
    runs(1_000),
  );
});
