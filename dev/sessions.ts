import { confirmBinding, createSession, deadline, type Session } from '../core/lifecycle.ts';
import type { Policy } from '../core/policy.ts';
import type { MemoryRow } from '../functions/store/memory.ts';

/** A session that has just begun, as if it began so much later, ms. */
export function later(session: Session, ms: number): Session {
  const { createdAt, lastActivityAt, activeUntil, idleExpiresAt, absoluteExpiresAt } = session;
  return {
    ...session,
    createdAt: createdAt + ms,
    lastActivityAt: lastActivityAt + ms,
    activeUntil: activeUntil + ms,
    idleExpiresAt: idleExpiresAt + ms,
    absoluteExpiresAt: absoluteExpiresAt + ms,
  };
}

/** The row of a session that began by this policy. One that has ended stays as it is. */
export function byPolicy(row: MemoryRow, policy: Policy): MemoryRow {
  const { session, binding } = row;
  if (session.state !== 'active') return row;
  const { sessionId, subject, createdAt, activeUntil } = session;
  const begun = createSession({ sessionId, subject, policy, now: createdAt });
  const rules = binding?.confirmed ? confirmBinding(begun) : begun;
  const changed: Session = {
    ...session,
    policy: rules.policy,
    browserClose: rules.browserClose,
    idleTimeoutMs: rules.idleTimeoutMs,
    boundIdleTimeoutMs: rules.boundIdleTimeoutMs,
    absoluteTimeoutMs: rules.absoluteTimeoutMs,
    touchIntervalMs: rules.touchIntervalMs,
    warnBeforeMs: rules.warnBeforeMs,
    absoluteWarnBeforeMs: rules.absoluteWarnBeforeMs,
    idleExpiresAt: activeUntil + rules.idleTimeoutMs,
    absoluteExpiresAt: rules.absoluteExpiresAt,
  };
  return { ...row, session: changed, dueAt: deadline(changed).at };
}
