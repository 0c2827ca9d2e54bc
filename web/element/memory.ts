import type { SessionStatus } from '../../core/protocol.ts';
import type { DialogState } from './state.ts';
import { TAG } from './tag.ts';

/** Ends that are less than this apart are one, ms: the clocks by which they are told may differ. */
const SAME_END_MS = 60_000;

/** What this document has seen, whichever element showed it: frameworks take elements away, and bring others in their place. */
interface Memory {
  /** The session that was live here last. */
  known?: SessionStatus;
  /** What the user has closed. */
  dismissed: DialogState;
  /** It was this page that signed out. */
  isOwnSignOut?: boolean;
  /** The end has been told to the page. */
  isTold?: boolean;
  /** The page has been emptied. */
  isCleared?: boolean;
}

export const memory: Memory = { dismissed: '' };

/** A session is live here: what was closed, and who signed out, is of one before. */
export function remember(status: SessionStatus): void {
  if (status.sessionId !== memory.known?.sessionId) {
    memory.dismissed = '';
    memory.isOwnSignOut = false;
    ifAllowed(() => localStorage.removeItem(TAG));
  }
  memory.known = status;
}

/** The user has closed the notice of this end: until a session is live in this browser again, no page shows it once more. */
export function keepClosed(endedAt: number | null): void {
  ifAllowed(() => localStorage.setItem(TAG, `${endedAt ?? ''}`));
}

/** @param endedAt null: nobody knows when it ended; so it is the one that was closed, since no session was live after that */
export function wasClosed(endedAt: number | null): boolean {
  const closed = ifAllowed(() => localStorage.getItem(TAG)) ?? null;
  return closed !== null && (endedAt === null || Math.abs(Number(closed) - endedAt) < SAME_END_MS);
}

/** Without storage, or where it is full, a notice that was closed comes again at the next load. */
function ifAllowed<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
