import type { MARK_SCOPE, MARK_SCOPE_BEFORE, OrNewer } from '../../core/contract.ts';
import type { Session } from '../../core/lifecycle.ts';

/** A session as the store has it. */
export interface StoredSession {
  readonly session: Session;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
  /** The run of the browser that the session is bound to, where one was recorded. */
  readonly binding?: Binding | undefined;
}

/** What a session knows of the run of its browser. */
export interface Binding {
  /** SHA-256 of the mark that this run of the browser holds in memory, 32 bytes. */
  readonly runHash: Uint8Array;
  /** Whether the browser has shown the mark by itself. Until then its absence means nothing. */
  readonly confirmed: boolean;
  /** The path under which the browser shows the mark. */
  readonly scope: MarkScope;
}

export type MarkScope = OrNewer<typeof MARK_SCOPE | typeof MARK_SCOPE_BEFORE>;

/** A write on behalf of the holder of the session's secret. */
export interface OwnedWrite {
  readonly sessionId: string;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
  /** The time by which the request is evaluated, epoch ms. */
  readonly now: number;
}

/**
 * What a caller knows who has just read the session, strongly consistent, and compared its secret if it acts for a browser.
 * The write relies on what never changes in a row (the secret, the owner, the absolute limit, the rules of the sign-in)
 * and names none of it, so that the role of a guarded handler needs no permission to write it.
 */
export interface SeenWrite {
  /** The session as it was read. */
  readonly seen?: Session | undefined;
}
