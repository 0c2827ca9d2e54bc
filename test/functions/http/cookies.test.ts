import { describe, expect, test } from '@jest/globals';
import { readCookies, setCookie } from '../../../functions/http/cookies.ts';
import { codePoint, SPACES_AND_CONTROLS } from '../../support/spaces.ts';

const id = 'i'.repeat(22);
const one = `__Host-session=${id}.${'a'.repeat(43)}`;
const two = `__Host-session=${id}.${'b'.repeat(43)}`;

describe('the session cookie is read', () => {
  test.each([
    ['from the list of payload 2.0', { cookies: ['x=1', one], headers: {} }],
    ['from the header', { headers: { cookie: `x=1; ${one}; y=2` } }],
    ['from the header, tightly packed', { headers: { cookie: `x=1;${one};y` } }],
    ['from the list rather than from the header', { cookies: [one], headers: { cookie: two } }],
    ['behind and before SP and HTAB', { headers: { cookie: `x=1; \t ${one}\t ; y=2` } }],
    ['twice the same', { cookies: [one, one], headers: {} }],
    ['twice the same in the header', { headers: { cookie: `${one}; ${one}` } }],
    ['beside one whose name ends in the same way', { cookies: [`x${two}`, one], headers: {} }],
  ])('%s', (_, source) => {
    expect(readCookies(source).credential?.sessionId).toBe(id);
  });

  test.each([
    ['absent', { headers: {} }],
    ['in an empty list', { cookies: [], headers: { cookie: one } }],
    ['two different ones', { cookies: [one, two], headers: {} }],
    ['two different ones in the header', { headers: { cookie: `${one}; ${two}` } }],
    ['in another case', { cookies: [one.toLowerCase()], headers: {} }],
    ['without its prefix', { cookies: [one.replace('__Host-', '')], headers: {} }],
    ['a character short', { cookies: [one.slice(0, -1)], headers: {} }],
    ['a character long', { cookies: [`${one}a`], headers: {} }],
    ['percent-encoded', { cookies: [one.replace('.', '%2E')], headers: {} }],
    ['two different ones in one entry of the list', { cookies: [`${one}; ${two}`], headers: {} }],
    ['one of our form and an empty one', { cookies: [one, '__Host-session='], headers: {} }],
    ['the value of a cookie without a name', { cookies: [`=${one}`], headers: {} }],
    ['with a space before the value', { cookies: [one.replace('=', '= ')], headers: {} }],
    ['quoted', { cookies: [one.replace('=', '="').concat('"')], headers: {} }],
  ])('as none: %s', (_, source) => {
    expect(readCookies(source).credential).toBeUndefined();
  });
});

describe('of every space, control and format character of Unicode', () => {
  const signIn = `__Host-signin=${'v'.repeat(43)}`;

  /** With which of them our cookies are read. */
  function readWith(place: (pair: string, character: string) => readonly string[]): string[] {
    const reads = (character: string) =>
      place(one, character).some((pair, index) => {
        const pairs = ['x=1', pair, place(signIn, character)[index]!];
        return [{ cookies: pairs }, { headers: { cookie: pairs.join(';') } }].some((source) => {
          const { credential, signIn: browser } = readCookies(source);
          return credential !== undefined || browser !== undefined;
        });
      });
    return SPACES_AND_CONTROLS.filter(reads).map(codePoint);
  }

  test('only SP and HTAB may stand before the name', () => {
    const read = readWith((pair, c) => [c + pair, ` ${c}${pair}`, `${c}\t${pair}`]);
    expect(read).toEqual(['U+0009', 'U+0020']);
  });

  test('only SP and HTAB may stand after the value', () => {
    const read = readWith((pair, c) => [pair + c, `${pair} ${c}`, `${pair}${c}\t`]);
    expect(read).toEqual(['U+0009', 'U+0020']);
  });

  test('none may stand between the name and the value', () => {
    const read = readWith((pair, c) => [`${c}=`, ` ${c}=`, `=${c}`].map((sign) => pair.replace('=', sign)));
    expect(read).toEqual([]);
  });

  test("none makes a sibling's cookie stand beside the user's, which would sign the user out", () => {
    const mine = readCookies({ cookies: [one] }).credential;
    for (const character of SPACES_AND_CONTROLS.filter((c) => c !== ' ' && c !== '\t')) {
      for (const cookies of [
        [character + two, one],
        [one, character + two],
      ]) {
        expect(readCookies({ cookies }).credential).toEqual(mine);
        expect(readCookies({ headers: { cookie: cookies.join('; ') } }).credential).toEqual(mine);
      }
    }
  });
});

test('the session cookie has no lifetime and no domain', () => {
  expect(setCookie('session', 'value')).toBe(
    '__Host-session=value; Path=/; HttpOnly; Secure; SameSite=Strict',
  );
});

test('a sign-in cookie of another form is ignored', () => {
  const value = 'v'.repeat(43);
  expect(readCookies({ cookies: [`__Host-signin=${value}`], headers: {} }).signIn).toBe(value);
  expect(readCookies({ cookies: [`__Host-signin=${value}v`], headers: {} }).signIn).toBeUndefined();
});

test('all our cookies are read at once', () => {
  const pass = '1700000000000.x';
  const cookie = `__Host-run=${pass}; ${one}; __Host-last=l; __Host-signin=${'v'.repeat(43)}`;
  expect(readCookies({ headers: { cookie } })).toMatchObject({
    credential: { sessionId: id },
    signIn: 'v'.repeat(43),
    lastSession: 'l',
    bindingPass: pass,
  });
});

test('the cookie of the last session has no lifetime either, and comes along from another site', () => {
  expect(setCookie('lastSession', 'value')).toBe('__Host-last=value; Path=/; HttpOnly; Secure; SameSite=Lax');
});

test.each([
  ['session', 0, '__Host-session=v; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict'],
  ['signIn', 600, '__Host-signin=v; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ['lastSession', 0, '__Host-last=v; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ['bindingPass', 3, '__Host-run=v; Max-Age=3; Path=/; HttpOnly; Secure; SameSite=Strict'],
] as const)('%s, for %i s', (name, seconds, line) => {
  expect(setCookie(name, 'v', seconds)).toBe(line);
});
