import type { MarkScope, OwnedWrite, StoredSession } from './stored-session.ts';

/**
 * The binding of a session to one run of its browser. Both methods answer with the row as it is then, whoever wrote
 * it; undefined: no such session, or the secret is wrong. They throw `ERR_STORE_UNAVAILABLE` as the other ports do.
 */
export interface BindingStore {
  /** Records the run of the browser that a live session began in, once: a binding that is there stays. */
  bind(write: BindWrite): Promise<StoredSession | undefined>;

  /**
   * The browser has shown the recorded mark by itself: the binding of a live session is confirmed, and the session
   * gets its boundIdleTimeoutMs. A repeat, and the hash of another run, change nothing.
   */
  confirmBinding(write: BindingWrite): Promise<StoredSession | undefined>;
}

export interface BindingWrite extends OwnedWrite {
  /** SHA-256 of the mark of the browser's run, 32 bytes. */
  readonly runHash: Uint8Array;
}

export interface BindWrite extends BindingWrite {
  /** The path under which the browser will show the mark. */
  readonly scope: MarkScope;
}
