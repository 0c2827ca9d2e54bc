import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { CLOCK_SET_BACK_MS } from '../../../core/lifecycle.ts';
import type { BindingWrite } from '../binding-store.ts';
import type { Deadlines, EndWrite, PageWrite, StartCloseGraceWrite, TouchWrite } from '../session-store.ts';
import { keyOf, number, text, ttlOf } from './item.ts';

/**
 * The conditions of the writes, as named clauses. Times of a session that is live at `:now`:
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
  readonly expression: string;
  readonly values: Record<string, AttributeValue>;
}

/** Also keeps an update from recreating a row that TTL has removed. */
const isActive: Clause = { expression: '#state = :active', values: { ':active': text('active') } };

const hasSecret = (secretHash: Uint8Array): Clause => ({
  expression: 'secretHash = :secretHash',
  values: { ':secretHash': { B: secretHash } },
});

const isLiveAt = (now: number): Clause => ({
  expression:
    'idleExpiresAt > :now AND absoluteExpiresAt > :now AND (attribute_not_exists(closesAt) OR closesAt > :now)',
  values: { ':now': number(now) },
});

/** Without it time would run backward: an activity that arrives late must not take back what a later one gave. */
const knowsNothingAfter = (activityAt: number): Clause => ({
  expression: 'activeUntil <= :activityAt',
  values: { ':activityAt': number(activityAt) },
});

/** A close grace that runs out after the session's own deadline changes nothing. */
const outlasts = (closesAt: number): Clause => ({
  expression: 'idleExpiresAt > :closesAt AND absoluteExpiresAt > :closesAt',
  values: { ':closesAt': number(closesAt) },
});

/** A sign of a live page cancels no close of the same device that is newer: see `isNewestSign` of the core. */
const isNewestSign = (at: number): Clause => ({
  expression: '(attribute_not_exists(presentAt) OR presentAt <= :at OR presentAt > :setBack)',
  values: { ':at': number(at), ':setBack': number(at + CLOCK_SET_BACK_MS) },
});

/** A close that comes again, or late, must not take effect after a page has shown itself. */
const isNewerThanEverySign = (at: number | undefined): Clause =>
  at === undefined
    ? { expression: 'attribute_not_exists(presentAt)', values: {} }
    : {
        expression: '(attribute_not_exists(presentAt) OR presentAt < :at)',
        values: { ':at': number(at) },
      };

const isClosing: Clause = { expression: 'attribute_exists(closesAt)', values: {} };

const hasDeadlines = ({ idleExpiresAt, absoluteExpiresAt, closesAt }: Deadlines): Clause => ({
  expression: `idleExpiresAt = :idleExpiresAt AND absoluteExpiresAt = :absoluteExpiresAt AND ${
    closesAt === null ? 'attribute_not_exists(closesAt)' : 'closesAt = :closesAt'
  }`,
  values: {
    ':idleExpiresAt': number(idleExpiresAt),
    ':absoluteExpiresAt': number(absoluteExpiresAt),
    ...(closesAt !== null && { ':closesAt': number(closesAt) }),
  },
});

const isUnbound: Clause = { expression: 'attribute_not_exists(runHash)', values: {} };

const isBoundTo = (runHash: Uint8Array): Clause => ({
  expression: 'runHash = :runHash',
  values: { ':runHash': { B: runHash } },
});

const isDueAt = (dueAt: number): Clause => ({
  expression: 'dueAt = :seen',
  values: { ':seen': number(dueAt) },
});

export type Update = Omit<UpdateItemCommandInput, 'TableName'>;

/** The one write of a touch. */
export function touchUpdate(write: TouchWrite): Update {
  const { at } = write;
  if (at === undefined) return slide(write, ' REMOVE closesAt', []);
  return slide(write, ', presentAt = :at REMOVE closesAt', [isNewestSign(at)]);
}

/** A touch that arrives after a newer close: it slides the session, and the close grace goes on. */
export function lateTouchUpdate(write: TouchWrite): Update {
  return slide(write, '', []);
}

function slide(write: TouchWrite, grace: string, condition: readonly Clause[]): Update {
  const { sessionId, secretHash, now, activityAt, activeUntil } = write;
  return update(
    sessionId,
    `SET lastActivityAt = :activityAt, activeUntil = :activeUntil, idleExpiresAt = :activeUntil + idleTimeoutMs${grace}`,
    { ':activityAt': number(activityAt), ':activeUntil': number(activeUntil) },
    [isActive, hasSecret(secretHash), knowsNothingAfter(activityAt), isLiveAt(now), ...condition],
  );
}

/** The one transition: the row leaves the index `due`, and becomes a tombstone that TTL removes. */
export function endUpdate(write: EndWrite, retentionMs: number): Update {
  const { sessionId, reason, now, secretHash, expected } = write;
  const atOnce = reason === 'closed' ? ', closesAt = if_not_exists(closesAt, :endedAt)' : '';
  return update(
    sessionId,
    `SET #state = :ended, endReason = :reason, endedAt = :endedAt, #ttl = :ttl${atOnce} REMOVE dueShard, dueAt`,
    {
      ':ended': text('ended'),
      ':reason': text(reason),
      ':endedAt': number(now),
      ':ttl': number(ttlOf(now, retentionMs)),
    },
    [
      isActive,
      ...(secretHash ? [hasSecret(secretHash)] : []),
      expected ? hasDeadlines(expected) : isLiveAt(now),
    ],
    { '#ttl': 'ttl' },
  );
}

/** Starts the close grace, and makes the session due when it runs out. */
export function startCloseGraceUpdate(write: StartCloseGraceWrite): Update {
  const { sessionId, secretHash, now, graceMs, at } = write;
  const sign = at === undefined ? '' : ', presentAt = :at';
  return update(sessionId, `SET closesAt = :closesAt, dueAt = :closesAt${sign}`, {}, [
    isActive,
    hasSecret(secretHash),
    isLiveAt(now),
    outlasts(now + graceMs),
    isNewerThanEverySign(at),
  ]);
}

/** Cancels the close grace. The session stays due early: the sweep finds it live and moves it on. */
export function cancelCloseGraceUpdate({ sessionId, secretHash, now, at }: PageWrite): Update {
  const live = [isActive, hasSecret(secretHash), isLiveAt(now)];
  if (at === undefined) return update(sessionId, 'REMOVE closesAt', {}, [...live, isClosing]);
  return update(sessionId, 'SET presentAt = :at REMOVE closesAt', {}, [...live, isNewestSign(at)]);
}

/** Records the run of the browser that the session began in: once, the first caller wins. */
export function bindUpdate({ sessionId, secretHash, now, runHash }: BindingWrite): Update {
  return update(sessionId, 'SET runHash = :runHash', { ':runHash': { B: runHash } }, [
    isActive,
    hasSecret(secretHash),
    isLiveAt(now),
    isUnbound,
  ]);
}

/**
 * The browser has sent the credential by itself. Only now does the session get the idle timeout of bound sessions,
 * where that differs: a row without markedIdleTimeoutMs keeps its own.
 */
export function confirmBindingUpdate({ sessionId, secretHash, now, runHash }: BindingWrite): Update {
  return update(
    sessionId,
    'SET runProven = :confirmed, idleTimeoutMs = if_not_exists(markedIdleTimeoutMs, idleTimeoutMs), idleExpiresAt = activeUntil + if_not_exists(markedIdleTimeoutMs, idleTimeoutMs)',
    { ':confirmed': { BOOL: true } },
    [isActive, hasSecret(secretHash), isLiveAt(now), isBoundTo(runHash)],
  );
}

/** Makes a session that lived on due later. */
export function rearmUpdate(sessionId: string, seenDueAt: number, newDueAt: number): Update {
  return update(sessionId, 'SET dueAt = :dueAt', { ':dueAt': number(newDueAt) }, [
    isActive,
    isDueAt(seenDueAt),
  ]);
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
    ConditionExpression: condition.map(({ expression }) => expression).join(' AND '),
    ExpressionAttributeNames: { '#state': 'state', ...names },
    ExpressionAttributeValues: Object.assign({}, values, ...condition.map((clause) => clause.values)),
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}
