import type { SessionClient } from '../client/types.ts';
import { watchFrozen } from './frozen.ts';

/** The next page's first request overtakes the old page's beacon, so a page says again that it is there. ms */
const AGAIN_AFTER_MS = 10_000;
/** After a sibling has gone: when its beacon has surely come, and once more in case it was slow. ms */
const ANSWERS_AFTER_MS = [1_000, AGAIN_AFTER_MS];

type Said = { readonly closing?: string };

/**
 * The close lease: a page that goes says so, and unless a live page objects the session ends half a minute later.
 * Nothing is sent while nothing is closing, and by a page whose session is over.
 */
export function keepLease(
  session: SessionClient,
  baseUrl: string,
  channelName: string,
  doFetch: typeof fetch,
  signal: AbortSignal,
): void {
  const channel = new BroadcastChannel(channelName);
  const frozen = watchFrozen(channelName, signal);
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let seen: number | null = null;
  let started = false;

  const post = (path: string, init?: RequestInit) =>
    doFetch(`${baseUrl}/session/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId: session.getStatus()?.sessionId }),
      ...init,
    });

  function open(): void {
    if (!session.getStatus() || signal.aborted) return;
    // What goes wrong shows at the client's next request; the lease is lifted again by the next page or timer.
    void post('open').catch(() => undefined);
  }

  function openAfter(delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      open();
    }, delayMs);
    timers.add(timer);
  }

  /** Whatever the client hears of a lease, while this page lives, is a mistake. */
  function onChange(): void {
    const status = session.getStatus();
    if (!status) return;
    if (!started) openAfter(AGAIN_AFTER_MS);
    started = true;
    if (status.closesAt !== null && status.closesAt !== seen) open();
    seen = status.closesAt;
  }

  function onPageHide(): void {
    const status = session.getStatus();
    if (!status || frozen.sibling()) return;
    const { sessionId } = status;
    const body = new Blob([JSON.stringify({ sessionId })], { type: 'application/json' });
    if (!navigator.sendBeacon(`${baseUrl}/session/close`, body)) {
      void post('close', { keepalive: true }).catch(() => undefined);
    }
    channel.postMessage({ closing: sessionId } satisfies Said);
  }

  function onPageShow({ persisted }: PageTransitionEvent): void {
    if (!persisted) return;
    open();
    openAfter(AGAIN_AFTER_MS);
  }

  channel.addEventListener('message', ({ data }: MessageEvent<Said>) => {
    if (data.closing && data.closing === session.getStatus()?.sessionId) ANSWERS_AFTER_MS.forEach(openAfter);
  });
  addEventListener('pagehide', onPageHide, { signal });
  addEventListener('pageshow', onPageShow, { signal });
  const unsubscribe = session.subscribe(onChange);
  onChange();
  signal.addEventListener('abort', () => {
    unsubscribe();
    channel.close();
    for (const timer of timers) clearTimeout(timer);
  });
}
