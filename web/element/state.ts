import type { Snapshot } from '../client/types.ts';

/** What the dialog shows. Empty: it is closed. */
export type DialogState = '' | 'warning' | 'extending' | 'failed' | 'offline' | 'absolute' | 'ended';
export type OpenState = Exclude<DialogState, ''>;

/** What the user last chose in this warning, and what became of it. */
export type Choice = '' | 'staying' | 'failed' | 'dismissed';

/** The countdown is announced when the dialog opens, and at 60, 40 and 20 s; never twice within 10 s. */
const ANNOUNCED_FROM = 60;
const ANNOUNCED_EVERY = 20;
const QUIET_SECONDS = 10;
/** In place of the seconds at which the countdown was last announced. */
export const UNANNOUNCED = Number.POSITIVE_INFINITY;

export function dialogState({ status, extendable, connection }: Snapshot, choice: Choice): DialogState {
  if (status === 'ended') return status;
  if (status !== 'warning') return '';
  if (choice === 'staying') return 'extending';
  if (connection === 'unavailable' || (connection === 'offline' && choice === 'failed')) return 'failed';
  if (connection === 'offline') return connection;
  return extendable ? 'warning' : choice ? '' : 'absolute';
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
