'use client';

import { createSessionClient } from 'curfew/client';
import { SessionTimeoutDialog, useSession } from 'curfew/react';
import { useState } from 'react';

/** What the page knows while it is open: the warning, the end, and why. */
export function Account() {
  const [client] = useState(createSessionClient);
  const session = useSession(client);
  return (
    <>
      <p className="status">{session.status}</p>
      <SessionTimeoutDialog session={client} sign-in-href="/login" />
    </>
  );
}
