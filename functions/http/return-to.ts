/** Longer ones would not survive every proxy on the way through the provider's page. */
const MAX_LENGTH = 2_048;
/** Any origin serves, since only a path that leaves it matters. RFC 2606 reserves the name: it is nobody's. */
const BASE = 'https://site.invalid';

/**
 * Where to go after sign-in: a path on this site, and nothing that a browser could read as another one
 * (`//host`, `/\host`, a control character that it drops, a dot segment that leaves `//`). Anything else
 * is `/`. So are our own sign-in paths, which would begin again.
 *
 * @param value what the request says, unverified
 */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !/^\/[^\p{Cc}\\]*$/u.test(value)) return '/';
  const url = URL.parse(value, BASE);
  if (url === null || url.origin !== BASE) return '/';
  const { pathname, search, hash } = url;
  // The parser has resolved dot segments: '/.//host' is '//host' here.
  if (pathname.startsWith('//') || pathname.startsWith('/api/auth/')) return '/';
  return pathname + search + hash;
}
