import { expiresAt, type Session } from './lifecycle.ts';

/**
 * The browser's half of the rules, as pure functions: the phase of a signed-in page, when that phase changes next,
 * when the server has to be told of activity that it does not know, and what a page does now because of all that.
 *
 *      lastActivityAt                     warnsAt            expiresAt
 *     ──────┼───────────── active ───────────┼──── warning ──────┼── expired ──▶ now
 *           │◀─ interval ─▶ pulse            │◀─ warnBeforeMs ──▶│
 *
 * `now` and every `…At` are on one clock: the server's, as the browser estimates it.
 */
export type Deadlines = Pick<
  Session,
  'idleExpiresAt' | 'absoluteExpiresAt' | 'idleTimeoutMs' | 'warnBeforeMs'
>;

/** `expired`: the deadline has passed on this device's estimate; the server has not been asked yet. */
export type Phase = 'active' | 'warning' | 'expired';

/** When the warning opens. Epoch ms. With `warnBeforeMs` 0 that is the deadline: there is no warning. */
export function warnsAt(deadlines: Deadlines): number {
  return expiresAt(deadlines) - deadlines.warnBeforeMs;
}

/** The phase at `now`: `warning` from exactly `warnsAt`, `expired` from exactly the deadline. */
export function phaseAt(deadlines: Deadlines, now: number): Phase {
  if (now >= expiresAt(deadlines)) return 'expired';
  return now >= warnsAt(deadlines) ? 'warning' : 'active';
}

/** Whole seconds until the end, rounded up, so that the last second shows 1. Never negative. */
export function secondsLeft(deadlines: Deadlines, now: number): number {
  return Math.max(0, Math.ceil((expiresAt(deadlines) - now) / 1_000));
}

/** A time that does not come: the last that a `Date` can hold. */
export const NEVER = 8.64e15;

/** When the phase or the seconds shown change next, epoch ms. {@link NEVER} once expired. */
export function changesAt(deadlines: Deadlines, now: number): number {
  const phase = phaseAt(deadlines, now);
  if (phase === 'active') return warnsAt(deadlines);
  if (phase === 'expired') return NEVER;
  return expiresAt(deadlines) - (secondsLeft(deadlines, now) - 1) * 1_000;
}

/** By default the server is told of activity at most once a minute. */
const DEFAULT_INTERVAL_MS = 60_000;

/**
 * The least time between two pulses, ms: as wanted, but at most a quarter of the idle timeout, and at most half the
 * time in which no warning shows, so that two pulses can be lost before a user who works is warned.
 *
 * @param wantedMs a positive number, ms. @default 60 000
 */
export function pulseIntervalMs(deadlines: Deadlines, wantedMs = DEFAULT_INTERVAL_MS): number {
  const { idleTimeoutMs, warnBeforeMs } = deadlines;
  return Math.min(wantedMs, idleTimeoutMs / 4, (idleTimeoutMs - warnBeforeMs) / 2);
}

/** What is known about activity and pulses. Epoch ms each; 0: never. */
export interface Activity {
  /** The newest activity in this page. */
  readonly ownAt: number;
  /** The newest activity in any page of this browser. */
  readonly activityAt: number;
  /** The last pulse that any page of this browser sent. */
  readonly pulsedAt: number;
  /** The newest activity of which the server has been told and to which it has answered, whatever it answered. */
  readonly toldAt: number;
}

/**
 * When a pulse is due, epoch ms; {@link NEVER} when there is nothing to tell. A page tells its own activity an
 * interval after the last pulse; that of another page (which may have crashed) only before a warning opens.
 *
 * @param intervalMs the least time between two pulses, ms
 */
export function pulsesAt(deadlines: Deadlines, activity: Activity, intervalMs: number): number {
  const { idleExpiresAt, absoluteExpiresAt, idleTimeoutMs } = deadlines;
  const knownAt = Math.max(idleExpiresAt - idleTimeoutMs, activity.toldAt);
  const onlyAbsoluteCounts = idleExpiresAt >= absoluteExpiresAt;
  if (onlyAbsoluteCounts || Math.max(activity.ownAt, activity.activityAt) <= knownAt) return NEVER;
  const lastCall = warnsAt(deadlines);
  if (activity.ownAt <= knownAt) return lastCall;
  return Math.min(lastCall, Math.max(activity.pulsedAt, knownAt) + intervalMs);
}

/** Everything by which a page decides what to do. Epoch ms each `…At`. */
export interface PageState extends Pick<Activity, 'ownAt' | 'toldAt'> {
  /** Null: no session is known to be live. */
  readonly session: Deadlines | null;
  /** What all tabs know of activity. */
  readonly shared: Pick<Activity, 'activityAt' | 'pulsedAt'>;
  /** Operations under way, and until when each counts as activity at most, epoch ms: while no warning shows. */
  readonly holds: Iterable<readonly [operation: unknown, until: number]>;
  /** The least time between two pulses, ms. Positive once there is a session. */
  readonly intervalMs: number;
  /** What shows. */
  readonly snapshot: { readonly status: string };
  /** Nothing that shows has been confirmed: a page just loaded, or one back from the back/forward cache. */
  readonly unconfirmed: boolean;
  /** A clock was set or the device slept: the server is asked before input counts. */
  readonly jumped?: boolean;
  /** How many requests have failed since the last answer. */
  readonly failures: number;
  /**
   * Activity was told, and has had no answer for long: it may yet get one. Until the server answers anything it is asked how
   * things stand, and told nothing a second time.
   */
  readonly late?: boolean;
  /** How many requests are under way that are not late. Nothing is sent before their answers. */
  readonly busy: number;
  /** Nothing is sent before. */
  readonly retryAt: number;
}

/** What a page does now, and when it decides again. */
export interface Plan {
  /** There is activity of which the server has to be told now. */
  readonly pulseDue: boolean;
  /** `pulse`: tell the server of activity. `check`: ask it how things stand. */
  readonly send: 'pulse' | 'check' | null;
  /** What to show. Null: what shows stays, since no session is known to be live, or nothing has been confirmed. */
  readonly status: 'active' | 'warning' | null;
  /** The newest activity in this page, with the operations under way. */
  readonly ownAt: number;
  /** When to decide again unless something happens before, epoch ms. Later than `now`. */
  readonly wakesAt: number;
}

/** Decides what a page does at `now`. What is due and may not be sent yet is planned for `retryAt`. */
export function plan(state: PageState, now: number): Plan {
  const { session, retryAt } = state;
  const phase = session && phaseAt(session, now);
  const held = phase === 'active' && [...state.holds].some((hold) => hold[1] > now);
  const ownAt = held ? now : state.ownAt;
  const pulseAt = session ? pulsesAt(session, { ...state, ...state.shared, ownAt }, state.intervalMs) : NEVER;
  const pulseDue = pulseAt <= now;
  const unsure = phase === 'expired' || state.unconfirmed || state.jumped || state.failures > 0 || state.late;

  const tells = pulseDue && !state.jumped && !state.late;

  const send = state.busy || now < retryAt ? null : tells ? 'pulse' : unsure ? 'check' : null;
  const againAt = state.busy || send ? NEVER : retryAt;
  // What is about to be sent or asked may well keep the warning closed.
  const undecided =
    state.snapshot.status === 'active' && !state.failures && (pulseDue || phase === 'expired');
  return {
    pulseDue,
    send,
    status: !phase || state.unconfirmed ? null : phase === 'active' || undecided ? 'active' : 'warning',
    ownAt,
    wakesAt: Math.min(
      session ? changesAt(session, now) : NEVER,
      pulseDue ? againAt : pulseAt,
      unsure ? againAt : NEVER,
      held ? now + state.intervalMs : NEVER,
    ),
  };
}
