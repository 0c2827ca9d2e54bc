import { createHmac, timingSafeEqual } from 'node:crypto';
import { BINDING_PASS_MS } from '../../core/contract.ts';

const FORM = /^(\d{13})\.([A-Za-z0-9_-]{43})$/;

/**
 * A pass for the next page load: this run of the browser was checked a moment ago. Signed with the hash of the
 * session's secret, which the server alone has, so that nothing need be stored; worthless for any other session.
 */
export function issuePass(secretHash: Uint8Array, now: number): string {
  const expiresAt = String(now + BINDING_PASS_MS);
  return `${expiresAt}.${signature(secretHash, expiresAt)}`;
}

/** Whether a pass is this session's and still good. */
export function isPass(value: string | undefined, secretHash: Uint8Array, now: number): boolean {
  const [, expiresAt, signed] = FORM.exec(value ?? '') ?? [];
  if (!expiresAt || !signed) return false;
  const left = Number(expiresAt) - now;
  const expected = Buffer.from(signature(secretHash, expiresAt));
  return left > 0 && left <= BINDING_PASS_MS && timingSafeEqual(Buffer.from(signed), expected);
}

function signature(secretHash: Uint8Array, expiresAt: string): string {
  return createHmac('sha256', secretHash).update(`run-pass ${expiresAt}`).digest('base64url');
}
