import type { Keyring } from '../service-secret/keyring.ts';
import { open, type Sealing, seal } from '../service-secret/seal.ts';

/**
 * What the browser keeps of the session that begins in it: its id, sealed, never its secret. Unlike the session cookie it
 * comes along on the way back from the provider, which is another site.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` where the service secret can't be read
 */
export function sealLastSession(
  sessionId: string,
  options: {
    readonly keyring: Keyring;
    readonly now: number;
    readonly randomBytes: (size: number) => Uint8Array;
  },
): Promise<string> {
  return seal(sealingOf(options), sessionId, options.randomBytes);
}

/**
 * The id of the session that began last in the browser; undefined where the value is none that was sealed here, or an
 * old one: then there is none.
 *
 * @param value the browser's cookie, unverified
 * @throws SessionError `ERR_STORE_UNAVAILABLE` where the service secret can't be read
 */
export async function openLastSession(
  value: string | undefined,
  options: { readonly keyring: Keyring; readonly now: number },
): Promise<string | undefined> {
  return value === undefined ? undefined : open(sealingOf(options), value);
}

function sealingOf({ keyring, now }: { readonly keyring: Keyring; readonly now: number }): Sealing {
  return { keyring, use: 'last-session', now };
}
