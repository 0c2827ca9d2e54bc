import { SessionTimeoutDialog, useSession } from 'curfew/react';
import { useState } from 'react';
import { session, signOut, text } from './session.ts';

export function Orders() {
  const snapshot = useSession(session);
  const [note, setNote] = useState('');
  const isSignedIn = snapshot.status === 'active' || snapshot.status === 'warning';
  return (
    <main>
      <h1>Orders</h1>
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
    </main>
  );
}
