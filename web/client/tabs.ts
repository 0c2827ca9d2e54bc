import type { SessionStatus } from '../../core/protocol.ts';
import type { KeyValueStorage, Snapshot } from './types.ts';

/**
 * What the tabs of a browser share about one session. Times are the server's, so that a device clock that is set back
 * or forward misleads no tab. It only grows: states are merged by their maximum, in any order.
 */
export interface TabState {
  readonly sessionId: string;
  /** What the server said last, to any tab; without anything that says who the user is. */
  status?: Omit<SessionStatus, 'subject' | 'user'>;
  /** The newest activity in any tab. */
  activityAt: number;
  /** The last pulse of any tab. */
  pulsedAt: number;
  reason?: Snapshot['reason'];
  /** When it ended, if that is known. */
  endedAt?: Snapshot['endedAt'] | undefined;
}

/** Nothing is known yet of a session but its id. */
export const newTabState = (sessionId = ''): TabState => ({ sessionId, activityAt: 0, pulsedAt: 0 });

/**
 * How much later than our estimate of the server's time a time of another tab may be, ms: beyond it is nonsense. And how
 * long a tab may hold the lock.
 */
export const TOLERANCE_MS = 10_000;

/**
 * Takes the newer times of another tab over into our state of the same session.
 *
 * @param latest what comes after is nonsense and left out, epoch ms
 */
export function mergeTimes(own: TabState, other: TabState, latest: number): void {
  for (const key of ['activityAt', 'pulsedAt'] as const) {
    if (other[key] > own[key] && other[key] <= latest) own[key] = other[key];
  }
}

export interface TabChannel {
  /** Hears and says nothing from then on. */
  close(): void;
  /** The newest state that any tab has left, a closed or crashed one included. Null: none, or not readable. */
  read(): TabState | null;
  broadcast(state: TabState): void;
  /**
   * Runs with the lock that all tabs share, or without it where another tab holds it. Never waits for it: a tab that is
   * stopped may hold it.
   */
  withTabLock(run: (lock: Lock | null) => Promise<void>): Promise<void>;
}

/**
 * Storage is what counts, since a tab that crashed, froze or slept has missed every message; the channel only makes it
 * quick. No tab is counted, elected or waited for.
 */
export function openTabChannel(
  name: string,
  storage: KeyValueStorage | undefined,
  onMessage: (state: TabState) => void,
): TabChannel {
  // Reading localStorage throws where it is forbidden.
  const store = () => storage ?? localStorage;
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => onMessage(data);

  return {
    close: () => channel.close(),
    read() {
      try {
        // Null, for a value that is missing, is parsed as its text: to null.
        return JSON.parse(store().getItem(name)!);
      } catch {
        return null;
      }
    },
    broadcast(state) {
      try {
        store().setItem(name, JSON.stringify(state));
      } catch {
        // Full, or forbidden: the channel still works.
      }
      channel.postMessage(state);
    },
    withTabLock: (run) => navigator.locks.request(name, { ifAvailable: true }, run),
  };
}
