import { Duration } from 'aws-cdk-lib';
import type { ResponseHeadersStrictTransportSecurity } from 'aws-cdk-lib/aws-cloudfront';
import type { Policy } from '../../core/policy.ts';

/**
 * What a page of the site may do; everything else is forbidden: inline scripts and styles, being framed, forms that
 * leave the site, anything from another origin.
 */
const DIRECTIVES: Readonly<Record<string, readonly string[]>> = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/** What a site adds to the policy of its pages. */
export interface ContentSecurityOptions {
  /** Names of Trusted Types policies that scripts may create. Empty: none. @default any */
  readonly trustedTypes?: readonly string[] | undefined;
  /** Where browsers send their reports of violations: a path of the site, or an https address. @default nowhere */
  readonly reportViolationsTo?: string | undefined;
  /** Hashes of the inline scripts that pages may have: `sha256-…`. @default none */
  readonly scriptHashes?: readonly string[] | undefined;
  /** Sources, by directive, that pages may use beside those of every site. @default none */
  readonly contentSecurityPolicy?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Whether text becomes markup or script by a Trusted Types policy only. @default true */
  readonly requireTrustedTypes?: boolean | undefined;
}

/** The name that the policy has for the address of its reports. */
const ENDPOINT = 'csp';
/** A name of a policy (W3C Trusted Types §4.3), or the keyword that lets one be created twice. */
const POLICY_NAME = /^(?:[\w\-#=/@.%]+|'allow-duplicates')$/;
/** CSP Level 3 §2.3.1 */
const SCRIPT_HASH = /^sha(?:256|384|512)-[\w+/-]+={0,2}$/;
/** No character that ends a value, a directive or a header. */
const REPORT_ADDRESS = /^(?:\/(?![/\\])|https:\/\/)[^\s;,"'\\\p{Cc}\P{ASCII}]*$/u;

/** Directives that a prop of their own sets. */
const OWN_PROPS: Readonly<Record<string, string>> = {
  'require-trusted-types-for': 'requireTrustedTypes',
  'trusted-types': 'trustedTypes',
  'report-uri': 'reportViolationsTo',
  'report-to': 'reportViolationsTo',
};
const DIRECTIVE_NAME = /^[a-z]+(?:-[a-z]+)*$/;
/** No character that ends a source, a directive or a header (CSP Level 3 §2.2.1). */
const SOURCE = /^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+$/;

/** The content security policy of the site. @throws Error naming the prop that can't be a part of it */
export function contentSecurityPolicy({
  trustedTypes,
  reportViolationsTo: address,
  scriptHashes = [],
  contentSecurityPolicy: added = {},
  requireTrustedTypes = true,
}: ContentSecurityOptions = {}): string {
  const wrong = trustedTypes?.find((name) => !POLICY_NAME.test(name));
  if (wrong !== undefined) throw new Error(`trustedTypes must be names of policies, not '${wrong}'`);
  const noHash = scriptHashes.find((hash) => !SCRIPT_HASH.test(hash));
  if (noHash !== undefined) throw new Error(`scriptHashes must be like sha256-…, not '${noHash}'`);
  for (const [directive, sources] of Object.entries(added)) checkAdded(directive, sources);
  const hashes = { 'script-src': scriptHashes.map((hash) => `'${hash}'`) };
  const names = trustedTypes?.length === 0 ? ["'none'"] : trustedTypes;
  return [
    ...Object.entries([hashes, added].reduce(merged, DIRECTIVES)).map((words) => words.flat().join(' ')),
    ...(requireTrustedTypes ? ["require-trusted-types-for 'script'"] : []),
    ...(names ? [`trusted-types ${names.join(' ')}`] : []),
    // Browsers that know `report-to` ignore the older directive.
    ...(address === undefined ? [] : [`report-uri ${checkedAddress(address)}`, `report-to ${ENDPOINT}`]),
  ].join('; ');
}

type Sources = Readonly<Record<string, readonly string[]>>;

/** Both together. `'none'` stands alone, or means nothing (CSP Level 3 §6.7.2.3). */
function merged(policy: Sources, added: Sources): Sources {
  const entries = Object.entries(added).map(([directive, sources]): [string, readonly string[]] => {
    const all = [...(policy[directive] ?? []), ...sources];
    return [directive, sources.length === 0 ? all : all.filter((source) => source !== "'none'")];
  });
  return { ...policy, ...Object.fromEntries(entries) };
}

function checkAdded(directive: string, sources: readonly string[]): void {
  const prop = OWN_PROPS[directive];
  if (prop !== undefined) throw new Error(`contentSecurityPolicy: ${directive} is set by ${prop}`);
  if (!DIRECTIVE_NAME.test(directive)) {
    throw new Error(`contentSecurityPolicy must name directives, such as img-src, not '${directive}'`);
  }
  const wrong = sources.find((source) => !SOURCE.test(source));
  if (wrong === undefined) return;
  throw new Error(`contentSecurityPolicy: ${directive} must have one source in each text, not '${wrong}'`);
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

/** Who came once is kept to TLS for a year: a visitor whose first request is one of the API, by a link or a script, too. */
export function strictTransportSecurity(includeSubdomains: boolean): ResponseHeadersStrictTransportSecurity {
  return { accessControlMaxAge: Duration.days(365), includeSubdomains, override: true };
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
