import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { SessionError } from '../../core/errors.ts';
import { deadline, END_REASONS, type Session } from '../../core/lifecycle.ts';
import { BROWSER_CLOSE } from '../../core/policy.ts';
import { dueShardOf } from './shard.ts';
import type { RunMark, StoredSession, StoreOptions } from './store.ts';

/** A row of the table, as the SDK and the table's stream have it. */
export type SessionItem = Record<string, AttributeValue>;

const PREFIX = 'session#';

/** The key of a session's row. */
export function keyOf(sessionId: string): { pk: AttributeValue.SMember } {
  return { pk: { S: PREFIX + sessionId } };
}

/** The session that a row is about. Undefined: it is another kind of row. */
export function sessionIdOf(item: SessionItem): string | undefined {
  const pk = item.pk?.S;
  return pk?.startsWith(PREFIX) ? pk.slice(PREFIX.length) : undefined;
}

/** When TTL may remove the tombstone: epoch **seconds**, rounded up so that it is never early. */
export function ttlOf(endsAt: number, retentionMs: number): number {
  return Math.ceil((endsAt + retentionMs) / 1_000);
}

export const n = (value: number): AttributeValue => ({ N: String(value) });
export const s = (value: string): AttributeValue => ({ S: value });

/** The row of a session that has just begun. */
export function toItem({ session, secretHash }: StoredSession, options: StoreOptions): SessionItem {
  const { user, device, sessionId } = session;
  return {
    ...keyOf(sessionId),
    secretHash: { B: secretHash },
    subject: s(session.subject),
    ...texts({ name: user.name, email: user.email, providerSid: session.providerSid }),
    device: { M: texts({ userAgent: device.userAgent, address: device.address }) },
    policy: s(session.policy),
    browserClose: s(session.browserClose),
    state: s(session.state),
    createdAt: n(session.createdAt),
    lastActivityAt: n(session.lastActivityAt),
    activeUntil: n(session.activeUntil),
    idleExpiresAt: n(session.idleExpiresAt),
    absoluteExpiresAt: n(session.absoluteExpiresAt),
    idleTimeoutMs: n(session.idleTimeoutMs),
    ...(session.markedIdleTimeoutMs !== undefined && { markedIdleTimeoutMs: n(session.markedIdleTimeoutMs) }),
    absoluteTimeoutMs: n(session.absoluteTimeoutMs),
    touchIntervalMs: n(session.touchIntervalMs),
    warnBeforeMs: n(session.warnBeforeMs),
    dueShard: s(String(dueShardOf(sessionId, options.dueShards))),
    dueAt: n(deadline(session).at),
    ttl: n(ttlOf(session.absoluteExpiresAt, options.retentionMs)),
  };
}

/**
 * The session in a row.
 *
 * @throws SessionError `ERR_INTERNAL`, naming the attribute, for a row that this project did not write
 */
export function toSession(item: SessionItem): Session {
  const text = (name: string) => item[name]?.S ?? broken(name);
  const number = (name: string) => {
    const value = Number(item[name]?.N);
    return Number.isInteger(value) && value >= 0 ? value : broken(name);
  };
  const oneOf = <T extends string>(name: string, values: readonly T[]): T =>
    values.find((value) => value === item[name]?.S) ?? broken(name);
  const state = oneOf('state', ['active', 'ended']);
  const device = item.device?.M ?? {};
  return {
    sessionId: sessionIdOf(item) ?? broken('pk'),
    subject: text('subject'),
    user: present({ name: item.name?.S, email: item.email?.S }),
    providerSid: item.providerSid?.S,
    device: present({ userAgent: device.userAgent?.S, address: device.address?.S }),
    policy: text('policy'),
    browserClose: oneOf('browserClose', BROWSER_CLOSE),
    createdAt: number('createdAt'),
    lastActivityAt: number('lastActivityAt'),
    activeUntil: number('activeUntil'),
    idleExpiresAt: number('idleExpiresAt'),
    absoluteExpiresAt: number('absoluteExpiresAt'),
    closesAt: item.closesAt ? number('closesAt') : null,
    idleTimeoutMs: number('idleTimeoutMs'),
    ...(item.markedIdleTimeoutMs && { markedIdleTimeoutMs: number('markedIdleTimeoutMs') }),
    absoluteTimeoutMs: number('absoluteTimeoutMs'),
    touchIntervalMs: number('touchIntervalMs'),
    warnBeforeMs: number('warnBeforeMs'),
    state,
    ...(state === 'ended' && { endReason: oneOf('endReason', END_REASONS), endedAt: number('endedAt') }),
  };
}

/** The session in a row and the hash that its secret must have. */
export function toStored(item: SessionItem): StoredSession {
  const run = toRunMark(item);
  return {
    session: toSession(item),
    secretHash: item.secretHash?.B ?? broken('secretHash'),
    ...(run && { run }),
  };
}

function toRunMark({ runHash, runProven }: SessionItem): RunMark | undefined {
  return runHash?.B && { hash: runHash.B, proven: runProven?.BOOL ?? false };
}

function texts(values: Record<string, string | undefined>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(present(values)).map(([name, value]) => [name, s(value)]));
}

function present<T>(values: Record<string, T | undefined>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}

function broken(attribute: string): never {
  throw new SessionError('ERR_INTERNAL', { detail: `a row of the session table has no usable ${attribute}` });
}
