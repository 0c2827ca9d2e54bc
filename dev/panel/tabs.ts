import type { ClientView } from './next.ts';

/** What a page tells the panels of its browser about its client. */
export interface TabReport {
  readonly path: string;
  /** Undefined: the panel there has found no client. */
  readonly client: ClientView | undefined;
}

/** What panels of one browser say to each other. */
export type TabMessage =
  | { readonly type: 'report'; readonly id: string; readonly report: TabReport | null }
  /** Somebody has just come: everybody says how it stands. */
  | { readonly type: 'hello' }
  /** Something was made to happen: every client asks the server how things stand. */
  | { readonly type: 'changed' }
  /** The browser was restored: every page is loaded again. */
  | { readonly type: 'reload' };

const CHANNEL = 'curfew-panel';

export interface Tabs {
  say(message: TabMessage): void;
  close(): void;
}

/** Joins the panels of this browser. */
export function joinTabs(onMessage: (message: TabMessage) => void): Tabs {
  const channel = new BroadcastChannel(CHANNEL);
  // Only panels of this origin speak here.
  channel.onmessage = ({ data }) => onMessage(data);
  channel.postMessage({ type: 'hello' } satisfies TabMessage);
  return { say: (message) => channel.postMessage(message), close: () => channel.close() };
}
