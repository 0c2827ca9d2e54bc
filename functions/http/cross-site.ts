import { HEADERS } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import { sameHash, sha256 } from '../store/hash.ts';
import type { RequestHeaders } from './request.ts';

/**
 * Whether a state-changing request came from the site itself: `Sec-Fetch-Site` says exactly `same-origin`
 * (W3C Fetch Metadata), or, in a browser without that header (before Safari 16.4), `Origin` is the site's.
 * `same-site` is not enough: a sibling subdomain may be somebody else's. A request with neither is rejected.
 *
 * @param siteOrigin undefined where it is not known: then only a browser's `Sec-Fetch-Site` proves it
 */
export function isSameOrigin(headers: RequestHeaders, siteOrigin: string | undefined): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return siteOrigin !== undefined && headers.origin === new URL(siteOrigin).origin;
}

/** @throws SessionError `ERR_CROSS_SITE` */
export function assertSameOrigin(headers: RequestHeaders, siteOrigin: string | undefined): void {
  if (!isSameOrigin(headers, siteOrigin)) throw new SessionError('ERR_CROSS_SITE');
}

/**
 * A request to the API's own address goes around the distribution: its logs, its firewall, and the site's origin.
 *
 * @param edgeSecret what the distribution adds to a request; undefined: there is no distribution
 * @throws SessionError `ERR_CROSS_SITE` for a request that does not carry the secret
 */
export function assertThroughSite(headers: RequestHeaders, edgeSecret: string | undefined): void {
  if (edgeSecret === undefined || isSame(headers[HEADERS.edgeSecret] ?? '', edgeSecret)) return;
  throw new SessionError('ERR_CROSS_SITE', { detail: "not through the site's own address" });
}

/** In constant time: the hashes have one length, whatever the texts have. */
function isSame(a: string, b: string): boolean {
  return sameHash(sha256(a), sha256(b));
}
