import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { MARK_SCOPE_BEFORE, MAX_ENDED_BY_ID, SESSION_KEY_PREFIX } from '../../../core/contract.ts';
import { SessionError } from '../../../core/errors.ts';
import { deadline, type EndedBy, type Session, type SessionState } from '../../../core/lifecycle.ts';
import { usualAbsoluteWarning } from '../../../core/policy.ts';
import { dueShardOf } from '../due-shard.ts';
import type { StoreOptions } from '../session-store.ts';
import type { Binding, StoredSession } from '../stored-session.ts';

/** A row of the table, as the SDK and the table's stream have it. */
export type SessionItem = Record<string, AttributeValue>;

/**
 * The version of the rows that this release writes, in attribute `v`; rows without it are older. A reader takes rows of
 * every version: it ignores attributes that it doesn't know, and passes on values that it doesn't know.
 */
export const ROW_VERSION = 1;

/** The key of a session's row. */
export function keyOf(sessionId: string): { pk: AttributeValue.SMember } {
  return { pk: { S: SESSION_KEY_PREFIX + sessionId } };
}

/** The session that a row is about. Undefined: it is another kind of row. */
export function sessionIdOf(item: SessionItem): string | undefined {
  // A record of the stream is not parsed before this looks at it.
  const pk: unknown = item.pk?.S;
  return typeof pk === 'string' && pk.startsWith(SESSION_KEY_PREFIX)
    ? pk.slice(SESSION_KEY_PREFIX.length)
    : undefined;
}

/**
 * Whether a row is a session. One without an owner is none: a guarded handler's role lets it write a row of its own, but not
 * its owner.
 */
export function isSession(item: SessionItem): boolean {
  return sessionIdOf(item) !== undefined && item.subject !== undefined;
}

/** When TTL may remove the tombstone: epoch **seconds**, rounded up so that it is never early. */
export function ttlOf(endsAt: number, retentionMs: number): number {
  return Math.ceil((endsAt + retentionMs) / 1_000);
}

export const number = (value: number): AttributeValue => ({ N: String(value) });
export const text = (value: string): AttributeValue => ({ S: value });

/** The row of a session that has just begun. */
export function toItem({ session, secretHash }: StoredSession, options: StoreOptions): SessionItem {
  const { user, device, sessionId } = session;
  return {
    ...keyOf(sessionId),
    v: number(ROW_VERSION),
    secretHash: { B: secretHash },
    subject: text(session.subject),
    ...texts({ name: user.name, email: user.email, providerSid: session.providerSid }),
    device: { M: texts({ userAgent: device.userAgent, address: device.address }) },
    policy: text(session.policy),
    browserClose: text(session.browserClose),
    state: text(session.state),
    createdAt: number(session.createdAt),
    lastActivityAt: number(session.lastActivityAt),
    activeUntil: number(session.activeUntil),
    idleExpiresAt: number(session.idleExpiresAt),
    absoluteExpiresAt: number(session.absoluteExpiresAt),
    idleTimeoutMs: number(session.idleTimeoutMs),
    ...(session.boundIdleTimeoutMs !== undefined && {
      markedIdleTimeoutMs: number(session.boundIdleTimeoutMs),
    }),
    absoluteTimeoutMs: number(session.absoluteTimeoutMs),
    touchIntervalMs: number(session.touchIntervalMs),
    warnBeforeMs: number(session.warnBeforeMs),
    absoluteWarnBeforeMs: number(session.absoluteWarnBeforeMs),
    dueShard: text(String(dueShardOf(sessionId, options.dueShards))),
    dueAt: number(deadline(session).at),
    ttl: number(ttlOf(session.absoluteExpiresAt, options.retentionMs)),
  };
}

/**
 * The session in a row.
 *
 * @throws SessionError `ERR_INTERNAL`, naming the attribute, for a row that this project did not write
 */
export function toSession(item: SessionItem): Session {
  const device = item.device?.M ?? {};
  return {
    sessionId: sessionIdIn(item),
    subject: textIn(item, 'subject'),
    user: present({ name: item.name?.S, email: item.email?.S }),
    providerSid: item.providerSid?.S,
    device: present({ userAgent: device.userAgent?.S, address: device.address?.S }),
    policy: textIn(item, 'policy'),
    browserClose: textIn(item, 'browserClose'),
    createdAt: numberIn(item, 'createdAt'),
    lastActivityAt: numberIn(item, 'lastActivityAt'),
    activeUntil: numberIn(item, 'activeUntil'),
    idleExpiresAt: numberIn(item, 'idleExpiresAt'),
    absoluteExpiresAt: numberIn(item, 'absoluteExpiresAt'),
    closesAt: item.closesAt ? numberIn(item, 'closesAt') : null,
    presentAt: item.presentAt ? numberIn(item, 'presentAt') : null,
    idleTimeoutMs: numberIn(item, 'idleTimeoutMs'),
    ...(item.markedIdleTimeoutMs && { boundIdleTimeoutMs: numberIn(item, 'markedIdleTimeoutMs') }),
    absoluteTimeoutMs: numberIn(item, 'absoluteTimeoutMs'),
    touchIntervalMs: numberIn(item, 'touchIntervalMs'),
    warnBeforeMs: numberIn(item, 'warnBeforeMs'),
    // Rows of release 0.1 have none.
    absoluteWarnBeforeMs: item.absoluteWarnBeforeMs
      ? numberIn(item, 'absoluteWarnBeforeMs')
      : usualAbsoluteWarning(numberIn(item, 'absoluteTimeoutMs')),
    ...stateIn(item),
  };
}

/** The session in a row and the hash that its secret must have. @throws SessionError as {@link toSession} */
export function toStored(item: SessionItem): StoredSession {
  const binding = bindingIn(item);
  return {
    session: toSession(item),
    secretHash: bytesIn(item, 'secretHash'),
    ...(binding && { binding }),
  };
}

/** @throws SessionError `ERR_INTERNAL` for another kind of row */
export function sessionIdIn(item: SessionItem): string {
  return sessionIdOf(item) ?? broken('pk');
}

/** @throws SessionError `ERR_INTERNAL` naming the attribute */
function textIn(item: SessionItem, name: string): string {
  return item[name]?.S ?? broken(name);
}

/** A whole number, 0 or more. @throws SessionError `ERR_INTERNAL` naming the attribute */
export function numberIn(item: SessionItem, name: string): number {
  const value = Number(item[name]?.N);
  return Number.isInteger(value) && value >= 0 ? value : broken(name);
}

/** @throws SessionError `ERR_INTERNAL` naming the attribute */
function bytesIn(item: SessionItem, name: string): Uint8Array {
  return item[name]?.B ?? broken(name);
}

/** The one value that decides how a row is read: an unknown one can't be passed on. */
function stateIn(item: SessionItem): SessionState {
  const state = textIn(item, 'state');
  if (state === 'active') return { state };
  if (state !== 'ended') return broken('state');
  const endedBy = endedByIn(item);
  return {
    state,
    endReason: textIn(item, 'endReason'),
    endedAt: numberIn(item, 'endedAt'),
    ...(endedBy && { endedBy }),
  };
}

/** The attribute `endedBy`. */
export function endedByItem({ type, id }: EndedBy): AttributeValue {
  return { M: texts({ type, id }) };
}

/**
 * Undefined: the row doesn't say, or in no form that is understood, which makes no row unreadable. Cut to its greatest
 * length, since a guarded handler's role may write it, and an event that is too large is not announced.
 */
export function endedByIn({ endedBy }: SessionItem): EndedBy | undefined {
  const { type, id } = endedBy?.M ?? {};
  if (type?.S === undefined) return undefined;
  return {
    type: type.S.slice(0, MAX_ENDED_BY_ID),
    ...(id?.S !== undefined && { id: id.S.slice(0, MAX_ENDED_BY_ID) }),
  };
}

function bindingIn({ runHash, runProven, runScope }: SessionItem): Binding | undefined {
  return (
    runHash?.B && {
      runHash: runHash.B,
      confirmed: runProven?.BOOL ?? false,
      scope: runScope?.S ?? MARK_SCOPE_BEFORE,
    }
  );
}

function texts(values: Record<string, string | undefined>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(present(values)).map(([name, value]) => [name, text(value)]));
}

function present<T>(values: Record<string, T | undefined>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}

function broken(attribute: string): never {
  throw new SessionError('ERR_INTERNAL', { detail: `a row of the session table has no usable ${attribute}` });
}
