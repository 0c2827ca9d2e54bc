import * as z from 'zod/mini';
import { ErrorCode, SessionId } from '../../core/protocol.ts';

/** Where a long revocation continues. Nothing in it is secret. */
export const Cursor = z.object({
  shard: z.int().check(z.nonnegative()),
  after: z.optional(z.object({ sessionId: SessionId, dueAt: z.int() })),
});
export type Cursor = z.infer<typeof Cursor>;

const Subject = z.string().check(z.minLength(1), z.maxLength(2_048));

/** Where a page of a user's sessions ended. */
export const ListCursor = z.object({ sessionId: SessionId, createdAt: z.int() });

export const ListRequest = z.strictObject({
  action: z.literal('list'),
  subject: Subject,
  /** The `next` of the answer before. */
  cursor: z.optional(ListCursor),
});
export type ListRequest = z.infer<typeof ListRequest>;

/** What an administrator asks for. */
export const AdminRequest = z.union([
  ListRequest,
  z.strictObject({ action: z.literal('revoke'), sessionId: SessionId }),
  z.strictObject({ action: z.literal('revoke'), subject: Subject }),
  z.strictObject({
    action: z.literal('revoke'),
    all: z.literal(true),
    /** The `next` of the answer before. */
    cursor: z.optional(Cursor),
    /** Sessions examined before answering, 1 … 10 000. @default 500 */
    limit: z.optional(z.int().check(z.gte(1), z.lte(10_000))),
  }),
]);
export type AdminRequest = z.infer<typeof AdminRequest>;

/** A session as an administrator sees it. Times are epoch ms. */
export const AdminSession = z.object({
  sessionId: SessionId,
  subject: z.string(),
  state: z.enum(['active', 'ended']),
  /** One of `END_REASONS`, or one that a newer release knows. */
  reason: z.optional(z.string()),
  endedAt: z.optional(z.int()),
  /** Past a deadline that nobody has written down yet: the next request or the next sweep ends it. */
  overdue: z.optional(z.object({ reason: z.string(), deadlineAt: z.int() })),
  createdAt: z.int(),
  lastActivityAt: z.int(),
  expiresAt: z.int(),
  device: z.object({ userAgent: z.optional(z.string()), address: z.optional(z.string()) }),
});
export type AdminSession = z.infer<typeof AdminSession>;

export const ListAnswer = z.object({
  sessions: z.array(AdminSession),
  /** Ids of rows that this release can't understand. */
  unreadable: z._default(z.array(SessionId), []),
  /** The cursor of the next request; null: nothing is left. */
  next: z._default(z.nullable(ListCursor), null),
});
export type ListAnswer = z.infer<typeof ListAnswer>;

export const RevokeAnswer = z.object({
  /** Sessions that this request ended. A repeat ends none. */
  revoked: z.int(),
  /** Sessions that the store failed to end: the same request ends them. 0: all are. */
  remaining: z._default(z.int(), 0),
  /** Sessions examined, including those that a deadline had ended. */
  examined: z.int(),
  /** The cursor of the next request; null: nothing is left. */
  next: z.nullable(Cursor),
  /** Progress: shards done, of how many. Null for a request that takes one answer. */
  shards: z.nullable(z.object({ done: z.int(), of: z.int() })),
});
export type RevokeAnswer = z.infer<typeof RevokeAnswer>;

export type AdminAnswer = ListAnswer | RevokeAnswer;

/** What the admin function returns: the answer, or the problem document of a request that it rejected. */
export const AdminReply = z.union([
  z.object({ problem: z.object({ code: ErrorCode, detail: z.optional(z.string()) }) }),
  ListAnswer,
  RevokeAnswer,
]);
export type AdminReply = z.infer<typeof AdminReply>;
