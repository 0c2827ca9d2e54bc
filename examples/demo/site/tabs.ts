/** How often a tab says that it is open, ms. */
const ANNOUNCE_MS = 3_000;
/** A tab that has been silent this long is closed, ms. */
const SILENT_MS = 10_000;

/** Counts the open tabs of this site in this browser, this one included. */
export function countTabs(onCount: (count: number) => void): void {
  const channel = new BroadcastChannel('curfew-demo-tabs');
  const own = crypto.randomUUID();
  const seen = new Map<string, number>();
  channel.onmessage = ({ data }) => seen.set(data, Date.now());
  const announce = () => {
    channel.postMessage(own);
    for (const [tab, at] of seen) if (Date.now() - at > SILENT_MS) seen.delete(tab);
    onCount(seen.size + 1);
  };
  setInterval(announce, ANNOUNCE_MS);
  announce();
}
