import { expect, test } from '@jest/globals';
import { BINDING_PASS_MS } from '../../../core/contract.ts';
import { isPass, issuePass } from '../../../functions/sessions/binding-pass.ts';
import fc from '../../support/fast-check.ts';
import { hashOf, T0 } from '../../support/sessions.ts';

const HASH = hashOf('secret');

test.each([
  [-1, true],
  [0, false],
  [1, false],
])('a pass %i ms from its end: %s', (offset, good) => {
  expect(isPass(issuePass(HASH, T0), HASH, T0 + BINDING_PASS_MS + offset)).toBe(good);
});

test("another session's pass, one from the future and one with another end are worth nothing", () => {
  const pass = issuePass(HASH, T0);
  expect(isPass(pass, HASH, T0)).toBe(true);
  expect(isPass(pass, hashOf('other'), T0)).toBe(false);
  expect(isPass(issuePass(HASH, T0 + 1), HASH, T0)).toBe(false);
  expect(isPass(pass.replace(/^\d+/, String(T0 + BINDING_PASS_MS - 1)), HASH, T0)).toBe(false);
});

test('whatever else is shown as a pass is none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{13}\.[\w-]{43}$/)), (value) => {
      expect(isPass(value, HASH, T0)).toBe(false);
    }),
  );
  expect(isPass(undefined, HASH, T0)).toBe(false);
});
