import type { AttributeValue, DynamoDBRecord, StreamRecord } from 'aws-lambda';
import { BY_SYSTEM, deadline, evaluate, type Session } from '../../core/lifecycle.ts';
import { endOf, startOf, type Transition } from '../sessions/transition.ts';
import { type SessionItem, sessionIdOf, toSession } from '../store/dynamodb/item.ts';

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
  if (!before && after?.state === 'active') return startOf(after);
  if (before?.state !== 'active') return undefined;
  if (after) return after.state === 'ended' ? endOf(after, after) : undefined;
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

/**
 * A row that was removed while it was active: TTL removed it, long after its deadline, since the sweep was down. A row
 * that was deleted by hand, before its deadline, counts as revoked by an administrator: nobody else has access to the table.
 */
function removed(session: Session, at: number): Transition {
  const evaluation = evaluate(session, at);
  return evaluation.state === 'live'
    ? endOf(session, { endReason: 'revoked', endedAt: at, endedBy: { type: 'admin' } })
    : endOf(session, { endReason: evaluation.reason, endedAt: at, endedBy: BY_SYSTEM });
}
