/** How often a page looks again, while a sibling is frozen: it may have been discarded meanwhile. ms */
const LOOK_AGAIN_MS = 5_000;

/**
 * A frozen page is a live one that cannot say so, and its siblings leave the session alone. It takes a Web Lock as it
 * freezes: the browser grants it, shows it to every page that asks, and lets go of it when the page is discarded or
 * crashes. None is held by a page that runs, since that would keep it out of the back/forward cache. Only Chromium
 * freezes pages.
 */
export function watchFrozen(channelName: string, signal: AbortSignal): { sibling(): boolean } {
  const { locks } = navigator;
  if (!locks || !('onfreeze' in document)) return { sibling: () => false };
  const name = `${channelName}-frozen`;
  const channel = new BroadcastChannel(name);
  let sibling = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(): Promise<void> {
    const { held = [] } = await locks.query();
    sibling = held.some((lock) => lock.name === name);
    clearTimeout(timer);
    if (sibling && !signal.aborted) timer = setTimeout(look, LOOK_AGAIN_MS);
  }

  function onFreeze(): void {
    const resumed = new Promise<unknown>((resolve) => {
      document.addEventListener('resume', resolve, { once: true });
    });
    void locks.request(name, { mode: 'shared' }, () => resumed).finally(look);
    channel.postMessage('frozen');
  }

  document.addEventListener('freeze', onFreeze, { signal });
  channel.addEventListener('message', look);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    channel.close();
  });
  void look();
  return { sibling: () => sibling };
}
