import { isLoopback } from '../../core/loopback.ts';
import { definePolicy, type Policy, type PolicyInput, PRESETS, type PresetName } from '../../core/policy.ts';
import { isWebAddress } from '../environment.ts';
import { assertCallable, assertKnown, assertWhole } from '../guard/assert.ts';
import { assertSite } from '../guard/site.ts';
import type { Log } from '../http/observe.ts';
import { assertStrong } from '../service-secret/keyring.ts';
import type { Store } from '../store/store.ts';
import type { CurfewEvent } from './announce.ts';

/** Options of `createCurfew`. */
export interface CurfewOptions {
  /** Where sessions are kept: `dynamoStore()` or `memoryStore()`. */
  readonly store: Store;
  /** Origin of the site as its users see it: https, or http on a loopback address. */
  readonly siteUrl: string;
  /**
   * Rules that keep within a standard's numbers, under its name: `pci-dss`, `nist-aal2` or `nist-aal3`. `policy` overrides
   * them one by one, within the limits of the standard. @default none
   */
  readonly preset?: PresetName | undefined;
  /** The rules of new sessions. @default those of `preset`; without it, 15 minutes of inactivity and 12 hours in all */
  readonly policy?: PolicyInput | undefined;
  /** Sign-in by an OpenID provider, at `<basePath>/auth/`. @default none: those paths belong to the application */
  readonly identity?: IdentityOptions | undefined;
  /**
   * The service secret, 32 or more characters; of a list, the first is used and each is accepted, so that it can be rotated.
   * It seals sign-ins under way and what names the browser's last session, and keys for drafts derive from it.
   * @default none: sign-in by `identity` is refused, and pages keep drafts in memory
   */
  readonly secret?: string | readonly string[] | undefined;
  /** What the paths of the API begin with. @default '/api' */
  readonly basePath?: string | undefined;
  /**
   * How many proxies in front of the server append to `X-Forwarded-For`: the address that the outermost of them saw is
   * shown in a user's list of sessions. 0: the address of the connection. @default 0
   */
  readonly trustProxy?: number | undefined;
  /** As a guard's: the secrets of which the distribution in front adds one. @default none: requests may come directly */
  readonly originSecrets?: readonly string[] | undefined;
  /** Live sessions that a user may have at once; the oldest is ended for a new one. @default any number */
  readonly maxSessions?: number | undefined;
  /** Sign-out sends `Clear-Site-Data`, which takes the application's own storage too. @default false */
  readonly clearSiteData?: boolean | undefined;
  /**
   * Is told that a session began or ended, once, by this process: where the table has no stream that the deployed
   * publisher reads. What a process that stops had still to tell is lost. Its failures are logged and harm nothing.
   *
   * @default nobody is told
   */
  readonly onEvent?: ((event: CurfewEvent) => void | Promise<void>) | undefined;
  /** Which service events are of, where a consumer hears of several. @default 'curfew' */
  readonly serviceName?: string | undefined;
  /** The clock, read once a request. Epoch ms. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Is given a line for each request, and for each failure. @default failures, to the console */
  readonly logger?: Log | undefined;
}

/** An OpenID provider, and this site's client there. */
export interface IdentityOptions {
  /** https, or http on a loopback address. */
  readonly issuer: string;
  /** Of this site, at the provider. */
  readonly clientId: string;
  /** @default none: a public client, PKCE alone */
  readonly clientSecret?: string | undefined;
  /** Where sign-out continues, at a provider with parameters of its own. @default what the provider announces */
  readonly logoutUrl?: string | undefined;
  /** See `AuthOptions`. @default 'always' */
  readonly reauthentication?: 'always' | 'after-end' | undefined;
  /** `trust` accepts a provider that does not say when the user authenticated. @default 'refuse' */
  readonly missingAuthTime?: 'refuse' | 'trust' | undefined;
}

/** Every option. */
const KNOWN: Readonly<Record<keyof CurfewOptions, true>> = {
  store: true,
  siteUrl: true,
  preset: true,
  policy: true,
  identity: true,
  secret: true,
  basePath: true,
  trustProxy: true,
  originSecrets: true,
  maxSessions: true,
  clearSiteData: true,
  onEvent: true,
  serviceName: true,
  now: true,
  logger: true,
};
const KNOWN_OF_IDENTITY: Readonly<Record<keyof IdentityOptions, true>> = {
  issuer: true,
  clientId: true,
  clientSecret: true,
  logoutUrl: true,
  reauthentication: true,
  missingAuthTime: true,
};

/**
 * Refuses options that a route could not work with.
 *
 * @returns the versions of the secret, newest first
 * @throws Error naming the option
 */
export function checkOptions(options: CurfewOptions): readonly string[] {
  const { store, siteUrl, identity, preset, trustProxy = 0, maxSessions = 1 } = options;
  assertKnown(options, KNOWN);
  const { now, onEvent, logger } = options;
  assertCallable('now', now);
  assertCallable('onEvent', onEvent);
  for (const level of ['info', 'error'] as const) {
    if (logger && typeof logger[level] !== 'function') throw wrong(`logger.${level}`, 'must be a function');
  }
  // A caller without types may have left out what they ask for, or not called it.
  if (typeof store?.within !== 'function') throw wrong('store', 'must be dynamoStore() or memoryStore()');
  if (!siteUrl) throw wrong('siteUrl', 'must be an origin like https://app.example.com');
  assertSite(options);
  if (!isSecureContext(siteUrl))
    throw wrong('siteUrl', `must be https, or http on localhost, not '${siteUrl}'`);
  assertWhole('trustProxy', trustProxy, 0);
  assertWhole('maxSessions', maxSessions, 1);
  if (preset !== undefined && !Object.hasOwn(PRESETS, preset)) {
    throw wrong('preset', `must be one of ${Object.keys(PRESETS).join(', ')}, not '${preset}'`);
  }
  const secrets = [options.secret ?? []].flat();
  for (const secret of secrets) assertStrong(secret, 'the option secret');
  if (identity) checkIdentity(identity);
  if (identity && secrets.length === 0) throw wrong('secret', 'must be given with the option identity');
  return secrets;
}

function checkIdentity(identity: IdentityOptions): void {
  const { issuer, clientId, clientSecret, logoutUrl } = identity;
  assertKnown(identity, KNOWN_OF_IDENTITY, 'identity.');
  if (!isWebAddress(issuer)) throw wrong('identity.issuer', 'must be the address of an OpenID provider');
  const { protocol, hostname } = new URL(issuer);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    throw wrong('identity.issuer', `must be https, or http on a loopback address, not '${issuer}'`);
  }
  if (!clientId) throw wrong('identity.clientId', 'must be the id of a client at the provider');
  // That of a variable which is not set would make a confidential client fail at each sign-in.
  if (clientSecret !== undefined && !clientSecret)
    throw wrong('identity.clientSecret', 'must have a value, or be left out');
  if (logoutUrl !== undefined && !isWebAddress(logoutUrl)) {
    throw wrong('identity.logoutUrl', 'must be an address of the provider');
  }
  assertOneOf('identity.reauthentication', identity.reauthentication, ['always', 'after-end']);
  assertOneOf('identity.missingAuthTime', identity.missingAuthTime, ['refuse', 'trust']);
}

/** @throws Error naming the option. A value that is not known would count as the laxer of the two */
function assertOneOf(name: string, value: string | undefined, known: readonly string[]): void {
  if (value !== undefined && !known.includes(value)) throw wrong(name, `must be one of ${known.join(', ')}`);
}

/**
 * The rules of new sessions.
 *
 * @throws SessionError `ERR_POLICY_INVALID` naming the field and the rule
 */
export function policyOf({ preset, policy }: Pick<CurfewOptions, 'preset' | 'policy'>): Policy {
  return definePolicy({ ...(preset && { name: preset, ...PRESETS[preset] }), ...policy });
}

function wrong(name: string, rule: string): Error {
  return new Error(`the option ${name} ${rule}`);
}

/** Where browsers keep a cookie that is `Secure` (W3C Secure Contexts §3.1). */
function isSecureContext(siteUrl: string): boolean {
  const { protocol, hostname } = new URL(siteUrl);
  return protocol === 'https:' || isLoopback(hostname) || hostname.endsWith('.localhost');
}
