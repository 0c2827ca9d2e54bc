import { expect, test } from '@jest/globals';
import { SIGN_IN_ERRORS } from '../../core/sign-in.ts';

test('the codes go into a URL as they are, and none is there twice', () => {
  for (const code of SIGN_IN_ERRORS) expect(encodeURIComponent(code)).toBe(code);
  expect(new Set(SIGN_IN_ERRORS).size).toBe(SIGN_IN_ERRORS.length);
});
