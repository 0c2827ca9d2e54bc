import { createSessionClient, type Snapshot } from 'curfew/client';

const session = createSessionClient();
const [status, stay, signIn] = ['#status', '#stay', '#sign-in'].map((id) =>
  document.querySelector<HTMLElement>(id),
);

/** What the page says in each state of the session. */
function text({ status, remainingSeconds, reason }: Snapshot): string {
  switch (status) {
    case 'loading':
      return 'Checking your session …';
    case 'none':
      return 'You are not signed in.';
    case 'active':
      return 'You are signed in.';
    case 'warning':
      return `You will be signed out in ${remainingSeconds} seconds.`;
    case 'ended':
      return reason === 'idle'
        ? 'You were signed out after a while without activity.'
        : 'You were signed out.';
  }
}

session.subscribe(() => {
  const snapshot = session.getSnapshot();
  if (status) status.textContent = text(snapshot);
  if (stay) stay.hidden = snapshot.status !== 'warning';
  if (signIn) signIn.hidden = snapshot.status !== 'none' && snapshot.status !== 'ended';
});
stay?.addEventListener('click', () => void session.extend());
session.start();
