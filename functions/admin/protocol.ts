import * as z from 'zod/mini';
import { EndReason, SessionId } from '../../core/protocol.ts';

/** Where a long revocation goes on: nothing in it is secret. */
export const Cursor = z.object({
  shard: z.int().check(z.nonnegative()),
  after: z.optional(z.object({ sessionId: SessionId, dueAt: z.int() })),
});
export type Cursor = z.infer<typeof Cursor>;

const Subject = z.string().check(z.minLength(1), z.maxLength(2_048));

/** What an administrator asks for. */
export const AdminRequest = z.union([
  z.strictObject({ action: z.literal('list'), subject: Subject }),
  z.strictObject({ action: z.literal('revoke'), sessionId: SessionId }),
  z.strictObject({ action: z.literal('revoke'), subject: Subject }),
  z.strictObject({
    action: z.literal('revoke'),
    all: z.literal(true),
    /** The `next` of the answer before. */
    cursor: z.optional(Cursor),
    /** Sessions looked at before answering, 1 … 10 000. @default 500 */
    limit: z.optional(z.int().check(z.gte(1), z.lte(10_000))),
  }),
]);
export type AdminRequest = z.infer<typeof AdminRequest>;

/** A session as an administrator sees it. */
export const AdminSession = z.object({
  sessionId: SessionId,
  subject: z.string(),
  state: z.enum(['active', 'ended']),
  reason: z.optional(EndReason),
  endedAt: z.optional(z.int()),
  createdAt: z.int(),
  lastActivityAt: z.int(),
  expiresAt: z.int(),
  device: z.object({ userAgent: z.optional(z.string()), address: z.optional(z.string()) }),
});
export type AdminSession = z.infer<typeof AdminSession>;

export interface ListAnswer {
  readonly sessions: readonly AdminSession[];
}

export interface RevokeAnswer {
  /** Sessions that this request ended. A repeat ends none. */
  readonly revoked: number;
  /** Sessions looked at, those included that a deadline had ended. */
  readonly examined: number;
  /** Ask again with this cursor; null: that was all. */
  readonly next: Cursor | null;
  /** How far it came, for a progress bar: shards done, of how many. Null where there is nothing to wait for. */
  readonly shards: { readonly done: number; readonly of: number } | null;
}

export type AdminAnswer = ListAnswer | RevokeAnswer;
