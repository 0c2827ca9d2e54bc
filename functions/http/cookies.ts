import { stringifySetCookie } from 'cookie';
import { COOKIES } from '../../core/contract.ts';
import { trimSpaces } from '../../core/spaces.ts';
import { type Credential, parseCredential } from '../sessions/credential.ts';
import { readMark } from './mark.ts';

/** Where cookies are found: API Gateway's list, or else the header. */
export interface CookieSource {
  readonly cookies?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Our cookies of a request. */
export interface RequestCookies {
  /** The session cookie, if there is one of our form, with the mark that came along; says nothing on whether they are right. */
  readonly credential: Credential | undefined;
  /** The browser's value of the sign-in cookie, if there is one of our form. */
  readonly signIn: string | undefined;
  /** What the browser keeps of the session that began last in it, whatever it is worth. */
  readonly lastSession: string | undefined;
  /** The binding pass that the request shows, whatever it is worth. */
  readonly bindingPass: string | undefined;
}

type CookieName = keyof typeof COOKIES;

const SIGN_IN_FORM = /^[A-Za-z0-9_-]{43}$/;

/**
 * Reads our cookies. API Gateway's payload 2.0 lists them in `cookies`; emulators and web servers leave them in the
 * header. Names are compared byte for byte, and only SP and HTAB around a pair are dropped (RFC 6265bis §5.6): a
 * browser checks the prefix `__Host-` of the very bytes that it stored. A sibling subdomain may set a cookie whose name
 * is ours behind a no-break space, for the whole site.
 */
export function readCookies({ cookies, headers }: CookieSource): RequestCookies {
  const pairs = (cookies ?? [headers?.cookie ?? '']).flatMap((text) => text.split(';')).map(trimSpaces);
  const signIn = soleValue(pairs, 'signIn');
  const credential = parseCredential(soleValue(pairs, 'session'));
  return {
    credential: credential && { ...credential, runHash: readMark(headers ?? {}) },
    signIn: signIn !== undefined && SIGN_IN_FORM.test(signIn) ? signIn : undefined,
    lastSession: soleValue(pairs, 'lastSession'),
    bindingPass: soleValue(pairs, 'bindingPass'),
  };
}

/**
 * A browser holds one `__Host-` cookie of a name. Two different ones come from something that adds headers on
 * the way: we do not guess which is right, the request counts as having none.
 */
function soleValue(pairs: readonly string[], name: CookieName): string | undefined {
  const start = `${COOKIES[name]}=`;
  const values = new Set(
    pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length)),
  );
  return values.size === 1 ? [...values][0] : undefined;
}

/** `Lax` for what the callback needs, since the provider's redirect to it comes from another site. */
const SAME_SITE = { session: 'strict', signIn: 'lax', lastSession: 'lax', bindingPass: 'strict' } as const;

/**
 * The value of `Set-Cookie` for one of our cookies.
 *
 * @param maxAgeSeconds whole seconds; 0 clears the cookie. Left out for the session and the last session, which go
 *   with the browser: the server alone decides when they end. Only sign-out clears them: a late 401 of an old session
 *   must not take the new one's cookie.
 */
export function setCookie(name: CookieName, value: string, maxAgeSeconds?: number): string {
  return stringifySetCookie({
    name: COOKIES[name],
    value,
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: SAME_SITE[name],
    ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
  });
}
