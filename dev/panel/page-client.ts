import { TAB_CHANNEL } from '../../core/contract.ts';
import type { SessionClient, SessionEvents } from '../../web/client/types.ts';
import { type ClientFacts, type ClientView, clientView } from './next.ts';

/** The session client of this page, as the panel watches it. It only looks: it is no part of what the client counts. */
export interface PageClient {
  /** Takes the client that is there now: one that has come since the last look is told of what is done. @returns it, if there is one */
  look(): SessionClient | undefined;
  view(): ClientView | undefined;
  release(): void;
}

/** What is worth a line in the log. */
const EVENTS = ['active', 'warning', 'extended', 'ended', 'signed-out', 'replaced', 'error'] as const;

/**
 * @param find the client that the panel was given, or that of the page's dialog
 * @param onEvent is told what the client dispatches
 */
export function watchPageClient(
  find: () => SessionClient | undefined,
  onEvent: (type: keyof SessionEvents) => void,
): PageClient {
  let session: SessionClient | undefined;
  const listeners = EVENTS.map((type) => [type, () => onEvent(type)] as const);
  const release = () => {
    for (const [type, listener] of listeners) session?.removeEventListener(type, listener);
    session = undefined;
  };
  return {
    look() {
      const found = find();
      if (found === session) return session;
      release();
      session = found;
      for (const [type, listener] of listeners) session?.addEventListener(type, listener);
      return session;
    },
    view: () => session && clientView(factsOf(session)),
    release,
  };
}

function factsOf(session: SessionClient): ClientFacts {
  return {
    snapshot: session.getSnapshot(),
    status: session.getStatus(),
    shared: readShared(),
    now: session.clock.now(),
  };
}

/** What the tabs share, where the client has the usual name for it and the storage can be read. */
function readShared(): ClientFacts['shared'] {
  try {
    // Null, for a value that is missing, is parsed as its text.
    const shared = JSON.parse(localStorage.getItem(TAB_CHANNEL) ?? 'null');
    return Number.isFinite(shared?.activityAt + shared?.pulsedAt) ? shared : undefined;
  } catch {
    return undefined;
  }
}
