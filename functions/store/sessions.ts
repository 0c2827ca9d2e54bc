import { SessionError } from '../../core/errors.ts';
import {
  activityAt,
  createSession,
  type EndReason,
  guardNeedsTouch,
  type NewSession,
  type Session,
  verdict,
} from '../../core/lifecycle.ts';
import { type Credential, createCredential, sameHash } from './secret.ts';
import type { SessionStore, TouchWriteResult } from './store.ts';

/** What requests do with sessions: the store's writes, put together by the core's rules. */
export interface Context {
  readonly store: SessionStore;
  /** Epoch ms. One for the whole request. */
  readonly now: number;
}

/** A live session, and whether this request wrote to keep it so. */
export interface Touched {
  readonly session: Session;
  readonly written: boolean;
}

/** A session that is ended now, and whether this request is the one that did it. */
export interface Ended {
  readonly session: Session;
  readonly endedHere: boolean;
}

/** A session that lives on between judging and ending is judged anew: each round means that a touch won. */
const MAX_ROUNDS = 3;

/**
 * Signs a browser in: a new session, and the value of the cookie that it is known by.
 *
 * @param input.randomBytes a cryptographically secure source
 */
export async function startSession(
  { store, now }: Context,
  input: Omit<NewSession, 'sessionId' | 'now'> & { readonly randomBytes: (size: number) => Uint8Array },
): Promise<{ session: Session; cookieValue: string }> {
  const { randomBytes, ...who } = input;
  const { credential, cookieValue } = createCredential(randomBytes);
  const session = createSession({ ...who, sessionId: credential.sessionId, now });
  await store.create(session, credential.secretHash);
  return { session, cookieValue };
}

/**
 * The session that a credential proves, if it is live. Reads, and writes nothing; one that is found past its
 * deadline is ended on the spot, so that the request says the same as the event.
 *
 * @throws SessionError `ERR_SESSION_UNKNOWN` (no such session, or the secret is wrong),
 *   `ERR_SESSION_ENDED` with its reason, `ERR_STORE_UNAVAILABLE`
 */
export async function checkSession(context: Context, credential: Credential): Promise<Session> {
  const stored = await context.store.read(credential.sessionId);
  if (!stored || !sameHash(stored.secretHash, credential.secretHash)) throw unknown();
  return requireLive(context, stored.session);
}

/**
 * Slides the session by an activity of the user `idleForMs` ago. One write; an activity older than what is
 * known changes nothing but a running close lease: somebody is there.
 *
 * @param idleForMs ms; what is no number is no activity
 * @throws SessionError as {@link checkSession}
 */
export async function touchSession(
  context: Context,
  credential: Credential,
  idleForMs: unknown,
): Promise<Touched> {
  const { now } = context;
  const at = activityAt(now, idleForMs);
  const result = await context.store.touch({ ...credential, now, activityAt: at, activeUntil: at });
  return settle(context, credential, result);
}

/**
 * As {@link touchSession} for a guarded request, whose session has just been checked: at most one write per
 * touchInterval of activity, however many requests there are.
 *
 * @throws SessionError as {@link checkSession}
 */
export async function touchByGuard(
  context: Context,
  credential: Credential,
  session: Session,
  idleForMs: unknown,
): Promise<Touched> {
  const { now } = context;
  const at = activityAt(now, idleForMs);
  if (!guardNeedsTouch(session, at)) return liftLease(context, credential, session);
  const activeUntil = at + session.touchIntervalMs;
  return settle(
    context,
    credential,
    await context.store.touch({ ...credential, now, activityAt: at, activeUntil }),
  );
}

/**
 * Ends a session for `reason`, once; a repeat tells how it ended. One that a deadline has ended in truth is
 * ended for that reason instead.
 *
 * @param who with its secretHash, only whoever holds the secret; without, on the operator's behalf
 * @throws SessionError `ERR_SESSION_UNKNOWN`, `ERR_STORE_UNAVAILABLE`
 */
export async function endSession(
  context: Context,
  who: Pick<Credential, 'sessionId'> & Partial<Credential>,
  reason: EndReason,
): Promise<Ended> {
  const { store, now } = context;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const result = await store.end({ ...who, reason, now });
    if (result.outcome === 'unknown') throw unknown();
    if (result.outcome !== 'over') return { session: result.session, endedHere: result.outcome === 'ended' };
    const ended = await endIfOver(context, result.session);
    if (ended.session.state === 'ended') return ended;
  }
  throw contended();
}

/**
 * Ends a session that is past its deadline, if it still is: its deadlines must be the very ones that were judged.
 * The session comes back as it is now, `active` where it lived on.
 *
 * @throws SessionError `ERR_SESSION_UNKNOWN` (TTL took it meanwhile), `ERR_STORE_UNAVAILABLE`
 */
export async function endIfOver({ store, now }: Context, session: Session): Promise<Ended> {
  const judged = verdict(session, now);
  if (judged.state !== 'over') return { session, endedHere: false };
  const { sessionId, idleExpiresAt, absoluteExpiresAt, closesAt } = session;
  const expected = { idleExpiresAt, absoluteExpiresAt, closesAt };
  const result = await store.end({ sessionId, reason: judged.reason, now, expected });
  if (result.outcome === 'unknown') throw unknown();
  return { session: result.session, endedHere: result.outcome === 'ended' };
}

/**
 * "The last page is going": the session ends in `leaseMs` unless a live page says otherwise.
 *
 * @throws SessionError as {@link checkSession}
 */
export async function closeSession(
  context: Context,
  credential: Credential,
  leaseMs: number,
): Promise<Session> {
  const result = await context.store.startClosing({ ...credential, now: context.now, leaseMs });
  if (result.outcome === 'unknown') throw unknown();
  return requireLive(context, result.session);
}

/**
 * "A live page is here": lifts the close lease, if one is running. Never extends, and costs a read alone when
 * nothing is closing.
 *
 * @throws SessionError as {@link checkSession}
 */
export async function openSession(context: Context, credential: Credential): Promise<Session> {
  const session = await checkSession(context, credential);
  return (await liftLease(context, credential, session)).session;
}

async function liftLease(context: Context, credential: Credential, session: Session): Promise<Touched> {
  if (session.closesAt === null) return { session, written: false };
  const result = await context.store.cancelClosing({ ...credential, now: context.now });
  if (result.outcome === 'unknown') throw unknown();
  return { session: await requireLive(context, result.session), written: result.outcome === 'written' };
}

async function settle(context: Context, credential: Credential, result: TouchWriteResult): Promise<Touched> {
  if (result.outcome === 'unknown') throw unknown();
  if (result.outcome === 'touched') return { session: result.session, written: true };
  return liftLease(context, credential, await requireLive(context, result.session));
}

async function requireLive(context: Context, found: Session): Promise<Session> {
  let session = found;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const judged = verdict(session, context.now);
    if (judged.state === 'live') return session;
    if (judged.state === 'ended') {
      const { reason, endedAt } = judged;
      throw new SessionError('ERR_SESSION_ENDED', { reason, endedAt });
    }
    session = (await endIfOver(context, session)).session;
  }
  throw contended();
}

function unknown(): SessionError {
  return new SessionError('ERR_SESSION_UNKNOWN');
}

/** Never seen: three touches in the milliseconds between a read and a write, each in time by a clock that is slow. */
function contended(): SessionError {
  return new SessionError('ERR_STORE_UNAVAILABLE', {
    detail: 'too many writes at once',
    retryAfterMs: 1_000,
  });
}
