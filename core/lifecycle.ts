import type { BrowserClose, EndedByType, EndReason, OrNewer } from './contract.ts';
import type { Policy } from './policy.ts';

/**
 * The life of a session, as pure functions of the session and of `now`.
 *
 *     createdAt     lastActivityAt   activeUntil            idleExpiresAt         absoluteExpiresAt
 *     ────┼───────────────┼──────────────┼───────────────────────┼────────────────────────┼────▶ time
 *                         │◀─ slack ────▶│◀──── idleTimeoutMs ───▶│
 *
 * The slack is 0 after a pulse and `touchIntervalMs` after a guarded request. All `…At` are epoch ms.
 */

/** The reasons of an expiry: a deadline has passed, and nobody chose to end the session. */
export type ExpiryReason = Extract<EndReason, 'idle' | 'absolute' | 'closed'>;

/** No request arrives this late, ms: a sign that is older still comes from a device whose clock was set back. */
export const CLOCK_SET_BACK_MS = 600_000;

/** An extension that gains less than this is not worth offering. */
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

/** What a session has in either state. */
interface SessionDetails {
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
  readonly browserClose: OrNewer<BrowserClose>;
  readonly createdAt: number;
  readonly lastActivityAt: number;
  /** The user counts as active until here; never before lastActivityAt. */
  readonly activeUntil: number;
  /** activeUntil + idleTimeoutMs, not capped by the absolute limit. */
  readonly idleExpiresAt: number;
  readonly absoluteExpiresAt: number;
  /** A close grace is running: unless a live page cancels it, the session ends here. */
  readonly closesAt: number | null;
  /**
   * The newest sign of a page by the device's own clock, epoch ms. Null: no page has given one. Compared only with other
   * times of the same device.
   */
  readonly presentAt: number | null;
  readonly idleTimeoutMs: number;
  /** What idleTimeoutMs becomes once the binding to a run of the browser is confirmed. Only where that is longer. */
  readonly boundIdleTimeoutMs?: number | undefined;
  readonly absoluteTimeoutMs: number;
  readonly touchIntervalMs: number;
  readonly warnBeforeMs: number;
  readonly absoluteWarnBeforeMs: number;
}

/** Nobody has ended it yet: it is live, or has expired. */
export interface ActiveState {
  readonly state: 'active';
}

export interface EndedState {
  readonly state: 'ended';
  /** A release that knows more reasons may have ended it. */
  readonly endReason: OrNewer<EndReason>;
  /** Epoch ms. */
  readonly endedAt: number;
  /** Undefined: a release ended it that did not record that. */
  readonly endedBy?: EndedBy | undefined;
}

/** Who ended a session. */
export interface EndedBy {
  /** `subject`: its owner. `admin`: an administrator. `system`: a deadline, or the limit of sessions. */
  readonly type: OrNewer<EndedByType>;
  /** Which administrator, as they gave it: an ARN or a name, at most 128 characters. */
  readonly id?: string | undefined;
}

/** What the service ends by its own rules. */
export const BY_SYSTEM: EndedBy = { type: 'system' };

export type SessionState = ActiveState | EndedState;

/** A signed-in browser: the domain value. Its row in the store is a SessionItem. */
export type Session = SessionDetails & SessionState;

/** What a session is at a given `now`. */
export type Evaluation =
  | { readonly state: 'live'; readonly session: Session & ActiveState }
  /** Past a deadline, but nobody has ended it yet. */
  | { readonly state: 'expired'; readonly reason: ExpiryReason; readonly deadlineAt: number }
  | { readonly state: 'ended'; readonly reason: OrNewer<EndReason>; readonly endedAt: number };

/** What an activity did to a session. */
export type Touch =
  | { readonly outcome: 'touched'; readonly session: Session }
  /** Live, but the activity is older than what is known: nothing changes. */
  | { readonly outcome: 'unchanged'; readonly session: Session }
  /** Expired or ended: an activity no longer changes anything. */
  | { readonly outcome: 'rejected'; readonly evaluation: Exclude<Evaluation, { state: 'live' }> };

/** An activity of the user, as a request reports it. Epoch ms. */
export interface Activity {
  /** The time by which the request is evaluated. */
  readonly now: number;
  /** At or before `now`. */
  readonly activityAt: number;
  /** ms that the user counts as active beyond the activity itself. */
  readonly slackMs: number;
  /** When the page sent it, by the device's clock. */
  readonly at?: number | undefined;
}

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
export function createSession(input: NewSession): Session & ActiveState {
  const { sessionId, subject, user = {}, providerSid, device = {}, policy, now } = input;
  const { unboundIdleTimeoutMs: idleTimeoutMs = policy.idleTimeoutMs } = policy;
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
    presentAt: null,
    idleTimeoutMs,
    ...(idleTimeoutMs < policy.idleTimeoutMs && { boundIdleTimeoutMs: policy.idleTimeoutMs }),
    absoluteTimeoutMs: policy.absoluteTimeoutMs,
    touchIntervalMs: policy.touchIntervalMs,
    warnBeforeMs: policy.warnBeforeMs,
    absoluteWarnBeforeMs: policy.absoluteWarnBeforeMs,
    state: 'active',
  };
}

/** When the session ends unless something happens: the earlier of its two limits. Epoch ms. */
export function expiresAt(session: Pick<Session, 'idleExpiresAt' | 'absoluteExpiresAt'>): number {
  return Math.min(session.idleExpiresAt, session.absoluteExpiresAt);
}

/** The next deadline and what passing it means. The close grace wins only if it is strictly first. */
export function deadline(session: SessionDetails): { at: number; reason: ExpiryReason } {
  const at = expiresAt(session);
  if (session.closesAt !== null && session.closesAt < at) return { at: session.closesAt, reason: 'closed' };
  return { at, reason: session.absoluteExpiresAt <= session.idleExpiresAt ? 'absolute' : 'idle' };
}

/** What a session is at `now`: live strictly before its deadline, expired from that very millisecond on. */
export function evaluate(session: Session, now: number): Evaluation {
  if (session.state === 'ended') {
    return { state: 'ended', reason: session.endReason, endedAt: session.endedAt };
  }
  const { at, reason } = deadline(session);
  return now < at ? { state: 'live', session } : { state: 'expired', reason, deadlineAt: at };
}

/**
 * When the user was last active, by the age that a request gives: always between 0 and `now`.
 * An age that is not a number is no activity: it is placed at 0, before every session.
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
 * The session never slides backward, and never once it has expired or ended. A touch also cancels a close grace, since it
 * shows that a page is live, unless the page has gone since: see {@link isNewestSign}.
 *
 * @param slackMs how much longer than the activity itself the user counts as active: 0 for a pulse,
 *   touchIntervalMs for a guarded request, so that the next ones within it need no write
 */
export function touch(session: Session, activity: Activity): Touch {
  const { now, activityAt, slackMs, at } = activity;
  const evaluation = evaluate(session, now);
  if (evaluation.state !== 'live') return { outcome: 'rejected', evaluation };
  if (session.activeUntil > activityAt) return { outcome: 'unchanged', session };
  const activeUntil = activityAt + slackMs;
  return {
    outcome: 'touched',
    session: {
      ...session,
      lastActivityAt: activityAt,
      activeUntil,
      idleExpiresAt: activeUntil + session.idleTimeoutMs,
      ...(isNewestSign(session, at) && { closesAt: null, presentAt: at ?? session.presentAt }),
    },
  };
}

/**
 * Whether a guarded request with an activity at `activityAt` needs a write: not while an earlier write
 * still covers it, and not once only the absolute limit counts.
 */
export function needsCoalescedTouch(session: Session, activityAt: number): boolean {
  return session.activeUntil <= activityAt && session.idleExpiresAt < session.absoluteExpiresAt;
}

/**
 * The one transition. An ended session stays as it ended: the first end wins. A session that is closed at once, with
 * no grace running, had its deadline now.
 */
export function end(
  session: Session,
  reason: EndReason,
  now: number,
  endedBy: EndedBy = usuallyEndedBy(reason),
): Session & EndedState {
  if (session.state === 'ended') return session;
  const closesAt = reason === 'closed' ? (session.closesAt ?? now) : session.closesAt;
  return { ...session, closesAt, state: 'ended', endReason: reason, endedAt: now, endedBy };
}

/** Who ends sessions for a reason, where nothing else is known: the owner what somebody chose to end, the service the rest. */
export function usuallyEndedBy(reason: OrNewer<EndReason>): EndedBy {
  const chosen = reason === 'signed-out' || reason === 'revoked' || reason === 'superseded';
  return chosen ? { type: 'subject' } : BY_SYSTEM;
}

/** The session once its binding is confirmed: from now on it has the idle timeout of bound sessions. */
export function confirmBinding<S extends Session>(session: S): S {
  const { boundIdleTimeoutMs: idleTimeoutMs, activeUntil } = session;
  if (idleTimeoutMs === undefined) return session;
  return { ...session, idleTimeoutMs, idleExpiresAt: activeUntil + idleTimeoutMs };
}

/** What sessions under way may have at the most, ms. A limit that is left out stays as it is. */
export interface Limits {
  readonly idleTimeoutMs?: number | undefined;
  readonly absoluteTimeoutMs?: number | undefined;
}

/**
 * The session with narrower limits: no limit, and no deadline, is ever moved later. What a policy demands of the others is kept: a
 * touch interval of at most a quarter of the idle timeout, and a warning shorter than it; and a notice
 * of the absolute limit shorter than that. Null: nothing changes.
 *
 * A session that has been idle for longer than its new timeout has expired by this.
 */
export function tighten<S extends Session>(session: S, limits: Limits): S | null {
  const {
    idleTimeoutMs: idle = Number.POSITIVE_INFINITY,
    absoluteTimeoutMs: absolute = Number.POSITIVE_INFINITY,
  } = limits;
  const { boundIdleTimeoutMs, createdAt, activeUntil, warnBeforeMs, absoluteWarnBeforeMs } = session;
  const idleTimeoutMs = Math.min(session.idleTimeoutMs, idle);
  const absoluteTimeoutMs = Math.min(session.absoluteTimeoutMs, absolute);
  const changes =
    idleTimeoutMs < session.idleTimeoutMs ||
    absoluteTimeoutMs < session.absoluteTimeoutMs ||
    (boundIdleTimeoutMs !== undefined && boundIdleTimeoutMs > idle);
  if (!changes) return null;
  return {
    ...session,
    idleTimeoutMs,
    ...(boundIdleTimeoutMs !== undefined && { boundIdleTimeoutMs: Math.min(boundIdleTimeoutMs, idle) }),
    absoluteTimeoutMs,
    touchIntervalMs: Math.min(session.touchIntervalMs, Math.floor(idleTimeoutMs / 4)),
    warnBeforeMs: warnBeforeMs < idleTimeoutMs ? warnBeforeMs : Math.floor(idleTimeoutMs / 2),
    absoluteWarnBeforeMs:
      absoluteWarnBeforeMs < absoluteTimeoutMs ? absoluteWarnBeforeMs : Math.floor(absoluteTimeoutMs / 2),
    idleExpiresAt: Math.min(session.idleExpiresAt, activeUntil + idleTimeoutMs),
    absoluteExpiresAt: Math.min(session.absoluteExpiresAt, createdAt + absoluteTimeoutMs),
  };
}

/** When a session whose limits were narrowed is due: earlier than it was, so that whoever has seen it due then does nothing. */
export function dueAfterTightening(dueAt: number, tightened: Session): number {
  return Math.max(0, Math.min(dueAt - 1, deadline(tightened).at));
}

/**
 * Whether a sign of a live page, such as an open or a touch, is the newest of its device, so that it cancels a close grace.
 * Requests arrive late and in any order, and a late one carries a fresh server time: only the device's own times
 * order them. A sign without a time counts as the newest: the live page wins.
 *
 * @param at when the page gave the sign, by the device's clock, epoch ms
 */
export function isNewestSign({ presentAt }: Pick<Session, 'presentAt'>, at: number | undefined): boolean {
  if (at === undefined || presentAt === null) return true;
  return presentAt <= at || presentAt > at + CLOCK_SET_BACK_MS;
}

/**
 * Starts the close grace. Null: the session ends before the grace would, or a page has shown itself since: a close needs
 * to be newer than every sign, so that a repeat of it starts nothing.
 *
 * @param at when the page went, by the device's clock, epoch ms; without it, any sign of a page is newer
 */
export function startCloseGrace<S extends Session>(
  session: S,
  { now, graceMs, at }: { now: number; graceMs: number; at?: number | undefined },
): S | null {
  const { presentAt } = session;
  const closesAt = now + graceMs;
  const isNewest = presentAt === null || (at !== undefined && presentAt < at);
  return isNewest && closesAt < expiresAt(session) ? { ...session, closesAt, presentAt: at ?? null } : null;
}

/**
 * Cancels the close grace, and remembers the sign of the page that did. Null: nothing changes.
 *
 * @param at when the page showed itself, by the device's clock, epoch ms
 */
export function cancelCloseGrace<S extends Session>(session: S, at?: number): S | null {
  const { closesAt, presentAt } = session;
  if (!isNewestSign(session, at)) return null;
  const changed = closesAt !== null || at !== undefined;
  return changed ? { ...session, closesAt: null, presentAt: at ?? presentAt } : null;
}

/** Whether extending gains the user anything: not once the absolute limit is (nearly) as close as the idle deadline. */
export function isExtendable(session: SessionDetails): boolean {
  const gain = session.absoluteExpiresAt - session.idleExpiresAt;
  return gain >= Math.min(MIN_WORTHWHILE_EXTENSION_MS, session.warnBeforeMs);
}
