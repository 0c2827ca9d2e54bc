import { createSessionClient } from 'curfew/client';
import 'curfew/element';

const [status, signIn, signOut, dialog] = ['.status', 'a', 'button', 'session-timeout-dialog'].map(
  (selector) => document.querySelector(selector),
);

const session = createSessionClient();
dialog.session = session;
signOut.addEventListener('click', () => session.signOut());
session.subscribe(show);
session.start();
show();

async function show() {
  const state = session.getSnapshot().status;
  const isSignedIn = state === 'active' || state === 'warning';
  signIn.hidden = isSignedIn;
  signOut.hidden = !isSignedIn;
  status.dataset.status = state;
  if (!isSignedIn) status.textContent = 'You are not signed in.';
  else if (state === 'active') {
    // By the client, so that it counts as activity only while somebody is there.
    const response = await session.fetch('/orders');
    if (response.ok) status.textContent = `Ordered by ${(await response.json()).orderedBy}.`;
  }
}
