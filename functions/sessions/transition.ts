import { type EndReason, EVENT_TYPES, type OrNewer } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import { type EndedState, type Session, usuallyEndedBy } from '../../core/lifecycle.ts';
import { type SessionEnded, type SessionStarted, wireEndedBy, wireReason } from '../../core/protocol.ts';

/** The beginning or the end of a session, as it is announced; the bus adds whose it is. `at` is epoch ms. */
export type Transition =
  | Announcement<typeof EVENT_TYPES.started, SessionStarted>
  | Announcement<typeof EVENT_TYPES.ended, SessionEnded>;

interface Announcement<Type extends string, Detail> {
  readonly type: Type;
  readonly at: number;
  readonly detail: Omit<Detail, 'service'>;
}

/** That a session began. @throws SessionError `ERR_INTERNAL` naming a time that is no date */
export function startOf({ sessionId, subject, createdAt, policy }: Session): Transition {
  assertDates({ createdAt });
  const detail = { eventId: `${sessionId}.started`, sessionId, subject, createdAt, policy };
  return { type: EVENT_TYPES.started, at: createdAt, detail };
}

/** That a session ended, and how. @throws SessionError `ERR_INTERNAL` naming a time that is no date */
export function endOf(
  session: Session,
  // The last release did not record who ended a session.
  { endReason: reason, endedAt, endedBy = usuallyEndedBy(reason) }: Omit<EndedState, 'state'>,
): Transition {
  const { sessionId, subject, createdAt, lastActivityAt } = session;
  const deadlineAt = deadlineOf(session, reason, endedAt);
  assertDates({ createdAt, lastActivityAt, endedAt, deadlineAt });
  return {
    type: EVENT_TYPES.ended,
    at: endedAt,
    detail: {
      eventId: `${sessionId}.ended`,
      sessionId,
      subject,
      reason: wireReason(reason),
      createdAt,
      lastActivityAt,
      endedAt,
      deadlineAt,
      latenessMs: deadlineAt === null ? null : endedAt - deadlineAt,
      endedBy: wireEndedBy(endedBy),
    },
  };
}

/**
 * The deadline that ended the session; null where none did. A session that was closed before its close grace ran out
 * had its deadline at its end.
 */
function deadlineOf(session: Session, reason: OrNewer<EndReason>, endedAt: number): number | null {
  if (reason === 'idle') return session.idleExpiresAt;
  if (reason === 'absolute') return session.absoluteExpiresAt;
  return reason === 'closed' ? Math.min(session.closesAt ?? endedAt, endedAt) : null;
}

/** The furthest from 1970 that a date can be, ms (ECMA-262 §21.4.1.1). EventBridge takes a date, and so will consumers. */
const FURTHEST_DATE = 8.64e15;

/** @throws SessionError `ERR_INTERNAL` naming the first time that is no date */
function assertDates(times: Readonly<Record<string, number | null>>): void {
  for (const [name, time] of Object.entries(times)) {
    // Written so that NaN is no date either.
    if (time === null || Math.abs(time) <= FURTHEST_DATE) continue;
    throw new SessionError('ERR_INTERNAL', {
      detail: `the session has a ${name} that is no date`,
    });
  }
}
