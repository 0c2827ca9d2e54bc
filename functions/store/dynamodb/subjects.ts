import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SUBJECT_KEY_PREFIX } from '../../../core/contract.ts';
import { usuallyEndedBy } from '../../../core/lifecycle.ts';
import { sha256 } from '../hash.ts';
import type { SubjectStore } from '../subject-store.ts';
import { tryConditional } from './client.ts';
import {
  endedByIn,
  endedByItem,
  number,
  numberIn,
  ROW_VERSION,
  keyOf as sessionKeyOf,
  text,
  ttlOf,
} from './item.ts';
import type { Table } from './table.ts';

/**
 * How long a user's row can matter, ms. A sign-in is under way for ten minutes at the most, and `publish` looks at the row
 * when it first sees a session, for which the table's stream gives it 24 hours. An hour more for clocks that disagree.
 */
const KEEP_MS = 25 * 60 * 60_000;

/** The longest subject that is a key as it is, bytes: DynamoDB takes 2,048 in all, and the index of sessions as many. */
const MAX_SUBJECT_BYTES = 2_000;

/** Rows of users. They have no attribute `subject`, which would list them among the user's sessions. */
export function createSubjectStore({ send, get, name: TableName }: Table): SubjectStore {
  return {
    async notBefore(subject) {
      const item = await get(keyOf(subject));
      return (
        item && { at: numberIn(item, 'notBefore'), endedBy: endedByIn(item) ?? usuallyEndedBy('revoked') }
      );
    },

    async raiseNotBefore(subject, { at, endedBy }) {
      const raise = new UpdateItemCommand({
        TableName,
        Key: keyOf(subject),
        UpdateExpression: 'SET notBefore = :at, endedBy = :endedBy, v = :v, #ttl = :ttl',
        ConditionExpression: 'attribute_not_exists(notBefore) OR notBefore < :at',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':at': number(at),
          ':endedBy': endedByItem(endedBy),
          ':v': number(ROW_VERSION),
          ':ttl': number(ttlOf(at, KEEP_MS)),
        },
      });
      // Rejected: a later one is on record, or this very one, its reply lost.
      await tryConditional(send(raise));
    },

    async eraseSession({ sessionId, subject, onlyEnded }) {
      const erase = new DeleteItemCommand({
        TableName,
        Key: sessionKeyOf(sessionId),
        // A repeat after a lost reply, or after TTL, finds nothing, and is done as well.
        ConditionExpression: `attribute_not_exists(pk) OR subject = :subject${onlyEnded ? ' AND #state = :ended' : ''}`,
        ...(onlyEnded && { ExpressionAttributeNames: { '#state': 'state' } }),
        ExpressionAttributeValues: {
          ':subject': text(subject),
          ...(onlyEnded && { ':ended': text('ended') }),
        },
      });
      return 'done' in (await tryConditional(send(erase)));
    },

    async forget(subject, at) {
      const forget = new DeleteItemCommand({
        TableName,
        Key: keyOf(subject),
        ConditionExpression: 'attribute_not_exists(pk) OR notBefore <= :at',
        ExpressionAttributeValues: { ':at': number(at) },
      });
      await tryConditional(send(forget));
    },
  };
}

/** The key of a user's row. */
function keyOf(subject: string) {
  const isShort = Buffer.byteLength(subject) <= MAX_SUBJECT_BYTES;
  return {
    pk: text(SUBJECT_KEY_PREFIX + (isShort ? subject : Buffer.from(sha256(subject)).toString('hex'))),
  };
}
