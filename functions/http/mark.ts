import { BINDING_USER } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import { sha256 } from '../store/hash.ts';

/** Names in lower case. */
type Headers = Readonly<Record<string, string | undefined>>;

const BASIC = /^Basic +([A-Za-z0-9+/]{1,128}={0,2})$/i;
/** The password is 32 random bytes in base64url, 43 characters. */
const USER_AND_PASSWORD = new RegExp(`^${BINDING_USER}:[A-Za-z0-9_-]{43}$`);

/** The mark that a browser shows of its run, 43 characters of base64url. Undefined as in {@link readMark}. */
export function shownMark({ authorization }: Headers): string | undefined {
  const text = Buffer.from(BASIC.exec(authorization ?? '')?.[1] ?? '', 'base64').toString();
  return USER_AND_PASSWORD.test(text) ? text.slice(BINDING_USER.length + 1) : undefined;
}

/**
 * The hash of the mark that a browser shows of its run: of the credential that its cache of HTTP authentication keeps.
 * Undefined: none, or not of our form, such as an `Authorization` that the page has set itself.
 */
export function readMark(headers: Headers): Uint8Array | undefined {
  const mark = shownMark(headers);
  return mark === undefined ? undefined : sha256(`${BINDING_USER}:${mark}`);
}

/**
 * The error of a request without a session cookie. One from another site may lack it only because the cookie is `Strict`;
 * where it shows the mark of a run, a 401 would make Chromium forget the mark, and any link could end the session.
 */
export function missingSession(headers: Headers): SessionError {
  const isWithheld = headers['sec-fetch-site'] === 'cross-site' && readMark(headers) !== undefined;
  return new SessionError(isWithheld ? 'ERR_CROSS_SITE' : 'ERR_SESSION_MISSING');
}
