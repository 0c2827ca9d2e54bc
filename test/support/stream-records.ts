import type { DynamoDBRecord } from 'aws-lambda';
import type { Session } from '../../core/lifecycle.ts';
import { endedByItem, keyOf, type SessionItem, toItem } from '../../functions/store/dynamodb/item.ts';
import { toImage } from '../../local/engine/item.ts';
import { hashOf } from './sessions.ts';

let sequence = 0;

/** A record as Lambda hands it to a function: binary is base64, its time is in seconds. */
export function streamRecord(change: {
  before?: Session | undefined;
  after?: Session | undefined;
  /** Epoch ms. @default 0 */
  at?: number;
}): DynamoDBRecord {
  const { before, after, at = 0 } = change;
  const session = after ?? before;
  sequence += 1;
  return {
    eventID: String(sequence),
    eventName: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      ApproximateCreationDateTime: at / 1_000,
      ...(session && { Keys: toImage(keyOf(session.sessionId)) }),
      SequenceNumber: String(sequence).padStart(21, '0'),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...(before && { OldImage: toImage(rowOf(before)) }),
      ...(after && { NewImage: toImage(rowOf(after)) }),
    },
  };
}

/** A row as it is at any time of its session's life. */
function rowOf(session: Session): SessionItem {
  const { closesAt, state } = session;
  const item = toItem({ session, secretHash: hashOf('right') }, { retentionMs: 0, dueShards: 1 });
  return {
    ...item,
    state: { S: state },
    ...(closesAt !== null && { closesAt: { N: String(closesAt) } }),
    ...(session.state === 'ended' && {
      endReason: { S: session.endReason },
      endedAt: { N: String(session.endedAt) },
      ...(session.endedBy && { endedBy: endedByItem(session.endedBy) }),
    }),
  };
}
