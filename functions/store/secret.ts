import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * What a browser proves itself with: the cookie's `<sessionId>.<secret>`, 22 and 43 characters of base64url.
 * The secret itself is turned into its hash where the cookie is read, and goes no further.
 */
export interface Credential {
  readonly sessionId: string;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
}

/** Random bytes of an id, and of a secret. OWASP asks for 64 bits of entropy at least (ASVS 7.2.3: 128). */
export const SESSION_ID_BYTES = 16;
export const SECRET_BYTES = 32;

const CREDENTIAL = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** Reads a cookie's value. Undefined: none, or not one of ours by its form, so no database need be asked. */
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

/** SHA-256 of a text's UTF-8 bytes. The text as it is, not what it decodes to: one secret, one spelling. */
export function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** Compares two hashes in constant time. Hashes of different lengths differ. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
