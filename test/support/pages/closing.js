import { bindToBrowser } from '/web/browser-close.js';
import { createSessionClient } from '/web/client.js';

// As an application uses them: private content only while signed in.
const mode = fetch('/config.json')
  .then((response) => response.json())
  .then(({ browserClose }) => browserClose);
const closing = bindToBrowser({ mode });
const session = createSessionClient({ fetch: closing.fetch });
closing.watch(session);
const main = document.querySelector('#main');
let shown;
let sent = Promise.resolve();

function report() {
  const { status, reason } = session.getSnapshot();
  const body = JSON.stringify({ path: location.pathname, status, reason, text: main.innerText });
  // In order: the last one counts.
  sent = sent.then(() => fetch('/report', { method: 'POST', keepalive: true, body })).catch(() => undefined);
}

session.subscribe(async () => {
  const { status, reason } = session.getSnapshot();
  if (status === shown) return;
  shown = status;
  main.textContent = `${status} ${reason}`;
  report();
  if (status !== 'active') return;
  const response = await session.fetch('/api/private');
  if (response.ok) main.textContent = await response.text();
  report();
});
session.start();
Object.assign(window, { session });
