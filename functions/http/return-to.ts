/** Longer ones would not survive every proxy on the way through the provider's page. */
const MAX_LENGTH = 2_048;

/**
 * Where to go after sign-in: a path on this site, and nothing that a browser could read as another one
 * (`//host`, `/\host`, a control character that it drops, a dot segment that leaves `//`). Anything else
 * is `/`. So are our own sign-in paths, which would begin again.
 *
 * @param value what the request says, unverified
 * @param siteUrl origin of the site
 */
export function safeReturnTo(value: unknown, siteUrl: string): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !/^\/[^\p{Cc}\\]*$/u.test(value)) return '/';
  const url = URL.parse(value, siteUrl);
  if (url === null || url.origin !== new URL(siteUrl).origin) return '/';
  const { pathname, search, hash } = url;
  // The parser resolves dot segments: '/.//host' has become '//host' by now.
  if (pathname.startsWith('//') || pathname.startsWith('/api/auth/')) return '/';
  return pathname + search + hash;
}
