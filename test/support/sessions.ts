import { createHash } from 'node:crypto';
import { createSession, type Session } from '../../core/lifecycle.ts';
import { definePolicy, type PolicyInput } from '../../core/policy.ts';

/** Sunday, 1 November 2026, 08:00 UTC, in ms. */
export const T0 = 1_793_520_000_000;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;

let made = 0;

/** An id that no other test of this process has: 22 characters of base64url. */
export function newSessionId(): string {
  made += 1;
  return createHash('sha256').update(`${process.pid}.${made}`).digest('base64url').slice(0, 22);
}

/** The hash of a secret that is told by a word. */
export function hashOf(word: string): Uint8Array {
  return createHash('sha256').update(word).digest();
}

/** 15 minutes idle, 12 hours in all, signed in at {@link T0}, unless told otherwise. */
export function newSession(input: PolicyInput & Partial<Session> = {}): Session {
  const { sessionId = newSessionId(), subject = 'ada', createdAt = T0 } = input;
  const { user = { name: 'Ada Lovelace', email: 'ada@example.com' }, device, providerSid } = input;
  const policy = definePolicy({
    idleTimeoutMs: input.idleTimeoutMs,
    absoluteTimeoutMs: input.absoluteTimeoutMs,
    warnBeforeMs: input.warnBeforeMs,
    absoluteWarnBeforeMs: input.absoluteWarnBeforeMs,
    touchIntervalMs: input.touchIntervalMs,
    browserClose: input.browserClose,
    unboundIdleTimeoutMs: input.unboundIdleTimeoutMs,
    allowShortAbsoluteTimeout: true,
    allowShortWarning: true,
  });
  return createSession({
    sessionId,
    subject,
    user,
    providerSid,
    policy,
    now: createdAt,
    ...(device && { device }),
  });
}

/** Why a session ended. Undefined: it has not, or there is none. */
export function endReasonOf(session: Session | undefined): string | undefined {
  return session?.state === 'ended' ? session.endReason : undefined;
}
