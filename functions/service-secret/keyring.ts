import { hkdfSync } from 'node:crypto';
import { SessionError } from '../../core/errors.ts';

/**
 * What keys are derived for (RFC 5869: the `info` of each). One key serves one use, so that what was sealed for one of
 * them is worthless for another. None is renamed while anything that was sealed with its key may be under way.
 */
export type KeyUse = 'sign-in' | 'last-session' | 'draft';

/** A key of 256 bits, and the version of the service secret that it derives from. */
export interface Key {
  /** 8 characters of base64url. Public: what is sealed names it in the clear. */
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** The keys that derive from the service secret. @param now epoch ms, the request's */
export interface Keyring {
  /** The key to seal with. @throws SessionError `ERR_STORE_UNAVAILABLE` where the secret can't be read */
  current(use: KeyUse, now: number): Promise<Key>;
  /**
   * The key that something was sealed with; undefined: no version that is still kept.
   *
   * @throws SessionError `ERR_STORE_UNAVAILABLE` where the secret can't be read: nothing is known then
   */
  byVersion(use: KeyUse, version: string, now: number): Promise<Key | undefined>;
}

/** Reads the versions of the service secret that are in force, newest first. @throws Error where that fails */
export type SecretSource = () => Promise<readonly string[]>;

/** Shortest secret, characters: what is sealed with a shorter one may be opened by trying. The template's has 64. */
const MIN_LENGTH = 32;
/** After a read that what a request carries has caused, ms: no other request causes one for so long. */
const RENEWAL_INTERVAL_MS = 60_000;
/** How long what was read is used, ms. A version that was taken out of force is in use for no longer. */
const MAX_AGE_MS = 900_000;
const RETRY_AFTER_MS = 1_000;

interface Version {
  readonly id: string;
  readonly secret: string;
}

/**
 * Keys by the service secret, which is read when it is first needed; anew when it is a quarter of an hour old, where a
 * failure leaves what is known in use; and when something was sealed with a version that is not known, since the
 * secret may have been rotated, at most once a minute.
 */
export function createKeyring(source: SecretSource): Keyring {
  /** What was read last. */
  let known: { readonly versions: readonly [Version, ...Version[]]; readonly at: number } | undefined;
  /** The first read, while it is under way. */
  let first: Promise<void> | undefined;
  /** The last attempt to read it anew, which every request shares for a minute. */
  let renewal: { readonly done: Promise<void>; readonly at: number } | undefined;

  async function read(now: number): Promise<void> {
    known = { versions: await readVersions(source), at: now };
  }

  /** One for all requests that wait for it; after a failure the next request tries again. */
  function readFirst(now: number): Promise<void> {
    first ??= read(now).finally(() => {
      first = undefined;
    });
    return first;
  }

  function renew(now: number): Promise<void> {
    if (renewal === undefined || Math.abs(now - renewal.at) >= RENEWAL_INTERVAL_MS) {
      renewal = { done: read(now), at: now };
    }
    return renewal.done;
  }

  async function versions(now: number): Promise<readonly [Version, ...Version[]]> {
    if (known === undefined) await readFirst(now);
    else if (Math.abs(now - known.at) >= MAX_AGE_MS) await renew(now).catch(() => undefined);
    // A read that did not fail has set it.
    return known!.versions;
  }

  return {
    async current(use, now) {
      const [newest] = await versions(now);
      return keyOf(newest, use);
    },

    async byVersion(use, version, now) {
      const isIt = ({ id }: Version) => id === version;
      let found = (await versions(now)).find(isIt);
      if (found === undefined) {
        await renew(now);
        found = (await versions(now)).find(isIt);
      }
      return found && keyOf(found, use);
    },
  };
}

async function readVersions(source: SecretSource): Promise<readonly [Version, ...Version[]]> {
  try {
    const [newest, ...older] = (await source()).map(toVersion);
    if (newest === undefined) throw new Error('the service secret has no version');
    return [newest, ...older];
  } catch (cause) {
    throw new SessionError('ERR_STORE_UNAVAILABLE', { cause, retryAfterMs: RETRY_AFTER_MS });
  }
}

/** @throws Error for a secret that could be guessed. @param name of what must be longer */
export function assertStrong(secret: string, name: string): void {
  // A caller without types may give another thing that has a length, or none.
  if (typeof secret !== 'string' || secret.length < MIN_LENGTH)
    throw new Error(`${name} must have at least ${MIN_LENGTH} characters`);
}

/** A version is named by what derives from it, so that one secret has one name wherever it is kept. */
function toVersion(secret: string): Version {
  assertStrong(secret, 'a service secret');
  return { id: Buffer.from(derive(secret, 'version', 6)).toString('base64url'), secret };
}

function keyOf({ id, secret }: Version, use: KeyUse): Key {
  return { version: id, bytes: derive(secret, use, 32) };
}

function derive(secret: string, use: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `curfew ${use}`, bytes));
}
