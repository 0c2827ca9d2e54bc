import type { EndReason } from '../../core/contract.ts';
import type { EndedBy, Session } from '../../core/lifecycle.ts';
import type { OwnedWrite, SeenWrite, StoredSession } from './stored-session.ts';

/**
 * Sessions by id and by subject. DynamoDB and the in-memory twin are held to one contract suite.
 *
 * Every method throws `ERR_STORE_UNAVAILABLE` when the store is throttled or out of reach: a failure of the store
 * is never an answer about a session.
 */
export interface SessionStore {
  /**
   * The same store for one request: what is under way when the signal aborts is given up, and is `ERR_STORE_UNAVAILABLE`.
   */
  within(signal: AbortSignal): this;

  /** Stores a new session. A repeat of the same write (a retry after a lost reply) succeeds. */
  create(session: Session, secretHash: Uint8Array): Promise<void>;

  /** Strongly consistent. Undefined: no such session. */
  read(sessionId: string): Promise<StoredSession | undefined>;

  /** Those of `sessionIds` that exist, in no particular order. Any number; strongly consistent. */
  readMany(sessionIds: readonly string[]): Promise<ReadSessions>;

  /**
   * A page of a user's sessions that still have a row, live or not, newest first. The caller evaluates them. A session
   * that began within the last moments may be missing; the state of those listed is current.
   */
  listBySubject(subject: string, page?: PageRequest): Promise<SubjectPage>;

  /**
   * Slides the session, in one conditional write: nothing moves backward, and nothing revives an expired session.
   * `unchanged`: live, but a newer activity is known, or it is no longer as it was `seen`. `unconfirmed`: live, and bound
   * to a run of the browser whose mark is not shown (see `lacksMark`); a session that was seen has been checked for that.
   * `expired`: past a deadline, not ended yet. `unknown`: no such session, or the secret is wrong.
   */
  touch(write: TouchWrite): Promise<TouchResult>;

  /**
   * The one transition to `ended`; the first caller wins. `already-ended`: another caller ended it, and the session
   * says why. `changed`: its deadlines are no longer those that were `seen` (the session lived on). `expired`: nothing was
   * seen, and a deadline had passed: the session must end for that reason, and it says which.
   */
  end(write: EndWrite): Promise<EndResult>;

  /**
   * Starts the close grace of a live session: unless a live page cancels it, the session ends at `now + graceMs`,
   * and is due for the sweep then. `unchanged`: the session's own deadline comes first, so
   * there is nothing to bring forward, or a page has shown itself since.
   */
  startCloseGrace(write: StartCloseGraceWrite): Promise<CloseGraceResult>;

  /**
   * A page shows itself: cancels a close grace that is still running, unless it is newer, and remembers the page's time.
   * Never extends. `unchanged`: live, and there was nothing to cancel or remember.
   */
  cancelCloseGrace(write: CancelCloseGraceWrite): Promise<CloseGraceResult>;
}

/** What was read of several rows. A row that makes no sense harms only itself. */
export interface ReadSessions {
  readonly sessions: readonly Session[];
  readonly unreadable: readonly UnreadableRow[];
}

/** A row that this release can't understand: damaged, or written by hand. */
export interface UnreadableRow {
  readonly sessionId: string;
  /** `ERR_INTERNAL`, naming the attribute. */
  readonly cause: unknown;
}

export interface PageRequest {
  /** 1 … 100. @default 100 */
  readonly limit?: number | undefined;
  /** The `next` of the page before. */
  readonly after?: SubjectEntry | undefined;
}

export interface SubjectPage extends ReadSessions {
  /** Undefined: this was the last page. */
  readonly next: SubjectEntry | undefined;
}

/** Where a page of a user's sessions ended. */
export interface SubjectEntry {
  readonly sessionId: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Options that every store has. */
export interface StoreOptions {
  /** How long an ended session can still say why it ended, ms. */
  readonly retentionMs: number;
  /** Shards that new sessions are spread over, a positive integer. */
  readonly dueShards: number;
}

/** A write that a page asks for. */
export interface PageWrite extends OwnedWrite {
  /** When the page asked, by the device's clock, epoch ms. Undefined: a page that doesn't say. */
  readonly at?: number | undefined;
}

/** With `seen`, the session is touched only if its activity and its idle deadline are still as they were seen. */
export interface TouchWrite extends PageWrite, SeenWrite {
  /** Epoch ms, at or before `now`. */
  readonly activityAt: number;
  /** SHA-256 of the mark that the request shows, 32 bytes. */
  readonly runHash?: Uint8Array | undefined;
  /** Epoch ms: activityAt, plus the touch interval for a guarded request. */
  readonly activeUntil: number;
}

export type TouchResult =
  | { readonly outcome: 'touched' | 'unchanged' | 'expired' | 'ended'; readonly session: Session }
  | { readonly outcome: 'unconfirmed' }
  | { readonly outcome: 'unknown' };

/**
 * With `seen`, the session is ended only if its deadlines are still as they were seen, so that a session that lived on is
 * left alone. Without it, a deadline is not the reason: the session is then ended only if it is live at `now`.
 */
export interface EndWrite extends SeenWrite {
  readonly sessionId: string;
  readonly reason: EndReason;
  /** Epoch ms, becomes endedAt. */
  readonly now: number;
  /** @default who usually ends sessions for this reason: see `usuallyEndedBy` of the core */
  readonly endedBy?: EndedBy | undefined;
  /** Ends the session only for the holder of the secret. Left out by the sweep and by administrators. */
  readonly secretHash?: Uint8Array | undefined;
}

export type EndResult =
  | { readonly outcome: 'ended' | 'already-ended' | 'changed' | 'expired'; readonly session: Session }
  | { readonly outcome: 'unknown' };

export interface StartCloseGraceWrite extends PageWrite {
  /** How long a live page has to object, ms. */
  readonly graceMs: number;
}

export interface CancelCloseGraceWrite extends PageWrite, SeenWrite {}

export type CloseGraceResult =
  | { readonly outcome: 'written' | 'unchanged' | 'expired' | 'ended'; readonly session: Session }
  | { readonly outcome: 'unknown' };
