import type { SessionClient } from '../client/index.ts';
import { openLab, type Traffic } from './lab.ts';
import { one, say } from './page.ts';
import { rememberPolicy } from './policy.ts';

/** How often the page asks in the background how things stand. It never extends. */
const POLL_MS = 15_000;

let started = false;

/** The page for who is signed in. */
export function startWork(session: SessionClient, traffic: Traffic): void {
  if (started) return;
  started = true;
  const status = session.getStatus();
  if (status) rememberPolicy(status);
  say('[data-text="user"]', status?.user.name ?? status?.user.email ?? status?.subject ?? '');
  const id = new URLSearchParams(location.search).get('case') ?? '2041';
  say('[data-text="case"]', `Case ${id}`);
  one<HTMLFormElement>('#report').addEventListener('submit', (event) => {
    event.preventDefault();
    say('#draft-note', 'This is a demonstration: nothing was sent. Your draft is saved on this device.');
  });
  openLab(session, traffic);
  setInterval(() => session.getStatus() && void session.refresh(), POLL_MS);
}
