import type { BrowserClose, Policy } from './policy.ts';

/**
 * The life of a session, as pure functions of the session and of `now`.
 *
 *     createdAt     lastActivityAt   activeUntil            idleExpiresAt         absoluteExpiresAt
 *     ────┼───────────────┼──────────────┼───────────────────────┼────────────────────────┼────▶ time
 *                         │◀─ slack ────▶│◀──── idleTimeoutMs ───▶│
 *
 * The slack is 0 after a pulse and `touchIntervalMs` after a guarded request. All `…At` are epoch ms.
 */

/** Why a session ended. Told to the user who holds its cookie, and announced with `Session Ended`. */
export const END_REASONS = ['idle', 'absolute', 'closed', 'signed-out', 'revoked', 'superseded'] as const;
export type EndReason = (typeof END_REASONS)[number];

/** The reasons that come by themselves when a deadline passes. */
export type ExpiryReason = Extract<EndReason, 'idle' | 'absolute' | 'closed'>;

/** Under this much gain an extension is not worth offering. */
const MIN_WORTHWHILE_EXTENSION_MS = 20_000;

export interface User {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

/** As shown in a user's list of devices. */
export interface Device {
  readonly userAgent?: string | undefined;
  readonly address?: string | undefined;
}

/** A signed-in browser: the domain value. Its row in the store is a SessionItem. */
export interface Session {
  /** 22 characters, base64url, 128 random bits. Public: may be logged. */
  readonly sessionId: string;
  /** Who owns it: the identity provider's `sub`. */
  readonly subject: string;
  readonly user: User;
  /** The provider's own session id (`sid`), by which it can ask us to end ours. */
  readonly providerSid?: string | undefined;
  readonly device: Device;
  /** Name of the {@link Policy} at sign-in. */
  readonly policy: string;
  readonly browserClose: BrowserClose;
  readonly createdAt: number;
  readonly lastActivityAt: number;
  /** The user counts as active until here; never before lastActivityAt. */
  readonly activeUntil: number;
  /** activeUntil + idleTimeoutMs, not capped by the absolute limit. */
  readonly idleExpiresAt: number;
  readonly absoluteExpiresAt: number;
  /** A close lease is running: unless a live page lifts it, the session ends here. */
  readonly closesAt: number | null;
  readonly idleTimeoutMs: number;
  /** What idleTimeoutMs becomes once the session is bound to a run of its browser. Only where that is longer. */
  readonly markedIdleTimeoutMs?: number | undefined;
  readonly absoluteTimeoutMs: number;
  readonly touchIntervalMs: number;
  readonly warnBeforeMs: number;
  readonly state: 'active' | 'ended';
  readonly endReason?: EndReason | undefined;
  readonly endedAt?: number | undefined;
}

/** What a session is at a given `now`. */
export type Verdict =
  | { readonly state: 'live' }
  /** Past a deadline, but nobody has ended it yet. */
  | { readonly state: 'over'; readonly reason: ExpiryReason; readonly deadlineAt: number }
  | { readonly state: 'ended'; readonly reason: EndReason; readonly endedAt: number };

/** What an activity did to a session. */
export type Touch =
  | { readonly outcome: 'touched'; readonly session: Session }
  /** Live, but the activity is older than what is known: nothing changes. */
  | { readonly outcome: 'unchanged'; readonly session: Session }
  /** Over or ended: an activity changes nothing any more. */
  | { readonly outcome: 'refused'; readonly verdict: Exclude<Verdict, { state: 'live' }> };

export interface NewSession {
  readonly sessionId: string;
  readonly subject: string;
  readonly user?: User;
  readonly providerSid?: string | undefined;
  readonly device?: Device;
  readonly policy: Policy;
  readonly now: number;
}

/** A session as it is right after sign-in: active at `now`. */
export function createSession(input: NewSession): Session {
  const { sessionId, subject, user = {}, providerSid, device = {}, policy, now } = input;
  const { unmarkedIdleTimeoutMs: idleTimeoutMs = policy.idleTimeoutMs } = policy;
  return {
    sessionId,
    subject,
    user,
    providerSid,
    device,
    policy: policy.name,
    browserClose: policy.browserClose,
    createdAt: now,
    lastActivityAt: now,
    activeUntil: now,
    idleExpiresAt: now + idleTimeoutMs,
    absoluteExpiresAt: now + policy.absoluteTimeoutMs,
    closesAt: null,
    idleTimeoutMs,
    ...(idleTimeoutMs < policy.idleTimeoutMs && { markedIdleTimeoutMs: policy.idleTimeoutMs }),
    absoluteTimeoutMs: policy.absoluteTimeoutMs,
    touchIntervalMs: policy.touchIntervalMs,
    warnBeforeMs: policy.warnBeforeMs,
    state: 'active',
  };
}

/** When the session ends unless something happens: the earlier of its two limits. Epoch ms. */
export function expiresAt(session: Pick<Session, 'idleExpiresAt' | 'absoluteExpiresAt'>): number {
  return Math.min(session.idleExpiresAt, session.absoluteExpiresAt);
}

/** The next deadline and what passing it means. The close lease wins only if it is strictly first. */
export function deadline(session: Session): { at: number; reason: ExpiryReason } {
  const at = expiresAt(session);
  if (session.closesAt !== null && session.closesAt < at) return { at: session.closesAt, reason: 'closed' };
  return { at, reason: session.absoluteExpiresAt <= session.idleExpiresAt ? 'absolute' : 'idle' };
}

/** Judges a session: live strictly before its deadline, over from that very millisecond on. */
export function verdict(session: Session, now: number): Verdict {
  if (session.state === 'ended') {
    return { state: 'ended', reason: session.endReason!, endedAt: session.endedAt! };
  }
  const { at, reason } = deadline(session);
  return now < at ? { state: 'live' } : { state: 'over', reason, deadlineAt: at };
}

/**
 * When the user was last active, by what a request says of it: between 0 and `now`, whatever it says.
 * An age that is no number at all is no activity: it is placed at 0, before every session.
 *
 * @param idleForMs how long ago, ms; a negative age counts as now, a fraction as the older millisecond
 */
export function activityAt(now: number, idleForMs: unknown): number {
  if (typeof idleForMs !== 'number' || Number.isNaN(idleForMs)) return 0;
  return Math.max(0, Math.min(now, Math.floor(now - idleForMs)));
}

/**
 * Slides the session by an activity at `activityAt`, which was at or before `now`.
 *
 * Never backward, never once ended or over. A touch also lifts a close lease: somebody is there.
 *
 * @param slackMs how much longer than the activity itself the user counts as active: 0 for a pulse,
 *   touchIntervalMs for a guarded request, so that the next ones within it need no write
 */
export function touch(session: Session, at: { now: number; activityAt: number; slackMs: number }): Touch {
  const judged = verdict(session, at.now);
  if (judged.state !== 'live') return { outcome: 'refused', verdict: judged };
  if (session.activeUntil > at.activityAt) return { outcome: 'unchanged', session };
  const activeUntil = at.activityAt + at.slackMs;
  return {
    outcome: 'touched',
    session: {
      ...session,
      lastActivityAt: at.activityAt,
      activeUntil,
      idleExpiresAt: activeUntil + session.idleTimeoutMs,
      closesAt: null,
    },
  };
}

/**
 * Whether a guarded request with an activity at `activityAt` is worth a write: not while an earlier write
 * still covers it, and not once only the absolute limit counts.
 */
export function guardNeedsTouch(session: Session, activityAt: number): boolean {
  return session.activeUntil <= activityAt && session.idleExpiresAt < session.absoluteExpiresAt;
}

/**
 * The one transition. An ended session stays as it ended: first come, first told. One that is closed at once,
 * with no lease running, had its deadline now.
 */
export function end(session: Session, reason: EndReason, now: number): Session {
  if (session.state === 'ended') return session;
  const closesAt = reason === 'closed' ? (session.closesAt ?? now) : session.closesAt;
  return { ...session, closesAt, state: 'ended', endReason: reason, endedAt: now };
}

/** The session once it is bound to a run of its browser: no longer held to the idle timeout of those that are not. */
export function markRun(session: Session): Session {
  const { markedIdleTimeoutMs: idleTimeoutMs, activeUntil } = session;
  if (idleTimeoutMs === undefined) return session;
  return { ...session, idleTimeoutMs, idleExpiresAt: activeUntil + idleTimeoutMs };
}

/** Starts the close lease. Undefined: the session ends before the lease would, so there is none to start. */
export function startClosing(session: Session, now: number, leaseMs: number): Session | undefined {
  const closesAt = now + leaseMs;
  return closesAt < expiresAt(session) ? { ...session, closesAt } : undefined;
}

/** Whether extending gains the user something: not when the absolute limit is (nearly) all that is left. */
export function isExtendable(session: Session): boolean {
  const gain = session.absoluteExpiresAt - session.idleExpiresAt;
  return gain >= Math.min(MIN_WORTHWHILE_EXTENSION_MS, session.warnBeforeMs);
}
