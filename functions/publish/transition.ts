import type { AttributeValue, DynamoDBRecord, StreamRecord } from 'aws-lambda';
import { type EndReason, EVENT_TYPES, type OrNewer } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import {
  BY_SYSTEM,
  deadline,
  type EndedState,
  evaluate,
  type Session,
  usuallyEndedBy,
} from '../../core/lifecycle.ts';
import { type SessionEnded, type SessionStarted, wireEndedBy, wireReason } from '../../core/protocol.ts';
import { type SessionItem, sessionIdOf, toSession } from '../store/dynamodb/item.ts';

/** The beginning or the end of a session, as it is announced; the bus adds whose it is. `at` is epoch ms. */
export type Transition =
  | Announcement<typeof EVENT_TYPES.started, SessionStarted>
  | Announcement<typeof EVENT_TYPES.ended, SessionEnded>;

interface Announcement<Type extends string, Detail> {
  readonly type: Type;
  readonly at: number;
  readonly detail: Omit<Detail, 'service'>;
}

/**
 * The transition that a change of the table is. Undefined: there is nothing to announce, since the change is a touch, a
 * re-arming, the removal of a tombstone, or not about a session. The images decide, on which engines agree, and not the
 * name of the record's event.
 *
 * The same change, delivered again, has the same `eventId`: a session begins once and ends once.
 *
 * @throws SessionError `ERR_INTERNAL`, naming the attribute, for a row that can't be understood or a time that is no date
 */
export function transitionOf({ dynamodb = {}, userIdentity }: DynamoDBRecord): Transition | undefined {
  const before = sessionIn(dynamodb.OldImage);
  const after = sessionIn(dynamodb.NewImage);
  if (!before && after?.state === 'active') return started(after);
  if (before?.state !== 'active') return undefined;
  if (after) return after.state === 'ended' ? ended(after, after) : undefined;
  const at = recordedAt(dynamodb);
  // TTL removes nothing before its deadline, but the record's own time is rounded down.
  return removed(before, userIdentity?.type === 'Service' ? Math.max(at, deadline(before).at) : at);
}

function sessionIn(image: Record<string, AttributeValue> | undefined): Session | undefined {
  // A stream record has binary values as base64, unlike an item of the SDK; no part of a session is binary.
  const item = image as SessionItem | undefined;
  return item && sessionIdOf(item) !== undefined ? toSession(item) : undefined;
}

/** When the change was made, epoch ms. The stream has whole seconds, and every record has its time. */
function recordedAt({ ApproximateCreationDateTime: seconds = 0 }: StreamRecord): number {
  return Math.round(seconds * 1_000);
}

/** The furthest from 1970 that a date can be, ms (ECMA-262 §21.4.1.1). EventBridge takes a date, and so will consumers. */
const FURTHEST_DATE = 8.64e15;

/** @throws SessionError `ERR_INTERNAL` naming the first time that is no date */
function assertDates(times: Readonly<Record<string, number | null>>): void {
  for (const [name, time] of Object.entries(times)) {
    // Written so that NaN is no date either.
    if (time === null || Math.abs(time) <= FURTHEST_DATE) continue;
    throw new SessionError('ERR_INTERNAL', {
      detail: `a change of the session table has a ${name} that is no date`,
    });
  }
}

function started({ sessionId, subject, createdAt, policy }: Session): Transition {
  assertDates({ createdAt });
  const detail = { eventId: `${sessionId}.started`, sessionId, subject, createdAt, policy };
  return { type: EVENT_TYPES.started, at: createdAt, detail };
}

/**
 * A row that was removed while it was active: TTL removed it, long after its deadline, since the sweep was down. A row
 * that was deleted by hand, before its deadline, counts as revoked by an administrator: nobody else has access to the table.
 */
function removed(session: Session, at: number): Transition {
  const evaluation = evaluate(session, at);
  return evaluation.state === 'live'
    ? ended(session, { endReason: 'revoked', endedAt: at, endedBy: { type: 'admin' } })
    : ended(session, { endReason: evaluation.reason, endedAt: at, endedBy: BY_SYSTEM });
}

function ended(
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
