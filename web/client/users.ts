import type { SessionClient } from './types.ts';

/** How many components use a client. */
const users = new WeakMap<SessionClient, number>();

/** Starts a client with the first component that uses it. @returns what ends this use: the last one to go stops the client */
export function use(session: SessionClient): () => void {
  users.set(session, (users.get(session) ?? 0) + 1);
  session.start();
  return () => {
    const left = (users.get(session) ?? 1) - 1;
    users.set(session, left);
    if (left === 0) session.stop();
  };
}
