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
   * says why. `changed`: what was expected no longer holds (the session lived on). `over`: nothing was
   * expected, and a deadline had passed: that is the reason to end it with, and the session says which.
   */
  end(request: EndWrite): Promise<EndWriteResult>;

  /**
   * Starts the close lease of a live session: unless a live page lifts it, the session ends at
   * `now + leaseMs`, and is due for the sweep then. A repeat starts it anew. `unchanged`: the session's own
   * deadline comes first, so there is nothing to bring forward.
   */
  startClosing(request: CloseWrite): Promise<LeaseWriteResult>;

  /** Lifts a close lease that is still running. Never extends. `unchanged`: live, and none was running. */
  cancelClosing(request: OpenWrite): Promise<LeaseWriteResult>;

  /**
   * Records the run of the browser that a live session was begun in, once: a mark that is there stays. The row as it
   * is then, whoever wrote it; undefined: no such session, or the secret is wrong.
   */
  markRun(request: MarkWrite): Promise<StoredSession | undefined>;

  /**
   * The browser has sent the recorded mark of its own accord: a live session is bound to its run from now on, and
   * gets its markedIdleTimeoutMs. A repeat, and the hash of another run, change nothing. Answers as `markRun`.
   */
  proveRun(request: ProveWrite): Promise<StoredSession | undefined>;

  /**
   * A user's sessions that still have a row, live or not, newest first. Judging them is the caller's. What began
   * within the last moments may be missing; what is listed is as it is now.
   */
  listBySubject(subject: string): Promise<Session[]>;

  /** Those of `sessionIds` that exist, in no particular order. Any number; strongly consistent. */
  readMany(sessionIds: readonly string[]): Promise<Session[]>;

  /**
   * Sessions of a shard that may be over at `until` (dueAt ≤ until), earliest first, a page at a time. Every
   * active session is in exactly one shard, and none that ended. Eventually consistent.
   */
  due(request: DueRequest): Promise<DuePage>;

  /** How many active sessions a shard holds. Eventually consistent. */
  countDue(shard: number): Promise<number>;

  /**
   * Moves a session that lived on to its next deadline, provided that it is active and still due at
   * `seenDueAt`. False: it is not, somebody else has seen to it.
   */
  rearm(sessionId: string, seenDueAt: number, newDueAt: number): Promise<boolean>;

  /** How many shards `due` has: the largest number ever configured, since rows stay in the shard they began in. */
  dueShards(): Promise<number>;
}

/** What tells a store how to keep things. */
export interface StoreOptions {
  /** How long an ended session can still say why it ended, ms. */
  readonly retentionMs: number;
  /** Shards that new sessions are spread over, a positive integer. */
  readonly dueShards: number;
}

export interface StoredSession {
  readonly session: Session;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
  /** The run of the browser that it was begun in, where one was recorded. */
  readonly run?: RunMark | undefined;
}

/** What a session knows of the run of its browser. */
export interface RunMark {
  /** SHA-256 of the credential that this run of the browser holds in memory, 32 bytes. */
  readonly hash: Uint8Array;
  /** Whether the browser has sent it of its own accord. Until then nothing follows from its absence. */
  readonly proven: boolean;
}

export interface MarkWrite {
  readonly sessionId: string;
  readonly secretHash: Uint8Array;
  readonly now: number;
  readonly runHash: Uint8Array;
}

export interface ProveWrite extends MarkWrite {
  /** The session's own, as it was read: it never changes. */
  readonly markedIdleTimeoutMs: number | undefined;
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
   * Left out where a deadline is not the reason: it is then ended only if it is live at `now`.
   */
  readonly expected?: Pick<Session, 'idleExpiresAt' | 'absoluteExpiresAt' | 'closesAt'> | undefined;
}

export type EndWriteResult =
  | { readonly outcome: 'ended' | 'already-ended' | 'changed' | 'over'; readonly session: Session }
  | { readonly outcome: 'unknown' };

export interface OpenWrite {
  readonly sessionId: string;
  readonly secretHash: Uint8Array;
  readonly now: number;
}

export interface CloseWrite extends OpenWrite {
  /** How long a live page has to object, ms. */
  readonly leaseMs: number;
}

export type LeaseWriteResult =
  | { readonly outcome: 'written' | 'unchanged' | 'over' | 'ended'; readonly session: Session }
  | { readonly outcome: 'unknown' };

export interface DueRequest {
  readonly shard: number;
  /** Epoch ms, inclusive. */
  readonly until: number;
  /** Page size, 1 or more. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: DueEntry | undefined;
}

export interface DueEntry {
  readonly sessionId: string;
  /** A time at which the session may be over, epoch ms: at or before its deadline. */
  readonly dueAt: number;
}

export interface DuePage {
  readonly entries: readonly DueEntry[];
  /** Undefined: this was the last page. */
  readonly next: DueEntry | undefined;
}

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
  /** Whether the user was asked to authenticate anew: the provider's `auth_time` is held to it. */
  readonly reauthenticate: boolean;
  /** The session that this browser had, its secret verified: superseded when the sign-in succeeds. */
  readonly previousSessionId?: string | undefined;
}

export interface SignInStore {
  put(signIn: SignIn): Promise<void>;
  /** Reads and deletes in one step: a state is used once. Undefined: never begun here, or used already. */
  take(state: string): Promise<SignIn | undefined>;
}
