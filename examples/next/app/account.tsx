'use client';

import { SessionTimeoutDialog, useSession } from 'curfew/react';
import { useState } from 'react';
import { session, signOut, text } from './session.ts';

/** What depends on the session. A server renders it as it is while nobody knows yet who is there. */
export function Account() {
  const snapshot = useSession(session);
  const [note, setNote] = useState('');
  const isSignedIn = snapshot.status === 'active' || snapshot.status === 'warning';
  return (
    <>
      <p className="status" data-status={snapshot.status}>
        {text(snapshot)}
      </p>
      <label>
        A note on this order
        <textarea name="note" value={note} onChange={({ target }) => setNote(target.value)} />
      </label>
      {isSignedIn ? (
        <button className="action" type="button" onClick={signOut}>
          Sign out
        </button>
      ) : (
        <a className="action" href="/api/auth/sign-in?returnTo=/">
          Sign in
        </a>
      )}
      <SessionTimeoutDialog session={session} />
    </>
  );
}
