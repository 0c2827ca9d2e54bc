import { createSessionClient, type Snapshot } from 'curfew/client';
import { keepDrafts } from 'curfew/drafts';

export const session = createSessionClient();
/** What is typed and not sent survives the end of the session. */
export const drafts = keepDrafts(session);

const TEXTS: Record<Snapshot['status'], string> = {
  loading: 'One moment …',
  none: 'You are not signed in.',
  active: 'You are signed in.',
  warning: 'You are about to be signed out.',
  ended: 'You were signed out',
};

/** What the page says of the session. */
export function text({ status, reason }: Snapshot): string {
  return reason ? `${TEXTS[status]} (${reason}).` : TEXTS[status];
}

export async function signOut(): Promise<void> {
  const done = await session.signOut();
  if (done?.signOutUrl) location.assign(done.signOutUrl);
}
