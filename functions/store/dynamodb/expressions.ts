import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { MARK_SCOPE_BEFORE } from '../../../core/contract.ts';
import {
  CLOCK_SET_BACK_MS,
  dueAfterTightening,
  type Session,
  usuallyEndedBy,
} from '../../../core/lifecycle.ts';
import type { BindingWrite, BindWrite } from '../binding-store.ts';
import type { TightenWrite } from '../due-index.ts';
import type { CancelCloseGraceWrite, EndWrite, StartCloseGraceWrite, TouchWrite } from '../session-store.ts';
import type { OwnedWrite, SeenWrite } from '../stored-session.ts';
import { endedByItem, keyOf, number, text, ttlOf } from './item.ts';

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
 *
 * IAM counts an attribute that a condition names as one that the request uses. A write of a session that was `seen` names
 * only what a guarded handler's role may write (GUARDED_ATTRIBUTES): its reader has compared the secret, which never
 * changes, and the absolute limit, which is only ever moved earlier: a request that is under way then may still be admitted.
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

/** A row without an owner is no session, whoever wrote it. */
const isSession: Clause = { expression: 'attribute_exists(subject)', values: {} };

const isWithinAbsolute = (now: number): Clause => ({
  expression: 'absoluteExpiresAt > :now',
  values: { ':now': number(now) },
});

const isWithinIdleAndGrace = (now: number): Clause => ({
  expression: 'idleExpiresAt > :now AND (attribute_not_exists(closesAt) OR closesAt > :now)',
  values: { ':now': number(now) },
});

/** The holder's live session. Who has seen it has compared its secret and its absolute limit. */
const isLive = ({ secretHash, now, seen }: OwnedWrite & SeenWrite): readonly Clause[] => [
  isActive,
  ...(seen ? [] : [hasSecret(secretHash), isWithinAbsolute(now)]),
  isWithinIdleAndGrace(now),
];

/**
 * Also that the rules are the same: a binding that is confirmed meanwhile gives the session a longer idle timeout, and
 * moves its idle deadline.
 */
const hasActivity = ({ activeUntil, idleExpiresAt }: Session): Clause => ({
  expression: 'activeUntil = :seenActiveUntil AND idleExpiresAt = :seenIdleExpiresAt',
  values: { ':seenActiveUntil': number(activeUntil), ':seenIdleExpiresAt': number(idleExpiresAt) },
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

/** The absolute limit changes by tightening alone, which has a condition of its own. */
const hasDeadlines = ({ idleExpiresAt, closesAt }: Session): Clause => ({
  expression: `idleExpiresAt = :idleExpiresAt AND ${
    closesAt === null ? 'attribute_not_exists(closesAt)' : 'closesAt = :closesAt'
  }`,
  values: {
    ':idleExpiresAt': number(idleExpiresAt),
    ...(closesAt !== null && { ':closesAt': number(closesAt) }),
  },
});

const hasLimits = ({ idleTimeoutMs, absoluteExpiresAt }: Session): Clause => ({
  expression: 'idleTimeoutMs = :seenIdleTimeoutMs AND absoluteExpiresAt = :seenAbsoluteExpiresAt',
  values: {
    ':seenIdleTimeoutMs': number(idleTimeoutMs),
    ':seenAbsoluteExpiresAt': number(absoluteExpiresAt),
  },
});

const isUnbound: Clause = { expression: 'attribute_not_exists(runHash)', values: {} };

const isBoundTo = (runHash: Uint8Array): Clause => ({
  expression: 'runHash = :runHash',
  values: { ':runHash': { B: runHash } },
});

/** The rule `lacksMark` in DynamoDB's terms. The hash of 256 random bits gives nothing away by how long it takes. */
const showsMark = (runHash: Uint8Array | undefined): Clause => ({
  expression: `(attribute_not_exists(runScope) OR attribute_not_exists(runProven)${runHash ? ' OR runHash = :shown' : ''})`,
  values: runHash ? { ':shown': { B: runHash } } : {},
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
  const { sessionId, activityAt, activeUntil, seen } = write;
  const change = (idleExpiresAt: string) =>
    `SET lastActivityAt = :activityAt, activeUntil = :activeUntil, idleExpiresAt = ${idleExpiresAt}${grace}`;
  const values = { ':activityAt': number(activityAt), ':activeUntil': number(activeUntil) };
  const clauses = [...isLive(write), knowsNothingAfter(activityAt), ...condition];
  if (!seen) {
    const marked = [...clauses, showsMark(write.runHash)];
    return update(sessionId, change(':activeUntil + idleTimeoutMs'), values, marked);
  }
  const moved = { ':idleExpiresAt': number(activeUntil + seen.idleTimeoutMs) };
  return unreturned(
    update(sessionId, change(':idleExpiresAt'), { ...values, ...moved }, [...clauses, hasActivity(seen)]),
  );
}

/** The one transition: the row leaves the index `due`, and becomes a tombstone that TTL removes. */
export function endUpdate(write: EndWrite, retentionMs: number): Update {
  const { sessionId, reason, now, secretHash, endedBy = usuallyEndedBy(reason), seen } = write;
  const atOnce = reason === 'closed' ? ', closesAt = if_not_exists(closesAt, :endedAt)' : '';
  const ended = update(
    sessionId,
    `SET #state = :ended, endReason = :reason, endedAt = :endedAt, endedBy = :endedBy, #ttl = :ttl${atOnce} REMOVE dueShard, dueAt`,
    {
      ':ended': text('ended'),
      ':reason': text(reason),
      ':endedAt': number(now),
      ':endedBy': endedByItem(endedBy),
      ':ttl': number(ttlOf(now, retentionMs)),
    },
    [
      isActive,
      ...(secretHash && !seen ? [hasSecret(secretHash)] : []),
      ...(seen ? [hasDeadlines(seen)] : [isSession, isWithinAbsolute(now), isWithinIdleAndGrace(now)]),
    ],
    { '#ttl': 'ttl' },
  );
  return seen ? unreturned(ended) : ended;
}

/** Starts the close grace, and makes the session due when it runs out. */
export function startCloseGraceUpdate(write: StartCloseGraceWrite): Update {
  const { sessionId, now, graceMs, at } = write;
  const sign = at === undefined ? '' : ', presentAt = :at';
  return update(sessionId, `SET closesAt = :closesAt, dueAt = :closesAt${sign}`, {}, [
    ...isLive(write),
    outlasts(now + graceMs),
    isNewerThanEverySign(at),
  ]);
}

/** Cancels the close grace. The session stays due early: the sweep finds it live and moves it on. */
export function cancelCloseGraceUpdate(write: CancelCloseGraceWrite): Update {
  const { sessionId, at, seen } = write;
  const cancelled =
    at === undefined
      ? update(sessionId, 'REMOVE closesAt', {}, [...isLive(write), isClosing])
      : update(sessionId, 'SET presentAt = :at REMOVE closesAt', {}, [...isLive(write), isNewestSign(at)]);
  return seen ? unreturned(cancelled) : cancelled;
}

/** Records the run of the browser that the session began in: once, the first caller wins. */
export function bindUpdate(write: BindWrite): Update {
  const { sessionId, runHash, scope } = write;
  const isOfBefore = scope === MARK_SCOPE_BEFORE;
  return update(
    sessionId,
    `SET runHash = :runHash${isOfBefore ? '' : ', runScope = :scope'}`,
    { ':runHash': { B: runHash }, ...(!isOfBefore && { ':scope': text(scope) }) },
    [...isLive(write), isUnbound],
  );
}

/**
 * The browser has shown the mark by itself. Only now does the session get the idle timeout of bound sessions,
 * where that differs: a row without markedIdleTimeoutMs keeps its own.
 */
export function confirmBindingUpdate(write: BindingWrite): Update {
  return update(
    write.sessionId,
    'SET runProven = :confirmed, idleTimeoutMs = if_not_exists(markedIdleTimeoutMs, idleTimeoutMs), idleExpiresAt = activeUntil + if_not_exists(markedIdleTimeoutMs, idleTimeoutMs)',
    { ':confirmed': { BOOL: true } },
    [...isLive(write), isBoundTo(write.runHash)],
  );
}

/** Makes a session that lived on due later. */
export function rearmUpdate(sessionId: string, seenDueAt: number, newDueAt: number): Update {
  return update(sessionId, 'SET dueAt = :dueAt', { ':dueAt': number(newDueAt) }, [
    isActive,
    isDueAt(seenDueAt),
  ]);
}

/** Narrower limits, as the core has computed them from the row that was seen. The row's own TTL stays: it is later than needed. */
export function tightenUpdate({ seen, seenDueAt, tightened }: TightenWrite): Update {
  const bound = tightened.boundIdleTimeoutMs;
  return update(
    seen.sessionId,
    `SET idleTimeoutMs = :idleTimeoutMs, absoluteTimeoutMs = :absoluteTimeoutMs, touchIntervalMs = :touchIntervalMs, warnBeforeMs = :warnBeforeMs, absoluteWarnBeforeMs = :absoluteWarnBeforeMs, idleExpiresAt = :narrowedIdleExpiresAt, absoluteExpiresAt = :absoluteExpiresAt, dueAt = :dueAt${bound === undefined ? '' : ', markedIdleTimeoutMs = :bound'}`,
    {
      ':idleTimeoutMs': number(tightened.idleTimeoutMs),
      ':absoluteTimeoutMs': number(tightened.absoluteTimeoutMs),
      ':touchIntervalMs': number(tightened.touchIntervalMs),
      ':warnBeforeMs': number(tightened.warnBeforeMs),
      ':absoluteWarnBeforeMs': number(tightened.absoluteWarnBeforeMs),
      ':narrowedIdleExpiresAt': number(tightened.idleExpiresAt),
      ':absoluteExpiresAt': number(tightened.absoluteExpiresAt),
      ':dueAt': number(dueAfterTightening(seenDueAt, tightened)),
      ...(bound !== undefined && { ':bound': number(bound) }),
    },
    [isActive, isDueAt(seenDueAt), hasDeadlines(seen), hasLimits(seen)],
  );
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
  };
}

/** A row that is returned counts, with each of its attributes, as one that the request uses. */
function unreturned(update: Update): Update {
  return { ...update, ReturnValues: 'NONE' };
}
