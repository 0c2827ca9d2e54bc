import type { DynamoDBRecord } from 'aws-lambda';
import type { EndReason } from '../../core/contract.ts';
import type { Session } from '../../core/lifecycle.ts';
import type { SessionEnded, SessionStarted } from '../../core/protocol.ts';

export type RequestKind =
  | 'sign-in'
  | 'status'
  | 'list'
  | 'touch'
  | 'guard'
  | 'background'
  | 'open'
  | 'close'
  | 'run-set'
  | 'run-check'
  | 'sign-out'
  | 'revoke'
  | 'stranger';

/** A request that somebody made, and what came of it. */
export interface Observation {
  readonly kind: RequestKind;
  /** The session whose cookie it carried; of a sign-in, the session that it brought, if it did. */
  readonly sessionId: string | undefined;
  readonly subject: string;
  /** Places in the order of all beginnings and ends: a request began after another was over if its `began` is larger. */
  readonly began: number;
  readonly ended: number;
  /** The time, and what the server takes for it, epoch ms. */
  readonly trueNow: number;
  readonly serverNow: number;
  /** Where the server is to place the activity, epoch ms, by its own clock. Undefined: the request is passive. */
  readonly activityAt?: number | undefined;
  /** When the page sent it, by the device's clock, epoch ms. */
  readonly at?: number | undefined;
  /** Of a revocation. */
  readonly target?: string | undefined;
  /** Of a sign-in: the session that the browser had. Of a check of the run: set where the run is another one. */
  readonly previous?: string | undefined;
  readonly otherRun?: boolean | undefined;
  /** The mark that the browser showed. */
  readonly run?: string | undefined;
  /** Of a sign-in: the place of its begin's end in that order. */
  readonly begunBy?: number | undefined;
  readonly status: number;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly endedAt?: number | undefined;
  readonly retryAfter?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a reply's body, looked into by checks
  readonly json?: any;
}

/** A row as it was written, in the order of the table's stream. */
export interface RowVersion {
  /** Undefined: the row was removed. */
  readonly session: Session | undefined;
  readonly dueAt: number | undefined;
  /** When the stream was read, epoch ms: the row was written in that round, or at most a minute before. */
  readonly readAt: number;
  readonly record: DynamoDBRecord;
}

export interface Announcement {
  readonly type: string;
  readonly detail: SessionStarted & SessionEnded;
}

/** A sweep that read every shard, with nothing beside it, and what it left: sessions past their deadline. */
export interface CompleteSweep {
  readonly now: number;
  readonly left: readonly string[];
}

/** Everything that was seen of one history. */
export interface History {
  readonly observations: readonly Observation[];
  /** By session. */
  readonly versions: ReadonlyMap<string, readonly RowVersion[]>;
  readonly announcements: readonly Announcement[];
  /** Messages of the failure queue. */
  readonly setAside: readonly object[];
  readonly sweeps: readonly CompleteSweep[];
  /** How far apart two clocks of the functions may be, ms. */
  readonly skewMs: number;
  /** Users may have this many sessions. Undefined: any number. */
  readonly maxSessions: number | undefined;
}

/** Reasons that somebody chose; a deadline is behind the others. */
export const CHOSEN: ReadonlySet<string> = new Set<EndReason>(['signed-out', 'revoked', 'superseded']);
