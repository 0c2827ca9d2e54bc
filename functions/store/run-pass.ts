import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Long enough for a browser to come again with it, ms. Short, since a browser that is restarted within it still has it:
 * Chromium, quit and started again at once, loads its first restored page after 2 to 3 s.
 */
export const PASS_LIFETIME_MS = 3_000;

const FORM = /^(\d{13})\.([A-Za-z0-9_-]{43})$/;

/**
 * A pass for the next page load: this run of the browser was checked a moment ago. Signed with the hash of the
 * session's secret, which the server alone has, so that nothing need be stored; worthless for any other session.
 */
export function issuePass(secretHash: Uint8Array, now: number): string {
  const expiresAt = String(now + PASS_LIFETIME_MS);
  return `${expiresAt}.${signature(secretHash, expiresAt)}`;
}

/** Whether a pass is this session's and still good. */
export function isPass(value: string | undefined, secretHash: Uint8Array, now: number): boolean {
  const [, expiresAt, signed] = FORM.exec(value ?? '') ?? [];
  if (!expiresAt || !signed) return false;
  const left = Number(expiresAt) - now;
  const expected = Buffer.from(signature(secretHash, expiresAt));
  return left > 0 && left <= PASS_LIFETIME_MS && timingSafeEqual(Buffer.from(signed), expected);
}

function signature(secretHash: Uint8Array, expiresAt: string): string {
  return createHmac('sha256', secretHash).update(`run-pass ${expiresAt}`).digest('base64url');
}
