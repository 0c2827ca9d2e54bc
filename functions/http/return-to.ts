import { BASE_PATH } from '../../core/contract.ts';
import { parseUrl } from './url.ts';

/**
 * Characters, as it is asked for and as it is spelled in an address. It travels within the `state`, to the provider and
 * back: the address of the callback has about 3,000 characters then, and its code. CloudFront takes 8,192 in all.
 */
const MAX_LENGTH = 2_048;
/** Any origin serves, since only a path that leaves it matters. RFC 2606 reserves the name: it is nobody's. */
const SITE = 'https://site.invalid';

/**
 * Where to go after sign-in: a path on this site, and nothing that a browser could read as another one
 * (`//host`, `/\host`, a control character that it drops, a dot segment that leaves `//`). Anything else
 * is `/`. So are our own sign-in paths, however they are spelled, which would begin again.
 *
 * @param value what the request says, unverified
 * @param basePath what the paths of the API begin with
 */
export function safeReturnTo(value: unknown, basePath: string = BASE_PATH): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !/^\/[^\p{Cc}\\]*$/u.test(value)) return '/';
  const url = parseUrl(value, SITE);
  if (url === undefined || url.origin !== SITE) return '/';
  const { pathname, search, hash } = url;
  // The parser has resolved dot segments: '/.//host' is '//host' here.
  // A path that is rejected in vain costs a user one click.
  if (pathname.startsWith('//') || mayBeReadAs(pathname, pathsUnder(`${basePath}/auth`))) return '/';
  const path = pathname + search + hash;
  return path.length > MAX_LENGTH ? '/' : path;
}

/**
 * Whether something on the way could read a path, without its query, as one that the pattern matches. Gateways and servers
 * decode percent-encoding, once or more often, resolve dot segments before or after that, merge slashes and ignore case.
 */
export function mayBeReadAs(pathname: string, pattern: RegExp): boolean {
  let path = pathname;
  for (let round = 0; round < MAX_DECODINGS; round += 1) {
    const readings = [path, mergeSlashes(path)].map(resolve).map(mergeSlashes);
    if (readings.some((reading) => pattern.test(reading))) return true;
    const decoded = path.replace(ESCAPED_ASCII, (escaped) =>
      String.fromCharCode(Number(`0x${escaped.slice(1)}`)),
    );
    if (decoded === path) return false;
    path = decoded;
  }
  return true;
}

/**
 * What a path under another one looks like, whatever its case.
 *
 * @param path of letters, digits, `_`, `-` and slashes
 */
export function pathsUnder(path: string): RegExp {
  return new RegExp(`^${path}(?:/|$)`, 'i');
}

const ESCAPED_ASCII = /%[0-7][0-9a-f]/gi;
/** A path that is still encoded after so many rounds is not read any further, and counts as matched. */
const MAX_DECODINGS = 8;

function mergeSlashes(path: string): string {
  return path.replace(/[\\/]+/g, '/');
}

/** Without its dot segments. */
function resolve(path: string): string {
  return parseUrl(SITE + path)?.pathname ?? path;
}
