/** How often a page looks again while another one is frozen: that one may have been discarded meanwhile. ms */
const LOOK_AGAIN_MS = 5_000;

/**
 * A frozen page is a live one that cannot say so: while there is one, the other pages do not start the close grace. A
 * page takes a Web Lock as it freezes: the browser grants it, shows it to every page that asks, and releases it when
 * the page is discarded or crashes. A page that runs holds none, since that would keep it out of the back/forward
 * cache. Only Chromium freezes pages.
 */
export function watchFrozen(channelName: string, signal: AbortSignal): { sibling(): boolean } {
  const { locks } = navigator;
  if (!locks || !('onfreeze' in document)) return { sibling: () => false };
  const name = `${channelName}-frozen`;
  const channel = new BroadcastChannel(name);
  let sibling = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function know(isFrozen: boolean): void {
    sibling = isFrozen;
    clearTimeout(timer);
    timer = isFrozen && !signal.aborted ? setTimeout(look, LOOK_AGAIN_MS) : undefined;
  }

  async function look(): Promise<void> {
    const asked = timer;
    const { held = [] } = await locks.query();
    // A page that froze meanwhile may not be in this answer.
    if (timer === asked) know(held.some((lock) => lock.name === name));
  }

  function onFreeze(): void {
    const resumed = new Promise<unknown>((resolve) => {
      document.addEventListener('resume', resolve, { once: true });
    });
    void locks.request(name, { mode: 'shared' }, () => resumed).finally(look);
    channel.postMessage('frozen');
  }

  document.addEventListener('freeze', onFreeze, { signal });
  // Its message may come before its lock is granted, so it is believed at once and looked for later.
  channel.addEventListener('message', () => know(true));
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    channel.close();
  });
  void look();
  return { sibling: () => sibling };
}
