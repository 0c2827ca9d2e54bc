import { BINDING_USER } from '../../core/contract.ts';
import { sha256 } from '../store/hash.ts';

const BASIC = /^Basic +([A-Za-z0-9+/]{1,128}={0,2})$/i;
/** The password is 32 random bytes in base64url, 43 characters. */
const USER_AND_PASSWORD = new RegExp(`^${BINDING_USER}:[A-Za-z0-9_-]{43}$`);

/**
 * The hash of the mark that a browser shows of its run: of the credential that its cache of HTTP authentication keeps.
 * Undefined: none, or not of our form, such as an `Authorization` that the page has set itself.
 */
export function readMark({
  authorization,
}: {
  readonly authorization?: string | undefined;
}): Uint8Array | undefined {
  const text = Buffer.from(BASIC.exec(authorization ?? '')?.[1] ?? '', 'base64').toString();
  return USER_AND_PASSWORD.test(text) ? sha256(text) : undefined;
}
