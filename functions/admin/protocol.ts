import * as z from 'zod/mini';
import { MAX_ENDED_BY_ID } from '../../core/contract.ts';
import { ErrorCode, SessionId } from '../../core/protocol.ts';
import { isSubject } from '../sessions/subject.ts';

/** Where a long revocation continues. Nothing in it is secret. */
export const Cursor = z.object({
  shard: z.int().check(z.nonnegative()),
  after: z.optional(z.object({ sessionId: SessionId, dueAt: z.int() })),
});
export type Cursor = z.infer<typeof Cursor>;

/** Who asks, as they say: an ARN or a name. It goes into rows, events and the log. */
const Actor = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(MAX_ENDED_BY_ID),
    z.regex(/^[\p{L}\p{N}\p{P}\p{S} ]*$/u, 'must be printable characters'),
  );

/** What every request has: looked at first, so that an error names it. */
export const Signed = z.object({ actor: Actor });

const Subject = z.string().check(z.refine(isSubject, 'can’t be the id of a user'));

/** Where a page of a user's sessions ended. */
export const ListCursor = z.object({ sessionId: SessionId, createdAt: z.int() });

export const ListRequest = z.strictObject({
  action: z.literal('list'),
  actor: Actor,
  subject: Subject,
  /** The `next` of the answer before. */
  cursor: z.optional(ListCursor),
});
export type ListRequest = z.infer<typeof ListRequest>;

const Walk = {
  /** The `next` of the answer before. */
  cursor: z.optional(Cursor),
  /** Sessions examined before answering, 1 … 10 000; fewer where the time is over. @default 500 */
  limit: z.optional(z.int().check(z.gte(1), z.lte(10_000))),
};

/** ms, 1 minute to 366 days: a limit by mistake in seconds would end every session. */
const LimitMs = z.optional(z.int().check(z.gte(60_000), z.lte(366 * 86_400_000)));

export const TightenRequest = z
  .strictObject({
    action: z.literal('tighten'),
    actor: Actor,
    idleTimeoutMs: LimitMs,
    absoluteTimeoutMs: LimitMs,
    ...Walk,
  })
  .check(
    z.refine(
      ({ idleTimeoutMs, absoluteTimeoutMs }) => (idleTimeoutMs ?? absoluteTimeoutMs) !== undefined,
      'must name idleTimeoutMs or absoluteTimeoutMs',
    ),
  );
export type TightenRequest = z.infer<typeof TightenRequest>;

/** What an administrator asks for. */
export const AdminRequest = z.union([
  ListRequest,
  z.strictObject({ action: z.literal('revoke'), actor: Actor, sessionId: SessionId }),
  z.strictObject({ action: z.literal('revoke'), actor: Actor, subject: Subject }),
  z.strictObject({
    action: z.literal('revoke'),
    actor: Actor,
    all: z.literal(true),
    ...Walk,
  }),
  TightenRequest,
  z.strictObject({ action: z.literal('erase'), actor: Actor, subject: Subject }),
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
  /** Who ended it: of type `subject`, `admin` or `system`, or one that a newer release knows. */
  endedBy: z.optional(z.object({ type: z.string(), id: z.optional(z.string()) })),
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

export const EraseAnswer = z.object({
  /** Rows of sessions that this request deleted. */
  erased: z.int(),
  /** Sessions among them that it ended. */
  revoked: z.int(),
  /** At least as many rows are left: the same request erases them. 0: none is. */
  remaining: z.int(),
});
export type EraseAnswer = z.infer<typeof EraseAnswer>;

export const TightenAnswer = z.object({
  /** Sessions that have narrower limits by this request. A repeat changes none of them. */
  tightened: z.int(),
  /** Sessions that changed meanwhile, or that the store failed on: the same request tightens them. 0: none. */
  remaining: z.int(),
  /** Sessions examined, including those whose limits were as narrow already. */
  examined: z.int(),
  /** The cursor of the next request; null: nothing is left. */
  next: z.nullable(Cursor),
  /** Progress: shards done, of how many. */
  shards: z.object({ done: z.int(), of: z.int() }),
});
export type TightenAnswer = z.infer<typeof TightenAnswer>;

export type AdminAnswer = ListAnswer | RevokeAnswer | EraseAnswer | TightenAnswer;

/** What the admin function returns: the answer, or the problem document of a request that it rejected. */
export const AdminReply = z.union([
  z.object({ problem: z.object({ code: ErrorCode, detail: z.optional(z.string()) }) }),
  ListAnswer,
  RevokeAnswer,
  EraseAnswer,
  TightenAnswer,
]);
export type AdminReply = z.infer<typeof AdminReply>;
