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
 * Whether a request came through the distribution, which adds an origin secret to it. One to the API's own address goes
 * around its logs and its firewall, and what `X-Forwarded-For` says of it is the client's word.
 *
 * @param originSecrets each is accepted, so that they can be rotated; none: there is nothing to prove
 */
export function cameThroughSite(
  headers: RequestHeaders,
  originSecrets: readonly string[] | undefined = [],
): boolean {
  // The hashes have one length, whatever the texts have, and each is compared whichever fits: the time tells nothing.
  const shown = sha256(headers[HEADERS.originSecret] ?? '');
  const fitting = originSecrets.filter((secret) => sameHash(shown, sha256(secret)));
  return originSecrets.length === 0 || fitting.length > 0;
}

/**
 * Rejects a request that {@link cameThroughSite} is not true of.
 *
 * @param onWrongSecret called where it shows a secret all the same: it came through a distribution that has another one
 * @throws SessionError `ERR_CROSS_SITE`
 */
export function rejectAroundSite(headers: RequestHeaders, onWrongSecret: () => void): never {
  if (headers[HEADERS.originSecret] !== undefined) onWrongSecret();
  throw new SessionError('ERR_CROSS_SITE', { detail: "not through the site's own address" });
}
