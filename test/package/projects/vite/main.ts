import { createSessionClient, type Snapshot } from 'curfew/client';

const session = createSessionClient({ baseUrl: '/api' });
session.subscribe(() => {
  const { status, reason }: Snapshot = session.getSnapshot();
  document.title = `${status} ${reason ?? ''}`;
});
session.addEventListener('warning', () => void session.extend());
session.start();

// @ts-expect-error: a number of ms
createSessionClient({ warnBeforeMs: '2 minutes' });
// @ts-expect-error: a snapshot is read, not written
session.getSnapshot().status = 'active';
// @ts-expect-error: there is no such event
session.addEventListener('expired', () => undefined);
