/** What a user does with the browser's own buttons, told by a tab's hash: `#do=duplicate`. */
const api = globalThis.browser ?? globalThis.chrome;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const COMMANDS = {
  close: (tab) => api.tabs.remove(tab.id),
  closeWindow: (tab) => api.windows.remove(tab.windowId),
  duplicate: (tab) => api.tabs.duplicate(tab.id),
  async reopen(tab, url) {
    await api.tabs.remove(tab.id);
    await wait(2_000);
    const closed = await api.sessions.getRecentlyClosed();
    await api.sessions.restore(closed.find((entry) => entry.tab?.url === url).tab.sessionId);
  },
  async discard(tab) {
    const other = await api.tabs.create({ active: true, url: 'about:blank' });
    await wait(500);
    const discarded = await api.tabs.discard(tab.id);
    await wait(2_000);
    await api.tabs.update(discarded?.id ?? tab.id, { active: true });
    await api.tabs.remove(other.id);
  },
};

const done = new Set();
/** One at a time, as by one user: some need to be looked at. */
let turn = Promise.resolve();
api.tabs.onUpdated.addListener((_tabId, { url }, tab) => {
  const [, command] = /#do=(\w+)$/.exec(url ?? '') ?? [];
  // A tab that comes back has its hash still.
  if (!command || done.has(url)) return;
  done.add(url);
  turn = turn.then(() => COMMANDS[command](tab, url)).catch((error) => console.error(error));
});
