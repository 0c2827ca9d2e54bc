import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Key, Keyring, KeyUse } from './keyring.ts';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^([A-Za-z0-9_-]{8})\.([A-Za-z0-9_-]{38,})$/;

/** What sealing works with. */
export interface Sealing {
  readonly keyring: Keyring;
  readonly use: KeyUse;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Seals a text (AES-256-GCM): only a holder of the service secret can read it, or make one that opens. The value is the
 * version of the secret, a point, and base64url. A random IV of 96 bits is safe for 2³² values of one key (NIST SP
 * 800-38D §8.3).
 *
 * @param randomBytes a cryptographically secure source
 * @throws SessionError `ERR_STORE_UNAVAILABLE` where the secret can't be read
 */
export async function seal(
  { keyring, use, now }: Sealing,
  text: string,
  randomBytes: (size: number) => Uint8Array,
): Promise<string> {
  const key = await keyring.current(use, now);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key.bytes, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(key, use));
  const content = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${key.version}.${content.toString('base64url')}`;
}

/**
 * The text that was sealed for this use; undefined for anything else: of another form, changed, for another use, or by a
 * version of the secret that is no longer kept.
 *
 * @throws SessionError `ERR_STORE_UNAVAILABLE` where the secret can't be read: nothing is said of the value then
 */
export async function open({ keyring, use, now }: Sealing, sealed: string): Promise<string | undefined> {
  const [, version, encoded] = FORM.exec(sealed) ?? [];
  if (version === undefined || encoded === undefined) return undefined;
  const content = Buffer.from(encoded, 'base64url');
  // One value has one spelling: the last character of base64url may carry bits that are dropped.
  if (content.toString('base64url') !== encoded) return undefined;
  const key = await keyring.byVersion(use, version, now);
  return key && decrypt(key, use, content);
}

function decrypt(key: Key, use: KeyUse, content: Buffer): string | undefined {
  const decipher = createDecipheriv(ALGORITHM, key.bytes, content.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associatedData(key, use));
  decipher.setAuthTag(content.subarray(-TAG_BYTES));
  const text = decipher.update(content.subarray(IV_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    // The tag does not fit: not ours, or changed.
    return undefined;
  }
}

function associatedData({ version }: Key, use: KeyUse): Buffer {
  return Buffer.from(`curfew ${use} ${version}`);
}
