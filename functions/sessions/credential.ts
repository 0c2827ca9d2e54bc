import { sha256 } from '../store/hash.ts';

/**
 * What a browser proves itself with: the cookie's `<sessionId>.<secret>`, 22 and 43 characters of base64url, and the
 * mark of its run. Secret and mark are replaced by their hashes where they are read, and go no further.
 */
export interface Credential {
  readonly sessionId: string;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
  /** SHA-256 of the mark that the request shows, 32 bytes. Undefined: it shows none of our form. */
  readonly runHash?: Uint8Array | undefined;
}

/** Random bytes of an id, and of a secret. OWASP asks for at least 64 bits of entropy (ASVS 7.2.3: 128). */
export const SESSION_ID_BYTES = 16;
export const SECRET_BYTES = 32;

const CREDENTIAL = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** Reads a cookie's value. Undefined: none, or not of our form, so that no database need be asked. */
export function parseCredential(cookieValue: string | undefined): Credential | undefined {
  const [, sessionId, secret] = CREDENTIAL.exec(cookieValue ?? '') ?? [];
  return sessionId && secret ? { sessionId, secretHash: sha256(secret) } : undefined;
}

/** A new credential, and the value of the cookie that carries it: the only time that the secret is seen. */
export function createCredential(randomBytes: (size: number) => Uint8Array): {
  credential: Credential;
  cookieValue: string;
} {
  const sessionId = Buffer.from(randomBytes(SESSION_ID_BYTES)).toString('base64url');
  const secret = Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url');
  return { credential: { sessionId, secretHash: sha256(secret) }, cookieValue: `${sessionId}.${secret}` };
}
