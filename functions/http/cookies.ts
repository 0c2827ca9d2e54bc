import { parseCookie, stringifySetCookie } from 'cookie';
import { type Credential, parseCredential } from '../sessions/credential.ts';

/** `__Host-`: the browser takes it only over https, for this very host, with Path=/ (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = '__Host-session';
/** Binds the browser to the sign-ins that it has under way. */
export const SIGN_IN_COOKIE = '__Host-signin';

/** A pass for the next page load: this run of the browser was checked a moment ago. */
export const RUN_PASS_COOKIE = '__Host-run';

const SIGN_IN_FORM = /^[A-Za-z0-9_-]{43}$/;

/** Where cookies are found: API Gateway's list, or else the header. */
export interface CookieSource {
  readonly cookies?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The values that a request carries under a cookie's name. API Gateway's payload 2.0 lists them in `cookies`;
 * emulators and web servers leave them in the header.
 */
function cookieValues({ cookies, headers }: CookieSource, name: string): string[] {
  const pairs = cookies ?? headers?.cookie?.split(';') ?? [];
  const values = pairs.map((pair) => parseCookie(pair.trim(), { decode: (value) => value })[name]);
  return values.filter((value) => value !== undefined);
}

/**
 * A browser holds one `__Host-` cookie of a name. Two different ones come from something that adds headers on
 * the way: we do not guess which is right, the request counts as having none.
 */
function soleValue(source: CookieSource, name: string): string | undefined {
  const values = new Set(cookieValues(source, name));
  return values.size === 1 ? [...values][0] : undefined;
}

/** The session cookie, if there is one of ours by its form; says nothing on whether it is right. */
export function sessionCredential(source: CookieSource): Credential | undefined {
  return parseCredential(soleValue(source, SESSION_COOKIE));
}

/** The browser's value of the sign-in cookie, if it has one of our form. */
export function signInValue(source: CookieSource): string | undefined {
  const value = soleValue(source, SIGN_IN_COOKIE);
  return value !== undefined && SIGN_IN_FORM.test(value) ? value : undefined;
}

/** The pass that a request shows, whatever it is worth. */
export function runPass(source: CookieSource): string | undefined {
  return soleValue(source, RUN_PASS_COOKIE);
}

export function setRunPassCookie(value: string, maxAgeSeconds: number): string {
  return stringifySetCookie({
    name: RUN_PASS_COOKIE,
    value,
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'strict',
    maxAge: maxAgeSeconds,
  });
}

/** No `Expires` and no `Max-Age`: it goes with the browser, and the server alone decides when it is over. */
export function setSessionCookie(value: string): string {
  return stringifySetCookie({
    name: SESSION_COOKIE,
    value,
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'strict',
  });
}

/** Only sign-out clears it: a late 401 of an old session must not take the new one's cookie. */
export function clearSessionCookie(): string {
  return stringifySetCookie({
    name: SESSION_COOKIE,
    value: '',
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'strict',
    maxAge: 0,
  });
}

/** `Lax`, since the provider's redirect to the callback comes from another site. */
export function setSignInCookie(value: string, maxAgeSeconds: number): string {
  return stringifySetCookie({
    name: SIGN_IN_COOKIE,
    value,
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'lax',
    maxAge: maxAgeSeconds,
  });
}
