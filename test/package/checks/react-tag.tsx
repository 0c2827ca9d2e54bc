import type { SessionClient } from 'curfew/client';
import 'curfew/dialog.css';
import 'curfew/react';

/** The tag in React's JSX. Compiled, and never run. */
export const right = (session: SessionClient) => (
  <session-timeout-dialog session={session} ended="cover" className="mine" />
);
// @ts-expect-error: no such value
export const wrong = <session-timeout-dialog ended="maybe" />;
