import { expect, test } from '@jest/globals';
import { safeReturnTo } from '../../../functions/http/return-to.ts';
import fc from '../../support/fast-check.ts';
import { SITE_URL } from '../../support/http.ts';

test.each([
  ['/', '/'],
  ['/work', '/work'],
  ['/work?a=1&b=%20#top', '/work?a=1&b=%20#top'],
  ['/a//b', '/a//b'],
  ['/%2F%2Fevil.example', '/%2F%2Fevil.example'],
  ['/search?next=https://evil.example', '/search?next=https://evil.example'],
  ['/ä', '/%C3%A4'],
  ['/a/../b', '/b'],
])('%s is a path of this site', (value, path) => {
  expect(safeReturnTo(value)).toBe(path);
});

test.each([
  undefined,
  null,
  7,
  '',
  'work',
  'https://evil.example/',
  `${SITE_URL}/work`,
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/work\\..\\',
  '/\t/evil.example',
  '/\n/evil.example',
  '/a\u0000',
  '/a\u0085',
  ' /work',
  '\u00a0//evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  'javascript:alert(1)',
  '/api/auth/sign-in',
  '/x/../api/auth/sign-in?returnTo=/',
  `/${'a'.repeat(2_048)}`,
])('%j is not: the root instead', (value) => {
  expect(safeReturnTo(value)).toBe('/');
});

test('whatever is asked for, a browser stays on this site', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '//',
    '%2f',
    '%5c',
    ':',
    '@',
    '?',
    '#',
    '\t',
    '\n',
    'a',
    'evil.example',
    'https:',
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`),
  );
  fc.assert(
    fc.property(value, (asked) => {
      const path = safeReturnTo(asked);
      // Where location.replace(path) goes, from the page of the callback.
      const target = new URL(path, `${SITE_URL}/api/auth/callback`);
      expect(target.origin).toBe(SITE_URL);
      expect(target.pathname + target.search + target.hash).toBe(path);
      expect(path).toMatch(/^\/(?![/\\])/);
    }),
    { numRuns: 5_000 },
  );
});
