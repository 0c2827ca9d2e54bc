import { expiresAt, type Session } from './lifecycle.ts';

/**
 * The browser's half of the rules, as pure functions: which phase a signed-in page is in, when that changes
 * next, and when activity that the server does not know yet has to be told.
 *
 *      lastActivityAt                     warnsAt            expiresAt
 *     ──────┼───────────── active ───────────┼──── warning ──────┼──── over ────▶ now
 *           │◀─ interval ─▶ pulse            │◀─ warnBeforeMs ──▶│
 *
 * `now` and every `…At` are on one clock: the server's, as the browser estimates it.
 */
export type Deadlines = Pick<
  Session,
  'idleExpiresAt' | 'absoluteExpiresAt' | 'idleTimeoutMs' | 'warnBeforeMs'
>;

/** `over`: the deadline has passed on this device's estimate; the server has not been asked yet. */
export type Phase = 'active' | 'warning' | 'over';

/** When the warning opens. Epoch ms. With `warnBeforeMs` 0 that is the deadline: no warning at all. */
export function warnsAt(deadlines: Deadlines): number {
  return expiresAt(deadlines) - deadlines.warnBeforeMs;
}

/** The phase at `now`: a warning from exactly `warnsAt`, over from exactly the deadline. */
export function phaseAt(deadlines: Deadlines, now: number): Phase {
  if (now >= expiresAt(deadlines)) return 'over';
  return now >= warnsAt(deadlines) ? 'warning' : 'active';
}

/** Whole seconds until the end, rounded up, so that it shows 1 during the last second. Never negative. */
export function secondsLeft(deadlines: Deadlines, now: number): number {
  return Math.max(0, Math.ceil((expiresAt(deadlines) - now) / 1_000));
}

/** A time that does not come: the last that a `Date` can hold. */
export const NEVER = 8.64e15;

/** When the phase or the seconds that are shown change next, epoch ms. {@link NEVER} once it is over. */
export function changesAt(deadlines: Deadlines, now: number): number {
  const phase = phaseAt(deadlines, now);
  if (phase === 'active') return warnsAt(deadlines);
  if (phase === 'over') return NEVER;
  return expiresAt(deadlines) - (secondsLeft(deadlines, now) - 1) * 1_000;
}

/** Unless told otherwise, activity is told to the server at most once a minute. */
const DEFAULT_INTERVAL_MS = 60_000;

/**
 * How long to wait between two pulses, ms: as wanted, but at most a quarter of the idle timeout, and at most
 * half the time in which no warning shows, so that two can be lost before a user who works is warned.
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
  /** The newest activity that the server has answered to, whatever it made of it. */
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
