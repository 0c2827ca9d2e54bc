import type { EndReason } from '../../core/lifecycle.ts';
import type { KeyValueStorage, Snapshot } from './types.ts';

/**
 * What the tabs of a browser tell each other of one session. Times are the server's, so that a clock that is
 * set back or forward misleads nobody. It grows only: words are merged by their maximum, in any order.
 */
export interface Word {
  readonly sessionId: string;
  /** When the server said so. */
  readonly serverTime: number;
  readonly idleExpiresAt: number;
  /** The newest activity in any tab. */
  readonly activityAt: number;
  /** The last pulse of any tab. */
  readonly pulsedAt: number;
  readonly reason?: Snapshot['reason'] | EndReason;
}

export interface Tabs {
  /** The newest word left by any tab, dead ones too. Undefined: none, or not to be understood. */
  read(): Word | undefined;
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
  const channel = globalThis.BroadcastChannel && new BroadcastChannel(name);
  channel?.addEventListener('message', ({ data }) => hear(data));
  signal.addEventListener('abort', () => channel?.close());

  return {
    read() {
      try {
        return JSON.parse(storage!.getItem(name)!) ?? undefined;
      } catch {
        return undefined;
      }
    },
    tell(word) {
      try {
        storage!.setItem(name, JSON.stringify(word));
      } catch {
        // Full, or forbidden: the channel still works.
      }
      if (!signal.aborted) channel?.postMessage(word);
    },
    async turn(run) {
      const { locks } = navigator;
      await (locks ? locks.request(name, { ifAvailable: true }, (lock) => run(!!lock)) : run(true));
    },
  };
}

/** The page's localStorage, or undefined where reading it throws (blocked cookies, sandboxed frames). */
export function pageStorage(): KeyValueStorage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
