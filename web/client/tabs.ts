import type { SessionStatus } from '../../core/protocol.ts';
import type { KeyValueStorage, Snapshot } from './types.ts';

/**
 * What the tabs of a browser tell each other of one session. Times are the server's, so that a clock that is
 * set back or forward misleads nobody. It grows only: words are merged by their maximum, in any order.
 */
export interface Word {
  readonly sessionId: string;
  /** What the server said last, to any tab; nothing that says who the user is. */
  status?: Omit<SessionStatus, 'subject' | 'user'>;
  /** The newest activity in any tab. */
  activityAt: number;
  /** The last pulse of any tab. */
  pulsedAt: number;
  reason?: Snapshot['reason'];
}

export interface Tabs {
  /** The newest word left by any tab, dead ones too. Null: none, or not to be understood. */
  read(): Word | null;
  tell(word: Word): void;
  /** Runs one at a time over all tabs, told whether it has the turn. Never waits: a stopped tab may hold it. */
  turn(run: (mine: boolean) => Promise<void>): Promise<void>;
}

/**
 * Storage is what counts, since a tab that crashed, froze or slept has missed every message; the channel only
 * makes it quick. No tab is counted, elected or waited for.
 */
export function joinTabs(
  name: string,
  storage: KeyValueStorage | undefined,
  signal: AbortSignal,
  hear: (word: Word) => void,
): Tabs {
  // Reading localStorage throws where it is forbidden.
  const store = () => storage ?? localStorage;
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => hear(data);
  signal.addEventListener('abort', () => channel.close());

  return {
    read() {
      try {
        return JSON.parse(store().getItem(name)!);
      } catch {
        return null;
      }
    },
    tell(word) {
      try {
        store().setItem(name, JSON.stringify(word));
      } catch {
        // Full, or forbidden: the channel still works.
      }
      channel.postMessage(word);
    },
    turn: (run) => navigator.locks.request(name, { ifAvailable: true }, (lock) => run(!!lock)),
  };
}
