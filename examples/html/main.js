import { createSessionClient } from 'curfew/client';
import { keepDrafts } from 'curfew/drafts';
import 'curfew/element';

const TEXTS = {
  loading: 'One moment …',
  none: 'You are not signed in.',
  active: 'You are signed in.',
  warning: 'You are about to be signed out.',
  ended: 'You were signed out',
};
const [status, signOut, signIn, dialog] = ['.status', 'button', 'a', 'session-timeout-dialog'].map(
  (selector) => document.querySelector(selector),
);

const session = createSessionClient();
// What is typed and not sent survives the end of the session.
keepDrafts(session);
dialog.session = session;
signOut.addEventListener('click', async () => {
  const done = await session.signOut();
  if (done?.signOutUrl) location.assign(done.signOutUrl);
});
session.subscribe(show);
session.start();
show();

function show() {
  const { status: state, reason } = session.getSnapshot();
  status.dataset.status = state;
  status.textContent = reason ? `${TEXTS[state]} (${reason}).` : TEXTS[state];
  signOut.hidden = state !== 'active' && state !== 'warning';
  signIn.hidden = !signOut.hidden;
}
