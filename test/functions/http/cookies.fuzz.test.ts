import { expect, test } from '@jest/globals';
import { readCookies } from '../../../functions/http/cookies.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { asHeader, SPACES_AND_CONTROLS } from '../../support/spaces.ts';

const value = `${'i'.repeat(22)}.${'a'.repeat(43)}`;
const other = `${'j'.repeat(22)}.${'b'.repeat(43)}`;
/** Written otherwise than the parser: the whole header at once. */
const OURS = /(?:^|;)[ \t]*__Host-session=([^;]*?)[ \t]*(?=;|$)/g;

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(' ', '\t', ';', '; ', '=', 'a=b', '"', '%20', '\u0000', '__Host-'),
  },
  { weight: 3, arbitrary: fc.constantFrom(...SPACES_AND_CONTROLS) },
  { weight: 2, arbitrary: fc.constantFrom('__Host-session', '__Host-session=', value, other) },
  { weight: 2, arbitrary: fc.constantFrom(`__Host-session=${value}`, `__Host-session=${other}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);
const header = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** The session id that the header names: every value of that very name is the same, and of our form. */
function expected(cookie: string): string | undefined {
  const values = new Set([...cookie.matchAll(OURS)].map(([, found]) => found));
  const [only] = values;
  return values.size === 1 && (only === value || only === other) ? only.split('.')[0] : undefined;
}

test('a session is read from the cookie of that very name, and from no other, whatever the header', () => {
  let found = 0;
  fc.assert(
    fc.property(header, (cookie) => {
      const sessionId = expected(cookie);
      if (sessionId !== undefined) found += 1;
      expect(readCookies({ headers: { cookie } }).credential?.sessionId).toBe(sessionId);
      expect(readCookies({ cookies: cookie.split(';') }).credential?.sessionId).toBe(sessionId);
      expect(readCookies({ headers: { cookie: asHeader(cookie) } }).credential?.sessionId).toBe(
        expected(asHeader(cookie)),
      );
    }),
    runs(4_000),
  );
  expect(found).toBeGreaterThan(100);
});

test('a header of 400,000 spaces is read', () => {
  const cookie = `a${' '.repeat(400_000)}b; __Host-session=${value}`;
  // A pattern that takes time by the square of the length would need over a minute, which is the limit of a test.
  expect(readCookies({ headers: { cookie } }).credential?.sessionId).toBe('i'.repeat(22));
});
