import type { PageRequest } from '../../core/protocol.ts';
import type { SessionClient } from '../client/types.ts';
import { watchFrozen } from './frozen.ts';

/** The next page's first request overtakes the old page's beacon, so a page says again that it is there. ms */
const AGAIN_AFTER_MS = 10_000;
/** After another page has gone: when its beacon has surely come, and once more in case it was slow. ms */
const ANSWERS_AFTER_MS = [1_000, AGAIN_AFTER_MS];

/** What pages tell each other: the id of the session of a page that is closing. */
type Message = { readonly closing?: string };

/**
 * The close grace: a page that goes says so, and the session ends half a minute later unless a live page objects.
 * Nothing is sent while nothing is closing, nor by a page whose session has ended. Each request carries its time by the
 * device's clock, since beacons and requests overtake each other: the server takes them in that order.
 */
export function watchCloseGrace(
  session: SessionClient,
  baseUrl: string,
  channelName: string,
  doFetch: typeof fetch,
  signal: AbortSignal,
): void {
  const channel = new BroadcastChannel(channelName);
  const frozen = watchFrozen(channelName, signal);
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let seenClosesAt: number | null = null;
  let started = false;

  /** Sends it and forgets it. A failure shows at the client's next request; the next page or timer says it again. */
  function post(path: string, sessionId: string, init?: RequestInit): void {
    const headers = { 'content-type': 'application/json' };
    const body = pageRequest(sessionId);
    const sent = doFetch(`${baseUrl}/session/${path}`, { method: 'POST', headers, body, ...init });
    sent.catch(() => undefined);
  }

  function cancelGrace(): void {
    const status = session.getStatus();
    if (status && !signal.aborted) post('open', status.sessionId);
  }

  function cancelGraceAfter(delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      cancelGrace();
    }, delayMs);
    timers.add(timer);
  }

  /** Whatever grace the client hears of, while this page lives, is a mistake. */
  function onChange(): void {
    const status = session.getStatus();
    if (!status) return;
    if (!started) cancelGraceAfter(AGAIN_AFTER_MS);
    started = true;
    if (status.closesAt !== null && status.closesAt !== seenClosesAt) cancelGrace();
    seenClosesAt = status.closesAt;
  }

  function onPageHide(): void {
    const status = session.getStatus();
    if (!status || frozen.sibling()) return;
    const { sessionId } = status;
    const body = new Blob([pageRequest(sessionId)], { type: 'application/json' });
    // In WebKit a beacon carries no mark, which a bound session demands; in Firefox `keepalive` sends nothing with the last window.
    const isWebKit = /^Apple/.test(navigator.vendor);
    if (isWebKit || !navigator.sendBeacon(`${baseUrl}/session/close`, body)) {
      post('close', sessionId, { keepalive: true });
    }
    channel.postMessage({ closing: sessionId } satisfies Message);
  }

  function onPageShow({ persisted }: PageTransitionEvent): void {
    if (!persisted) return;
    cancelGrace();
    cancelGraceAfter(AGAIN_AFTER_MS);
  }

  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.closing && data.closing === session.getStatus()?.sessionId) {
      ANSWERS_AFTER_MS.forEach(cancelGraceAfter);
    }
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

function pageRequest(sessionId: string): string {
  return JSON.stringify({ sessionId, at: Date.now() } satisfies PageRequest);
}
