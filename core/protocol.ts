import * as z from 'zod/mini';
import {
  END_REASONS,
  ENDED_BY_TYPES,
  type EndedByType,
  type EndReason as KnownReason,
  MAX_ENDED_BY_ID,
  type OrNewer,
} from './contract.ts';
import { PROBLEMS } from './errors.ts';
import { expiresAt, isExtendable, type Session, type EndedBy as StoredEndedBy } from './lifecycle.ts';
import { IN_WINDOW } from './sign-in.ts';

/**
 * Everything that goes over the wire. The OpenAPI document is generated from these schemas; the browser
 * takes their types only.
 */

/** 22 characters of base64url: 128 random bits. Public, may be logged. */
export const SessionId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{22}$/, 'must be 22 characters of base64url'));

const EpochMs = z.int().check(z.nonnegative());
const DurationMs = z.int().check(z.nonnegative());
const text = (max: number) => z.string().check(z.maxLength(max));

export const SessionStatus = z.object({
  sessionId: SessionId,
  subject: z.string(),
  user: z.object({ name: z.optional(z.string()), email: z.optional(z.string()) }),
  serverTime: EpochMs,
  createdAt: EpochMs,
  lastActivityAt: EpochMs,
  idleExpiresAt: EpochMs,
  absoluteExpiresAt: EpochMs,
  expiresAt: EpochMs,
  remainingMs: DurationMs,
  warnBeforeMs: DurationMs,
  absoluteWarnBeforeMs: DurationMs,
  idleTimeoutMs: DurationMs,
  absoluteTimeoutMs: DurationMs,
  extendable: z.boolean(),
  closesAt: z.nullable(EpochMs),
});
/** The session as a live page sees it. Times are epoch ms on the server's clock, durations ms. Nothing in it is secret. */
export type SessionStatus = z.infer<typeof SessionStatus>;

/** The session as a live page sees it. Nothing in it is secret. */
export function sessionStatus(session: Session, now: number): SessionStatus {
  const { name, email } = session.user;
  return {
    sessionId: session.sessionId,
    subject: session.subject,
    user: { ...(name !== undefined && { name }), ...(email !== undefined && { email }) },
    serverTime: now,
    createdAt: session.createdAt,
    lastActivityAt: session.lastActivityAt,
    idleExpiresAt: session.idleExpiresAt,
    absoluteExpiresAt: session.absoluteExpiresAt,
    expiresAt: expiresAt(session),
    remainingMs: Math.max(0, expiresAt(session) - now),
    warnBeforeMs: session.warnBeforeMs,
    absoluteWarnBeforeMs: session.absoluteWarnBeforeMs,
    idleTimeoutMs: session.idleTimeoutMs,
    absoluteTimeoutMs: session.absoluteTimeoutMs,
    extendable: isExtendable(session),
    closesAt: session.closesAt,
  };
}

/** When the page sent it, by the device's own clock: compared only with other times of the same session. */
const DeviceTime = z.optional(EpochMs);

/** `POST /api/session/touch`. `idleForMs` is the age of the activity, ms. @default 0 */
export const TouchRequest = z.object({
  sessionId: SessionId,
  idleForMs: z._default(DurationMs, 0),
  at: DeviceTime,
});
export type TouchRequest = z.infer<typeof TouchRequest>;

/** `POST /api/session/sign-out`. */
export const SessionRequest = z.object({ sessionId: SessionId });
export type SessionRequest = z.infer<typeof SessionRequest>;

/** `POST /api/session/close`, `/open`. */
export const PageRequest = z.object({ sessionId: SessionId, at: DeviceTime });
export type PageRequest = z.infer<typeof PageRequest>;

/** 1 to 64 characters of base64url: names a version of the secret that draft keys derive from. */
const KeyId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of base64url'));

/** `POST /api/session/draft-key`. `keyId`: an older key, that a draft still on the device was sealed with. */
export const DraftKeyRequest = z.object({ sessionId: SessionId, keyId: z.optional(KeyId) });
export type DraftKeyRequest = z.infer<typeof DraftKeyRequest>;

/** The user's own key for drafts: 32 bytes in base64url. To be held in memory only. */
export const DraftKey = z.object({
  keyId: KeyId,
  key: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url')),
});
export type DraftKey = z.infer<typeof DraftKey>;

export const SignOutResponse = z.object({ signOutUrl: z.optional(z.string()) });
export type SignOutResponse = z.infer<typeof SignOutResponse>;

/** `GET /api/run/check`, `/api/mark`: is this the run of the browser that the session began in? `unmarked`: it is not bound to one. */
export const RunCheck = z.object({
  run: z.enum(['same', 'other', 'unmarked']),
  /** To a `probe` of the same run: the mark that its browser shows, for the page to set again if the browser forgets it. */
  mark: z.optional(z.string()),
});
export type RunCheck = z.infer<typeof RunCheck>;

/**
 * Query of `GET /api/run/check`: how the page was loaded. `probe` asks without consequences; `set` asks right after the
 * mark was set. @default 'navigate'
 */
export const RunCheckQuery = z.object({
  load: z.optional(z.enum(['navigate', 'reload', 'back_forward', 'probe', 'set'])),
  /** Asks for a pass, for the next page that a handler renders: `mark`, or empty from a guard of the last release. */
  pass: z.optional(z.string()),
});

export const RevokeRequest = z.object({
  sessionId: SessionId,
  target: z.union([SessionId, z.literal('others'), z.literal('all')]),
});
export type RevokeRequest = z.infer<typeof RevokeRequest>;

/** `remaining`: at least as many are left, and the same request ends them. */
export const RevokeResponse = z.object({
  revoked: z.int().check(z.nonnegative()),
  remaining: z.int().check(z.nonnegative()),
});
export type RevokeResponse = z.infer<typeof RevokeResponse>;

export const SessionList = z.object({
  sessions: z.array(
    z.object({
      sessionId: SessionId,
      current: z.boolean(),
      createdAt: EpochMs,
      lastActivityAt: EpochMs,
      expiresAt: EpochMs,
      device: z.object({ userAgent: z.optional(z.string()), address: z.optional(z.string()) }),
    }),
  ),
  /** Where there is more: asks for the next page. Opaque. */
  nextCursor: z.optional(z.string()),
});
/** The live sessions of a user, newest first. */
export type SessionList = z.infer<typeof SessionList>;

/** Query of `GET /api/sessions`. */
export const SessionListQuery = z.object({ cursor: z.optional(text(256)) });

/** Query of `GET /api/auth/sign-in`. Nothing in it is an error. */
export const SignInQuery = z.object({
  /** A value that is not a path on this site becomes `/`. */
  returnTo: z.optional(z.string()),
  /** `popup`: in a small window, whose last page tells the tabs of the site and closes it; then `returnTo` is of no use. */
  display: z.optional(z.enum(['page', IN_WINDOW])),
});
/** Query of `GET /api/auth/callback`: either a code or the provider's error, RFC 6749 §4.1.2. */
export const CallbackQuery = z.object({
  /** A sign-in, sealed: some 300 characters, and four for each three of its `returnTo`. */
  state: z.optional(text(4096)),
  code: z.optional(text(4096)),
  error: z.optional(text(128)),
  iss: z.optional(text(2048)),
});

export const EndReason = z.enum(END_REASONS);

/** A reason as it goes over the wire. One that a newer release stored is passed on as it is: that release's pages know it. */
export function wireReason(reason: OrNewer<KnownReason>): KnownReason {
  // The schemas describe what this release writes; a page shows its general text for a reason that it doesn't know.
  return reason as KnownReason;
}

/** Who ended a session: its owner, an administrator (with the name that they gave), or a rule of the service. */
export const EndedBy = z.object({ type: z.enum(ENDED_BY_TYPES), id: z.optional(text(MAX_ENDED_BY_ID)) });
export type EndedBy = z.infer<typeof EndedBy>;

/** Who ended a session, as it goes over the wire. */
export function wireEndedBy({ type, id }: StoredEndedBy): EndedBy {
  // A type that a newer release stored is passed on, as a reason is.
  return { type: type as EndedByType, ...(id !== undefined && { id }) };
}

// Object.keys loses the keys' type, and z.enum wants at least one.
export const ErrorCode = z.enum(Object.keys(PROBLEMS) as [keyof typeof PROBLEMS]);

/** RFC 9457. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: ErrorCode,
  detail: z.optional(z.string()),
  reason: z.optional(EndReason),
  endedAt: z.optional(EpochMs),
});
export type Problem = z.infer<typeof Problem>;

/** Detail of `Session Started`. */
export const SessionStarted = z.object({
  eventId: z.string(),
  sessionId: SessionId,
  subject: z.string(),
  createdAt: EpochMs,
  policy: z.string(),
  /** Which of the services in an account it is of. */
  service: z.string(),
});
export type SessionStarted = z.infer<typeof SessionStarted>;

/** Detail of `Session Ended`. `deadlineAt` and `latenessMs` are null unless a deadline ended it. */
export const SessionEnded = z.object({
  eventId: z.string(),
  sessionId: SessionId,
  subject: z.string(),
  reason: EndReason,
  createdAt: EpochMs,
  lastActivityAt: EpochMs,
  endedAt: EpochMs,
  deadlineAt: z.nullable(EpochMs),
  latenessMs: z.nullable(z.int()),
  endedBy: EndedBy,
  /** Which of the services in an account it is of. */
  service: z.string(),
});
export type SessionEnded = z.infer<typeof SessionEnded>;
