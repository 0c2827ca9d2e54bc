import { setTimeout as wait } from 'node:timers/promises';
import { type AttributeValue, BatchGetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { INDEXES } from '../../../core/contract.ts';
import { SessionError } from '../../../core/errors.ts';
import {
  cancelCloseGrace,
  end,
  evaluate,
  isNewestSign,
  type Session,
  touch,
} from '../../../core/lifecycle.ts';
import { sameHash } from '../hash.ts';
import { lacksMark } from '../mark-rule.ts';
import type {
  CancelCloseGraceWrite,
  CloseGraceResult,
  EndResult,
  EndWrite,
  ReadSessions,
  SessionStore,
  StoreOptions,
  TouchResult,
  TouchWrite,
  UnreadableRow,
} from '../session-store.ts';
import type { OwnedWrite, SeenWrite, StoredSession } from '../stored-session.ts';
import { orUnavailable, tryConditional, unavailable } from './client.ts';
import {
  cancelCloseGraceUpdate,
  endUpdate,
  lateTouchUpdate,
  startCloseGraceUpdate,
  touchUpdate,
} from './expressions.ts';
import {
  isSession,
  keyOf,
  number,
  numberIn,
  type SessionItem,
  sessionIdIn,
  text,
  toItem,
  toSession,
  toStored,
} from './item.ts';
import type { Table, Written } from './table.ts';

/** DynamoDB's own limit for one BatchGetItem. */
const BATCH_SIZE = 100;
/** Keys that a batch leaves unread are asked for again after 50, 100, 200 … ms, 3.1 s in all. */
const BATCH_ATTEMPTS = 6;

/** Sessions in DynamoDB: see {@link SessionStore} for what each method promises. */
export function createSessionStore(table: Table, options: StoreOptions): Omit<SessionStore, 'within'> {
  async function readMany(sessionIds: readonly string[]): Promise<ReadSessions> {
    const distinct = [...new Set(sessionIds)];
    const items: SessionItem[] = [];
    for (let from = 0; from < distinct.length; from += BATCH_SIZE) {
      items.push(...(await readBatch(table, distinct.slice(from, from + BATCH_SIZE).map(keyOf))));
    }
    return toSessions(items);
  }

  async function readAndExplain({ sessionId, secretHash, now }: OwnedWrite) {
    return explain(ownedBy(await table.get(keyOf(sessionId)), secretHash), now);
  }

  return {
    async create(session, secretHash) {
      const put = new PutItemCommand({
        TableName: table.name,
        Item: toItem({ session, secretHash }, options),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      const result = await tryConditional(table.send(put));
      if ('done' in result) return;
      const old = await table.oldItem(result.rejected, session.sessionId);
      // Our own write, its reply lost: 384 random bits are the same.
      if (old && isSession(old) && sameHash(toStored(old).secretHash, secretHash)) return;
      throw new SessionError('ERR_INTERNAL', { detail: 'the session id is taken' });
    },

    async read(sessionId) {
      const item = await table.get(keyOf(sessionId));
      return item && isSession(item) ? toStored(item) : undefined;
    },

    readMany,

    async listBySubject(subject, { limit = BATCH_SIZE, after } = {}) {
      const page = await table.query({
        IndexName: INDEXES.subject,
        KeyConditionExpression: '#subject = :subject',
        ExpressionAttributeNames: { '#subject': 'subject' },
        ExpressionAttributeValues: { ':subject': text(subject) },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: after && {
          ...keyOf(after.sessionId),
          subject: text(subject),
          createdAt: number(after.createdAt),
        },
      });
      const { sessions, unreadable } = await readMany((page.Items ?? []).map(sessionIdIn));
      const last = page.LastEvaluatedKey;
      return {
        sessions: sessions.toSorted((a, b) => b.createdAt - a.createdAt),
        unreadable,
        next: last && { sessionId: sessionIdIn(last), createdAt: numberIn(last, 'createdAt') },
      };
    },

    async touch(write) {
      if (isSeenPastAbsolute(write)) return readAndExplain(write);
      const result = touchResult(write, await table.write(write.sessionId, touchUpdate(write)));
      const isLate =
        result.outcome === 'unchanged' &&
        result.session.activeUntil <= write.activityAt &&
        !isNewestSign(result.session, write.at);
      if (!isLate) return result;
      return touchResult(write, await table.write(write.sessionId, lateTouchUpdate(write)));
    },

    async end(write) {
      return endResult(write, await table.write(write.sessionId, endUpdate(write, options.retentionMs)));
    },

    async startCloseGrace(write) {
      return closeGraceResult(write, await table.write(write.sessionId, startCloseGraceUpdate(write)));
    },

    async cancelCloseGrace(write) {
      if (isSeenPastAbsolute(write)) return readAndExplain(write);
      return cancelledResult(write, await table.write(write.sessionId, cancelCloseGraceUpdate(write)));
    },
  };
}

/** The session of a rejecting row, for a caller that may know of it. */
function ownedBy(
  item: SessionItem | undefined,
  secretHash: Uint8Array | undefined,
): StoredSession | undefined {
  if (!item || !isSession(item)) return undefined;
  const stored = toStored(item);
  return !secretHash || sameHash(stored.secretHash, secretHash) ? stored : undefined;
}

/** The condition of a write to a session that was seen does not name the absolute limit, which never changes. */
function isSeenPastAbsolute({ seen, now }: OwnedWrite & SeenWrite): boolean {
  return seen !== undefined && now >= seen.absoluteExpiresAt;
}

function touchResult(write: TouchWrite, written: Written): TouchResult {
  const { secretHash, now, activityAt, activeUntil, seen } = write;
  if (!('item' in written)) {
    const stored = ownedBy(written.rejectedBy, secretHash);
    const result = explain(stored, now);
    const isUnconfirmed = !seen && lacksMark(stored?.binding, write.runHash);
    return result.outcome === 'unchanged' && isUnconfirmed ? { outcome: 'unconfirmed' } : result;
  }
  if (!seen) return { outcome: 'touched', session: toSession(written.item) };
  const touched = touch(seen, { ...write, slackMs: activeUntil - activityAt });
  return touched.outcome === 'touched' ? touched : explain({ session: seen }, now);
}

function cancelledResult(write: CancelCloseGraceWrite, written: Written): CloseGraceResult {
  if (!write.seen || !('item' in written)) return closeGraceResult(write, written);
  // Null: it was seen without a grace, and one has begun since, which is cancelled as well.
  return { outcome: 'written', session: cancelCloseGrace(write.seen, write.at) ?? write.seen };
}

function closeGraceResult({ secretHash, now }: OwnedWrite, written: Written): CloseGraceResult {
  if ('item' in written) return { outcome: 'written', session: toSession(written.item) };
  return explain(ownedBy(written.rejectedBy, secretHash), now);
}

function endResult({ reason, now, secretHash, endedBy, seen }: EndWrite, written: Written): EndResult {
  if ('item' in written) {
    return { outcome: 'ended', session: seen ? end(seen, reason, now, endedBy) : toSession(written.item) };
  }
  const session = ownedBy(written.rejectedBy, secretHash)?.session;
  if (!session) return { outcome: 'unknown' };
  if (session.state === 'ended') {
    const ours = written.retried && session.endReason === reason && session.endedAt === now;
    return { outcome: ours ? 'ended' : 'already-ended', session };
  }
  return { outcome: seen ? 'changed' : 'expired', session };
}

/** Why a write to a session was rejected, by the core's evaluation of the row that it met. */
function explain(stored: Pick<StoredSession, 'session'> | undefined, now: number) {
  if (!stored) return { outcome: 'unknown' } as const;
  const { session } = stored;
  const { state } = evaluate(session, now);
  return { outcome: state === 'live' ? ('unchanged' as const) : state, session };
}

/** The sessions in rows; a row that can't be understood does not keep the others from being read. */
function toSessions(items: readonly SessionItem[]): ReadSessions {
  const sessions: Session[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const item of items.filter(isSession)) {
    try {
      sessions.push(toSession(item));
    } catch (cause) {
      unreadable.push({ sessionId: sessionIdIn(item), cause });
    }
  }
  return { sessions, unreadable };
}

/** Strongly consistent; DynamoDB may leave some keys unread when it is short of capacity. */
async function readBatch(table: Table, keys: Record<string, AttributeValue>[]): Promise<SessionItem[]> {
  const found: SessionItem[] = [];
  let Keys = keys;
  for (let attempt = 0; attempt < BATCH_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await wait(25 * 2 ** attempt);
    const RequestItems = { [table.name]: { Keys, ConsistentRead: true } };
    const batch = await orUnavailable(table.send(new BatchGetItemCommand({ RequestItems })));
    found.push(...(batch.Responses?.[table.name] ?? []));
    Keys = batch.UnprocessedKeys?.[table.name]?.Keys ?? [];
    if (Keys.length === 0) return found;
  }
  throw unavailable(new Error(`${Keys.length} keys of a batch were left unread ${BATCH_ATTEMPTS} times`));
}
