import type { Policy } from '../../core/policy.ts';

/**
 * What a page of the site may do; everything else is forbidden: inline scripts and styles, being framed, forms that
 * leave the site, anything from another origin.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Headers of the site that CloudFront has no property for. */
export const CUSTOM_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
];

/** The part of the policy that pages may know without a session. */
export function siteConfiguration({
  idleTimeoutMs,
  absoluteTimeoutMs,
  warnBeforeMs,
  browserClose,
}: Policy): object {
  return { idleTimeoutMs, absoluteTimeoutMs, warnBeforeMs, browserClose };
}
