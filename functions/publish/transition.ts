import type { DynamoDBRecord } from 'aws-lambda';
import type { EndReason, OrNewer } from '../../core/contract.ts';
import { deadline, evaluate, type Session } from '../../core/lifecycle.ts';
import { type SessionEnded, type SessionStarted, wireReason } from '../../core/protocol.ts';
import { type SessionItem, sessionIdOf, toSession } from '../store/dynamodb/item.ts';

/** A beginning or an end, as it is announced. */
export type Transition =
  | { readonly type: 'Session Started'; readonly at: number; readonly detail: SessionStarted }
  | { readonly type: 'Session Ended'; readonly at: number; readonly detail: SessionEnded };

/**
 * What a change of the table means. Undefined: nothing to announce, since it is a touch, a re-arming, the removal
 * of a tombstone, or no session at all. Told by the images, which engines agree on, not by the event's name.
 *
 * The same change, delivered again, has the same `eventId`: a session begins once and ends once.
 *
 * @throws SessionError `ERR_INTERNAL` for a row that can't be understood
 */
export function transitionOf(record: DynamoDBRecord): Transition | undefined {
  const { OldImage, NewImage, ApproximateCreationDateTime } = record.dynamodb ?? {};
  const before = sessionIn(OldImage as SessionItem | undefined);
  const after = sessionIn(NewImage as SessionItem | undefined);
  if (!before && after?.state === 'active') return started(after);
  if (before?.state !== 'active') return undefined;
  if (after) return after.state === 'ended' ? ended(after, after.endReason, after.endedAt) : undefined;
  const at = Math.round(ApproximateCreationDateTime! * 1_000);
  // TTL removes nothing before its time, but the record's own time is rounded down.
  return removed(before, record.userIdentity?.type === 'Service' ? Math.max(at, deadline(before).at) : at);
}

function sessionIn(image: SessionItem | undefined): Session | undefined {
  return image && sessionIdOf(image) !== undefined ? toSession(image) : undefined;
}

function started({ sessionId, subject, createdAt, policy }: Session): Transition {
  const detail = { eventId: `${sessionId}.started`, sessionId, subject, createdAt, policy };
  return { type: 'Session Started', at: createdAt, detail };
}

/**
 * A row that went while it was active: TTL took it, long after its deadline, since the sweep was down. One
 * that was deleted before its deadline, by hand, is as good as revoked.
 */
function removed(session: Session, at: number): Transition {
  const judged = evaluate(session, at);
  return ended(session, judged.state === 'live' ? 'revoked' : judged.reason, at);
}

function ended(session: Session, reason: OrNewer<EndReason>, endedAt: number): Transition {
  const { sessionId, subject, createdAt, lastActivityAt } = session;
  const deadlineAt = deadlineOf(session, reason, endedAt);
  return {
    type: 'Session Ended',
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
    },
  };
}

/** The deadline that ended it; null where none did. Closed before its lease ran out, it had its deadline then. */
function deadlineOf(session: Session, reason: OrNewer<EndReason>, endedAt: number): number | null {
  if (reason === 'idle') return session.idleExpiresAt;
  if (reason === 'absolute') return session.absoluteExpiresAt;
  return reason === 'closed' ? Math.min(session.closesAt ?? endedAt, endedAt) : null;
}
