import { bindToBrowser } from 'curfew/browser-close';
import { createSessionClient } from 'curfew/client';

const closing = bindToBrowser({ mode: 'run' });
const session = createSessionClient({ fetch: closing.fetch });
closing.watch(session);

const state = document.querySelector('#state');
const show = (text: string) => state?.replaceChildren(text);
let isBegun = false;

session.subscribe(() => {
  const { status, reason } = session.getSnapshot();
  // Active is what the server has said, about this run of the browser, too.
  if (status === 'active' && !isBegun) connect();
  if (status === 'ended') show(`Signed out: ${reason}.`);
});
session.start();

function connect(): void {
  isBegun = true;
  const socket = new WebSocket(`wss://${location.host}/api/live`);
  socket.addEventListener('open', () => show('Connected.'));
  // No page learns why a socket was refused or closed: the session says whether it is the reason.
  socket.addEventListener('close', () => {
    show('Not connected.');
    void session.refresh();
  });
}
