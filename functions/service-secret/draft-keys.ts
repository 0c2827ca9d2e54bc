import { createHash, hkdfSync } from 'node:crypto';
import type { DraftKey } from '../../core/protocol.ts';
import type { Key, Keyring } from './keyring.ts';

/** The keys with which the page encrypts drafts, one for each user and version of the service secret. */
export interface DraftKeys {
  /** The key to encrypt with. @throws SessionError `ERR_STORE_UNAVAILABLE` where the secret can't be read */
  current(subject: string, now: number): Promise<DraftKey>;
  /**
   * The key that a draft was encrypted with; undefined: of no version that is still kept.
   *
   * @throws SessionError `ERR_STORE_UNAVAILABLE` where the secret can't be read: nothing is known then
   */
  byId(subject: string, keyId: string, now: number): Promise<DraftKey | undefined>;
}

/** Draft keys by the service secret. Nothing is stored: the same user has the same key until the secret is rotated. */
export function createDraftKeys(keyring: Keyring): DraftKeys {
  return {
    async current(subject, now) {
      return draftKey(await keyring.current('draft', now), subject);
    },
    async byId(subject, keyId, now) {
      const key = await keyring.byVersion('draft', keyId, now);
      return key && draftKey(key, subject);
    },
  };
}

function draftKey({ version, bytes }: Key, subject: string): DraftKey {
  // A subject may be longer than the `info` of HKDF can be, and its digest tells users apart as well.
  const info = createHash('sha256').update(subject).digest();
  return { keyId: version, key: Buffer.from(hkdfSync('sha256', bytes, '', info, 32)).toString('base64url') };
}
