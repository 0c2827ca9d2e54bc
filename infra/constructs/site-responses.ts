import type { Policy } from '../../core/policy.ts';

const SCRIPTS = "script-src 'self'";

/**
 * What a page of the site may do; everything else is forbidden: inline scripts and styles, being framed, forms that
 * leave the site, anything from another origin.
 */
const DIRECTIVES = [
  "default-src 'none'",
  SCRIPTS,
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
];

/** What a site adds to the policy of its pages. */
export interface ContentSecurityOptions {
  /** Names of Trusted Types policies that scripts may create. Empty: none. @default any */
  readonly trustedTypes?: readonly string[] | undefined;
  /** Where browsers send their reports of violations: a path of the site, or an https address. @default nowhere */
  readonly reportViolationsTo?: string | undefined;
  /** Hashes of the inline scripts that pages may have: `sha256-…`. @default none */
  readonly scriptHashes?: readonly string[] | undefined;
}

/** The name that the policy has for the address of its reports. */
const ENDPOINT = 'csp';
/** A name of a policy (W3C Trusted Types §4.3), or the keyword that lets one be created twice. */
const POLICY_NAME = /^(?:[\w\-#=/@.%]+|'allow-duplicates')$/;
/** CSP Level 3 §2.3.1 */
const SCRIPT_HASH = /^sha(?:256|384|512)-[\w+/-]+={0,2}$/;
/** No character that ends a value, a directive or a header. */
const REPORT_ADDRESS = /^(?:\/(?![/\\])|https:\/\/)[^\s;,"'\\\p{Cc}\P{ASCII}]*$/u;

/** The content security policy of the site. @throws Error naming the prop that can't be a part of it */
export function contentSecurityPolicy({
  trustedTypes,
  reportViolationsTo: address,
  scriptHashes = [],
}: ContentSecurityOptions = {}): string {
  const wrong = trustedTypes?.find((name) => !POLICY_NAME.test(name));
  if (wrong !== undefined) throw new Error(`trustedTypes must be names of policies, not '${wrong}'`);
  const noHash = scriptHashes.find((hash) => !SCRIPT_HASH.test(hash));
  if (noHash !== undefined) throw new Error(`scriptHashes must be like sha256-…, not '${noHash}'`);
  const hashes = scriptHashes.map((hash) => `'${hash}'`);
  const names = trustedTypes?.length === 0 ? ["'none'"] : trustedTypes;
  return [
    ...DIRECTIVES.map((each) => (each === SCRIPTS ? [each, ...hashes].join(' ') : each)),
    ...(names ? [`trusted-types ${names.join(' ')}`] : []),
    // Browsers that know `report-to` ignore the older directive.
    ...(address === undefined ? [] : [`report-uri ${checkedAddress(address)}`, `report-to ${ENDPOINT}`]),
  ].join('; ');
}

/** The header that says where the reports go. */
export function reportingHeaders({
  reportViolationsTo: address,
}: ContentSecurityOptions): [name: string, value: string][] {
  return address === undefined ? [] : [['reporting-endpoints', `${ENDPOINT}="${checkedAddress(address)}"`]];
}

function checkedAddress(address: string): string {
  if (REPORT_ADDRESS.test(address) && URL.canParse(address, 'https://site.invalid')) return address;
  throw new Error(`reportViolationsTo must be a path of the site or an https:// address, not '${address}'`);
}

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
