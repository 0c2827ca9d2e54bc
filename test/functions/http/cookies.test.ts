import { describe, expect, test } from '@jest/globals';
import { readCookies, setCookie } from '../../../functions/http/cookies.ts';

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
    ['behind a no-break space', { cookies: [`\u00a0${one}`], headers: {} }],
    ['behind a no-break space in the header', { headers: { cookie: `x=1; \u00a0${one}` } }],
    ['behind a wider space', { cookies: [`\u2003${one}`], headers: {} }],
    ['behind a vertical tab', { cookies: [`\u000b${one}`], headers: {} }],
    ['quoted', { cookies: [one.replace('=', '="').concat('"')], headers: {} }],
  ])('as none: %s', (_, source) => {
    expect(readCookies(source).credential).toBeUndefined();
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

test('all three cookies are read at once', () => {
  const pass = '1700000000000.x';
  const cookie = `__Host-run=${pass}; ${one}; __Host-signin=${'v'.repeat(43)}`;
  expect(readCookies({ headers: { cookie } })).toMatchObject({
    credential: { sessionId: id },
    signIn: 'v'.repeat(43),
    bindingPass: pass,
  });
});

test.each([
  ['session', 0, '__Host-session=v; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict'],
  ['signIn', 600, '__Host-signin=v; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ['bindingPass', 3, '__Host-run=v; Max-Age=3; Path=/; HttpOnly; Secure; SameSite=Strict'],
] as const)('%s, for %i s', (name, seconds, line) => {
  expect(setCookie(name, 'v', seconds)).toBe(line);
});
