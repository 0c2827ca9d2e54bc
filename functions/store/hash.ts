import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a text's UTF-8 bytes: of the text as it is, not of what it decodes to, so that one secret has one spelling. */
export function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** Compares two hashes in constant time. Hashes of different lengths differ. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
