import type { DraftKey } from '../../core/protocol.ts';
import { fromBase64Url, toBase64Url, utf8 } from './encoding.ts';

/** Names of everything that drafts keep begin with this, and did in all releases. */
export const PREFIX = 'curfew-draft:';

/** What one draft key gives for a user and a page. In memory only, and nothing in it can be exported. */
export interface DraftKeys {
  /** Names the draft key in what is encrypted. */
  readonly keyId: string;
  /** Encrypts and decrypts drafts. */
  readonly cipher: CryptoKey;
  /** With this begin the names of all drafts of this user, of any page. */
  readonly ownPrefix: string;
  /** The draft of this page. */
  readonly name: string;
}

const KEY_BYTES = 32;
/** Characters that tell the users of a device apart: 128 bits. */
const OWNER_LENGTH = 22;

/**
 * Derives two keys from the draft key: one that encrypts, and one by which drafts are named (HMAC-SHA-256 of user and page),
 * so that what is stored tells neither who nor where to whom has not the key.
 *
 * @throws Error for what is no key of 256 bits
 */
export async function importKeys(
  { keyId, key }: DraftKey,
  subject: string,
  page: string,
): Promise<DraftKeys> {
  const { subtle } = crypto;
  const bytes = fromBase64Url(key);
  if (bytes.length !== KEY_BYTES) throw new Error('not a draft key');
  const base = await subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
  bytes.fill(0);
  const derive = (use: string, type: AesDerivedKeyParams | HmacImportParams, usages: KeyUsage[]) => {
    const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(`curfew ${use}`) };
    return subtle.deriveKey(derivation, base, type, false, usages);
  };
  const [cipher, naming] = await Promise.all([
    derive('draft content', { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt']),
    derive('draft name', { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign']),
  ]);
  const nameOf = async (...parts: string[]) =>
    toBase64Url(new Uint8Array(await subtle.sign('HMAC', naming, utf8(JSON.stringify(parts)))));
  const owner = (await nameOf(subject)).slice(0, OWNER_LENGTH);
  const ownPrefix = `${PREFIX}${owner}.`;
  return { keyId, cipher, ownPrefix, name: ownPrefix + (await nameOf(subject, page)) };
}
