import { createHash, timingSafeEqual } from 'node:crypto';
import { SessionError } from '../../core/errors.ts';

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * Whether a state-changing request came from the site itself: `Sec-Fetch-Site` says exactly `same-origin`
 * (W3C Fetch Metadata), or, in a browser without that header (before Safari 16.4), `Origin` is the site's.
 * `same-site` is not enough: a sibling subdomain may be somebody else's. A request with neither is refused.
 */
export function isSameOrigin(headers: Headers, siteUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === new URL(siteUrl).origin;
}

/** @throws SessionError `ERR_CROSS_SITE` */
export function assertSameOrigin(headers: Headers, siteUrl: string): void {
  if (!isSameOrigin(headers, siteUrl)) throw new SessionError('ERR_CROSS_SITE');
}

/** Header that the distribution adds, and takes away from what browsers send. */
const ORIGIN_HEADER = 'x-curfew-origin';

/**
 * Whoever calls the API's own address goes around the distribution: its logs, its firewall, and the site's origin.
 *
 * @throws SessionError `ERR_CROSS_SITE` for a request that does not carry the secret
 */
export function assertThroughSite(headers: Headers, secret: string | undefined): void {
  if (secret === undefined || equal(headers[ORIGIN_HEADER] ?? '', secret)) return;
  throw new SessionError('ERR_CROSS_SITE', { detail: "not through the site's own address" });
}

function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
