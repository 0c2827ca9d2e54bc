import type { EndReason, Session } from '../../core/lifecycle.ts';

/**
 * What the rules need of a place that keeps sessions. Two implementations, DynamoDB and in-memory, are held
 * to one contract suite.
 *
 * Every method throws `ERR_STORE_UNAVAILABLE` when the store is throttled or out of reach: a failure of the
 * store is never an answer about a session.
 */
export interface SessionStore {
  /** Stores a new session. A repeat of the very same write (a retry after a lost reply) succeeds. */
  create(session: Session, secretHash: Uint8Array): Promise<void>;

  /** Strongly consistent. Undefined: no such session. */
  read(sessionId: string): Promise<StoredSession | undefined>;

  /**
   * Slides the session, in one conditional write: nothing moves backward, and nothing revives what is over.
   * `unchanged`: live, but a newer activity is known. `over`: past a deadline, not ended yet.
   * `unknown`: no such session, or the secret is wrong.
   */
  touch(request: TouchWrite): Promise<TouchWriteResult>;

  /**
   * The one transition to `ended`, whoever comes first. `already-ended`: someone else did, and the session
   * says why. `changed`: what was expected no longer holds (the session lived on).
   */
  end(request: EndWrite): Promise<EndWriteResult>;
}

export interface StoredSession {
  readonly session: Session;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
}

export interface TouchWrite {
  readonly sessionId: string;
  readonly secretHash: Uint8Array;
  /** Epoch ms that the request is judged by. */
  readonly now: number;
  /** Epoch ms, at or before `now`. */
  readonly activityAt: number;
  /** Epoch ms: activityAt, plus the touch interval for a guarded request. */
  readonly activeUntil: number;
}

export type TouchWriteResult =
  | { readonly outcome: 'touched' | 'unchanged' | 'over' | 'ended'; readonly session: Session }
  | { readonly outcome: 'unknown' };

export interface EndWrite {
  readonly sessionId: string;
  readonly reason: EndReason;
  /** Epoch ms, becomes endedAt. */
  readonly now: number;
  /** Ends it only for who holds the secret. Left out by the sweep and by administrators. */
  readonly secretHash?: Uint8Array | undefined;
  /**
   * Ends it only if its deadlines are still these: what was judged over is ended, not what lived on.
   * Left out where a deadline is not the reason.
   */
  readonly expected?: Pick<Session, 'idleExpiresAt' | 'absoluteExpiresAt' | 'closesAt'> | undefined;
}

export type EndWriteResult =
  | { readonly outcome: 'ended' | 'already-ended' | 'changed'; readonly session: Session }
  | { readonly outcome: 'unknown' };

/** A sign-in under way: between leaving for the identity provider and coming back. */
export interface SignIn {
  /** OAuth `state`, random, used once. */
  readonly state: string;
  /** SHA-256 of the value of the browser's sign-in cookie: only that browser may finish. */
  readonly browserHash: Uint8Array;
  readonly codeVerifier: string;
  readonly nonce: string;
  /** A path on this site. */
  readonly returnTo: string;
  /** Epoch ms. Its age is checked when it is used; TTL only tidies up. */
  readonly startedAt: number;
  /** The session that this browser had, its secret verified: superseded when the sign-in succeeds. */
  readonly previousSessionId?: string | undefined;
}

export interface SignInStore {
  put(signIn: SignIn): Promise<void>;
  /** Reads and deletes in one step: a state is used once. Undefined: never begun here, or used already. */
  take(state: string): Promise<SignIn | undefined>;
}
