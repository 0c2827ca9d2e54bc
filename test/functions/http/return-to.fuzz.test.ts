import { expect, test } from '@jest/globals';
import { safeReturnTo } from '../../../functions/http/return-to.ts';
import fc, { runs } from '../../support/fast-check.ts';
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
  ['/search/100%', '/search/100%'],
  ['/caf%C3%A9/%E0%A4%A', '/caf%C3%A9/%E0%A4%A'],
  ['/api/orders%2F7', '/api/orders%2F7'],
  ['/api/authors', '/api/authors'],
  [`/${'a'.repeat(2_047)}`, `/${'a'.repeat(2_047)}`],
  [`/${'a'.repeat(2_041)}ä`, `/${'a'.repeat(2_041)}%C3%A4`],
  ['/work?from=/api/auth/sign-in#/api/auth/', '/work?from=/api/auth/sign-in#/api/auth/'],
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
  '/api/%61uth/sign-in',
  '/%61%70%69/%61%75%74%68/sign-in',
  '/api%2Fauth%2Fsign-in',
  '/api/auth%2fcallback',
  '/api/%2561uth/sign-in',
  '/api/%25252561uth/sign-in',
  `/%${'25'.repeat(1_000)}61`,
  '/api//auth/sign-in',
  '/api/x%2f..%2fauth/sign-in',
  '/api/x%252f%252e%252e%252fauth/sign-in',
  '/x%5c..%5capi/auth/sign-in',
  '/api/%61uth/sign-in%zz%',
  '/API/Auth/sign-in',
  '/api/auth',
  '/api/auth/',
  `/${'a'.repeat(2_048)}`,
  // 2,050 characters once it is an address.
  `/${'a'.repeat(2_047 - 4)}ä`,
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
    runs(1_000),
  );
});

test('whatever is asked for, and however often it is decoded, it is none of our sign-in paths', () => {
  const spelled = (text: string) =>
    fc.tuple(...[...text].map((c) => fc.constantFrom(c, c, escapedOnce(c), `%25${escapedOnce(c).slice(1)}`)));
  const between = fc.constantFrom('', '/', '/.', '/x/..', '%2f.', '%2fx%2f..');
  const asked = fc
    .tuple(between, spelled('/api'), between, spelled('/auth'), spelled('/sign-in'))
    .map((parts) => parts.flat().join(''))
    .filter((path) => path.startsWith('/'));
  fc.assert(
    fc.property(asked, (path) => {
      expect(safeReturnTo(path)).toBe('/');
    }),
    runs(1_000),
  );
});

function escapedOnce(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
