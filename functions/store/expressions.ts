import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { keyOf, n, s, ttlOf } from './item.ts';
import type { CloseWrite, EndWrite, MarkWrite, OpenWrite, ProveWrite, TouchWrite } from './store.ts';

/**
 * The conditions that writes stand under, as named clauses. Times of a session that is live at `:now`:
 *
 *     lastActivityAt   activeUntil           :now     closesAt?   idleExpiresAt    absoluteExpiresAt
 *     ──────┼───────────────┼──────────────────┼──────────┼─────────────┼──────────────────┼────▶
 *           │◀── slack ────▶│◀─────────────── idleTimeoutMs ───────────▶│
 *           │               │     ▲
 *           │  unchanged ───│──── └─ :activityAt must lie at or after activeUntil
 *
 * DynamoDB has no min, no max, and no arithmetic in conditions: what moves is bounded by comparing instead.
 */
interface Clause {
  readonly text: string;
  readonly values: Record<string, AttributeValue>;
}

/** Also keeps an update from recreating a row that TTL has removed. */
const isActive: Clause = { text: '#state = :active', values: { ':active': s('active') } };

const hasSecret = (secretHash: Uint8Array): Clause => ({
  text: 'secretHash = :secretHash',
  values: { ':secretHash': { B: secretHash } },
});

const isLiveAt = (now: number): Clause => ({
  text: 'idleExpiresAt > :now AND absoluteExpiresAt > :now AND (attribute_not_exists(closesAt) OR closesAt > :now)',
  values: { ':now': n(now) },
});

/** Or time would run backward: an activity that arrives late must not take back what a later one gave. */
const knowsNothingAfter = (activityAt: number): Clause => ({
  text: 'activeUntil <= :activityAt',
  values: { ':activityAt': n(activityAt) },
});

/** A lease that runs out after the session's own deadline changes nothing. */
const outlasts = (closesAt: number): Clause => ({
  text: 'idleExpiresAt > :closesAt AND absoluteExpiresAt > :closesAt',
  values: { ':closesAt': n(closesAt) },
});

const isClosing: Clause = { text: 'attribute_exists(closesAt)', values: {} };

const hasDeadlines = (expected: NonNullable<EndWrite['expected']>): Clause => ({
  text: `idleExpiresAt = :idleExpiresAt AND absoluteExpiresAt = :absoluteExpiresAt AND ${
    expected.closesAt === null ? 'attribute_not_exists(closesAt)' : 'closesAt = :closesAt'
  }`,
  values: {
    ':idleExpiresAt': n(expected.idleExpiresAt),
    ':absoluteExpiresAt': n(expected.absoluteExpiresAt),
    ...(expected.closesAt !== null && { ':closesAt': n(expected.closesAt) }),
  },
});

const hasNoRun: Clause = { text: 'attribute_not_exists(runHash)', values: {} };

const hasRun = (runHash: Uint8Array): Clause => ({
  text: 'runHash = :runHash',
  values: { ':runHash': { B: runHash } },
});

const isDueAt = (dueAt: number): Clause => ({ text: 'dueAt = :seen', values: { ':seen': n(dueAt) } });

type Update = Omit<UpdateItemCommandInput, 'TableName'>;

/** The one write of a touch. */
export function touchUpdate({ sessionId, secretHash, now, activityAt, activeUntil }: TouchWrite): Update {
  return update(
    sessionId,
    'SET lastActivityAt = :activityAt, activeUntil = :activeUntil, idleExpiresAt = :activeUntil + idleTimeoutMs REMOVE closesAt',
    { ':activityAt': n(activityAt), ':activeUntil': n(activeUntil) },
    [isActive, hasSecret(secretHash), knowsNothingAfter(activityAt), isLiveAt(now)],
  );
}

/** The one transition: the row leaves the index `due`, and becomes a tombstone that TTL removes. */
export function endUpdate(request: EndWrite, retentionMs: number): Update {
  const { sessionId, reason, now, secretHash, expected } = request;
  const atOnce = reason === 'closed' ? ', closesAt = if_not_exists(closesAt, :endedAt)' : '';
  return update(
    sessionId,
    `SET #state = :ended, endReason = :reason, endedAt = :endedAt, #ttl = :ttl${atOnce} REMOVE dueShard, dueAt`,
    { ':ended': s('ended'), ':reason': s(reason), ':endedAt': n(now), ':ttl': n(ttlOf(now, retentionMs)) },
    [
      isActive,
      ...(secretHash ? [hasSecret(secretHash)] : []),
      expected ? hasDeadlines(expected) : isLiveAt(now),
    ],
    { '#ttl': 'ttl' },
  );
}

/** Starts the close lease, and makes the session due when it runs out. */
export function startClosingUpdate({ sessionId, secretHash, now, leaseMs }: CloseWrite): Update {
  return update(sessionId, 'SET closesAt = :closesAt, dueAt = :closesAt', {}, [
    isActive,
    hasSecret(secretHash),
    isLiveAt(now),
    outlasts(now + leaseMs),
  ]);
}

/** Lifts the close lease. The session stays due early: the sweep finds it live and moves it on. */
export function cancelClosingUpdate({ sessionId, secretHash, now }: OpenWrite): Update {
  return update(sessionId, 'REMOVE closesAt', {}, [
    isActive,
    hasSecret(secretHash),
    isClosing,
    isLiveAt(now),
  ]);
}

/** Records the run of the browser that the session was begun in: once, whoever comes first. */
export function markRunUpdate({ sessionId, secretHash, now, runHash }: MarkWrite): Update {
  return update(sessionId, 'SET runHash = :runHash', { ':runHash': { B: runHash } }, [
    isActive,
    hasSecret(secretHash),
    isLiveAt(now),
    hasNoRun,
  ]);
}

/** The browser has sent the mark of its own accord. Only now does the session get the idle timeout of those that are bound. */
export function proveRunUpdate(request: ProveWrite): Update {
  const { sessionId, secretHash, now, runHash, markedIdleTimeoutMs } = request;
  const longer = markedIdleTimeoutMs !== undefined;
  return update(
    sessionId,
    `SET runProven = :proven${longer ? ', idleTimeoutMs = :longer, idleExpiresAt = activeUntil + :longer' : ''}`,
    { ':proven': { BOOL: true }, ...(longer && { ':longer': n(markedIdleTimeoutMs) }) },
    [isActive, hasSecret(secretHash), isLiveAt(now), hasRun(runHash)],
  );
}

/** Makes a session that lived on due later. */
export function rearmUpdate(sessionId: string, seenDueAt: number, newDueAt: number): Update {
  return update(sessionId, 'SET dueAt = :dueAt', { ':dueAt': n(newDueAt) }, [isActive, isDueAt(seenDueAt)]);
}

function update(
  sessionId: string,
  change: string,
  values: Record<string, AttributeValue>,
  condition: readonly Clause[],
  names: Record<string, string> = {},
): Update {
  return {
    Key: keyOf(sessionId),
    UpdateExpression: change,
    ConditionExpression: condition.map(({ text }) => text).join(' AND '),
    ExpressionAttributeNames: { '#state': 'state', ...names },
    ExpressionAttributeValues: Object.assign({}, values, ...condition.map((clause) => clause.values)),
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}
