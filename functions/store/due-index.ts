import type { Session } from '../../core/lifecycle.ts';

/**
 * Active sessions in the order in which they may expire, in shards. Every active session is in exactly one shard, and no
 * ended one is in any. The methods throw `ERR_STORE_UNAVAILABLE` as the other ports do.
 */
export interface DueIndex {
  /** Removes what its retention is over for, at each sweep, where nothing else does: in a table, TTL does. */
  readonly removeOld?: ((now: number) => void) | undefined;

  /**
   * Sessions of a shard that may have expired at `until` (dueAt ≤ until), earliest first, a page at a time.
   * Eventually consistent.
   */
  due(request: DueRequest): Promise<DuePage>;

  /**
   * How many active sessions a shard holds, a page at a time: as many as one request reads (1 MB of the index, some ten
   * thousand). Eventually consistent.
   */
  countDue(shard: number, after?: DueEntry): Promise<DueCount>;

  /**
   * Moves a session that lived on to its next deadline, provided that it is active and still due at
   * `seenDueAt`. False: it is not; another caller has seen to it.
   */
  rearm(sessionId: string, seenDueAt: number, newDueAt: number): Promise<boolean>;

  /**
   * Writes the narrower limits of a session, and makes it due earlier than before, provided that it is active, has the
   * deadlines that were `seen`, and is due as it was seen. False: it has changed meanwhile, or ended.
   */
  tighten(write: TightenWrite): Promise<boolean>;

  /** How many shards there are: the largest number ever configured, since rows stay in the shard they began in. */
  dueShards(): Promise<number>;
}

export interface TightenWrite {
  /** The session as it was read. */
  readonly seen: Session;
  /** When it was due, epoch ms. */
  readonly seenDueAt: number;
  /** What the core makes of it. */
  readonly tightened: Session;
}

export interface DueCount {
  readonly count: number;
  /** Undefined: this was the last page. */
  readonly next: DueEntry | undefined;
}

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
  /** A time at which the session may have expired, epoch ms: at or before its deadline. */
  readonly dueAt: number;
}

export interface DuePage {
  readonly entries: readonly DueEntry[];
  /** Undefined: this was the last page. */
  readonly next: DueEntry | undefined;
}
