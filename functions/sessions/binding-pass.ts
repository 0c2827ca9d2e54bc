import { createHmac, timingSafeEqual } from 'node:crypto';
import { BINDING_PASS_MS } from '../../core/contract.ts';
import { needsMark } from '../store/mark-rule.ts';
import type { StoredSession } from '../store/stored-session.ts';

const FORM = /^(\d{13})\.([A-Za-z0-9_-]{43})$/;

/**
 * A pass for the next load of a page outside `/api/`, where browsers show no mark: a moment ago this browser showed
 * the mark of the session's run. It is signed with the hash of the mark, which the holder of the cookie does not know, so
 * that nothing need be stored. Where no mark is needed it says no more than that the run was asked for, and is signed
 * with the hash of the secret. Worthless for any other session or run, and for no request under `/api/`.
 */
export function issuePass(stored: StoredSession, now: number): string {
  const expiresAt = String(now + BINDING_PASS_MS);
  return `${expiresAt}.${signature(stored, expiresAt)}`;
}

/** As {@link issuePass} for guards of the last release: they know passes of one kind, whatever the session needs. */
export function issuePassOfBefore({ secretHash }: StoredSession, now: number): string {
  const expiresAt = String(now + BINDING_PASS_MS);
  return `${expiresAt}.${hmac(secretHash, `run-pass ${expiresAt}`)}`;
}

/** Whether a pass is this session's, of its run, and still good. */
export function isPass(value: string | undefined, stored: StoredSession, now: number): boolean {
  const [, expiresAt, signed] = FORM.exec(value ?? '') ?? [];
  if (!expiresAt || !signed) return false;
  const left = Number(expiresAt) - now;
  const expected = Buffer.from(signature(stored, expiresAt));
  return left > 0 && left <= BINDING_PASS_MS && timingSafeEqual(Buffer.from(signed), expected);
}

function signature({ session, secretHash, binding }: StoredSession, expiresAt: string): string {
  return needsMark(binding)
    ? hmac(binding.runHash, `mark-pass ${expiresAt} ${session.sessionId}`)
    : hmac(secretHash, `run-pass ${expiresAt}`);
}

function hmac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
