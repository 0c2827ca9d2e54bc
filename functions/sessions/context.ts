import { SessionError } from '../../core/errors.ts';
import { sameHash } from '../store/hash.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { StoredSession } from '../store/stored-session.ts';
import type { Credential } from './credential.ts';

/** What the use cases work with: a store, and the time of the request. */
export interface Context {
  readonly store: SessionStore;
  /** Epoch ms. One for the whole request. */
  readonly now: number;
}

/**
 * A session that lives on between its evaluation and its end is evaluated again: each round means that a touch
 * came first.
 */
export const MAX_ROUNDS = 3;

/** The session that a credential proves. Undefined: no such session, or the secret is wrong. Strongly consistent. */
export async function readOwned(
  { store }: Pick<Context, 'store'>,
  credential: Credential,
): Promise<StoredSession | undefined> {
  const stored = await store.read(credential.sessionId);
  return stored && sameHash(stored.secretHash, credential.secretHash) ? stored : undefined;
}

/** The id of the session that a browser holds and that has not been ended, its secret verified. Undefined: none. */
export async function heldSessionId(
  context: Pick<Context, 'store'>,
  credential: Credential | undefined,
): Promise<string | undefined> {
  const stored = credential && (await readOwned(context, credential));
  return stored?.session.state === 'active' ? stored.session.sessionId : undefined;
}

/** No such session, or the secret is wrong: the two look the same. */
export function unknownSession(): SessionError {
  return new SessionError('ERR_SESSION_UNKNOWN');
}

/** The session is bound to a run of the browser whose mark the request does not show. It lives on. */
export function unconfirmedRun(): SessionError {
  return new SessionError('ERR_RUN_UNCONFIRMED');
}

/** Never seen: three touches in the milliseconds between a read and a write, each in time by a clock that is slow. */
export function contended(): SessionError {
  return new SessionError('ERR_STORE_UNAVAILABLE', {
    detail: 'too many writes at once',
    retryAfterMs: 1_000,
  });
}
