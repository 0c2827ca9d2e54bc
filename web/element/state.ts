import type { Snapshot } from '../client/types.ts';

/**
 * What the dialog shows. Empty: nothing. `unsure`: the session should have ended, and the server can't be asked. `limit`: the absolute limit comes, and there is time to save work.
 */
export type DialogState =
  | ''
  | 'warning'
  | 'extending'
  | 'failed'
  | 'offline'
  | 'unsure'
  | 'limit'
  | 'absolute'
  | 'ended';
export type OpenState = Exclude<DialogState, ''>;

/** Where it shows: over the page, which waits; or in a corner, beside the page; or nowhere. */
export type View = '' | 'modal' | 'notice';

/** What the user last chose in this warning, and what became of it. */
export type Choice = '' | 'staying' | 'failed';

/** The last part before the absolute limit, in which the notice of it is modal, ms. */
export const ABSOLUTE_MODAL_MS = 60_000;

/** The countdown is announced when the dialog opens, and at 60, 40 and 20 s; never twice within 10 s. */
const ANNOUNCED_FROM = 60;
const ANNOUNCED_EVERY = 20;
const QUIET_SECONDS = 10;
/** The last seconds, which the ring shows one by one. */
export const URGENT_SECONDS = 20;
/** In place of the seconds at which the countdown was last announced. */
export const UNANNOUNCED = Number.POSITIVE_INFINITY;

/** What the state depends on beside the snapshot. */
export interface Circumstances {
  readonly choice: Choice;
  /** What the user has closed. */
  readonly dismissed: DialogState;
  /** Until the absolute limit, ms. */
  readonly absoluteLeftMs: number;
  /** How long before the absolute limit its notice comes, ms. */
  readonly absoluteWarnBeforeMs: number;
}

export function dialogState(
  { status, extendable, connection, remainingSeconds }: Snapshot,
  { choice, dismissed, absoluteLeftMs, absoluteWarnBeforeMs }: Circumstances,
): DialogState {
  if (status === 'ended') return status;
  const isWarning = status === 'warning';
  if (isWarning && extendable && choice === 'staying') return 'extending';
  if (isWarning && connection !== 'online' && !remainingSeconds) return 'unsure';
  if (isWarning && extendable) {
    if (connection === 'unavailable' || (connection === 'offline' && choice)) return 'failed';
    return connection === 'offline' ? connection : status;
  }
  if (!isWarning && (status !== 'active' || absoluteLeftMs > absoluteWarnBeforeMs)) return '';
  if (absoluteLeftMs <= ABSOLUTE_MODAL_MS) return dismissed === 'absolute' ? 'limit' : 'absolute';
  return dismissed ? '' : 'limit';
}

/**
 * What shows at the end: what the page wants, or else a cover. A document that never knew a live session is not covered unless
 * it wants that, nor does it lead anywhere: it may be the one to which another has led.
 */
export function endedDisplay(wanted: string | null, isKnown: boolean): string {
  const otherwise = isKnown ? 'cover' : 'notice';
  return (wanted !== 'redirect' || isKnown ? wanted : null) ?? otherwise;
}

/** @param ended what shows once the session has ended: `notice`, `event`, or anything else to cover the page */
export function viewOf(state: DialogState, dismissed: DialogState, ended: string): View {
  if (state === 'ended' && (ended === 'notice' || ended === 'event')) {
    return ended === 'event' || dismissed === state ? '' : ended;
  }
  return state === 'limit' ? 'notice' : state && 'modal';
}

/**
 * Whether the countdown is announced now.
 *
 * @param left seconds
 * @param announcedAt seconds that were left when it was last announced; {@link UNANNOUNCED} right after opening
 */
export function isAnnounced(left: number, announcedAt: number): boolean {
  if (announcedAt === UNANNOUNCED) return true;
  const step = (seconds: number) => Math.ceil(seconds / ANNOUNCED_EVERY);
  const isDue = left > 0 && left <= ANNOUNCED_FROM && step(left) < step(announcedAt);
  return isDue && announcedAt - left >= QUIET_SECONDS;
}
