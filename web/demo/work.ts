import type { SessionClient } from '../client/index.ts';
import { showDevices } from './devices.ts';
import { openLab, type Traffic } from './lab.ts';
import { say } from './page.ts';
import { rememberPolicy } from './policy.ts';
import { keepReports } from './reports.ts';

/** How often the page asks in the background how things stand. It never extends. */
const POLL_MS = 15_000;

let started = false;

/** What the page works with. */
export interface Workplace {
  readonly session: SessionClient;
  readonly traffic: Traffic;
  /** Sends what is passive: it says nothing of activity. */
  readonly fetch: typeof fetch;
  /** The draft is a report now. */
  readonly onFiled: () => void;
}

/** The page for who is signed in. */
export function startWork({ session, traffic, fetch: fetcher, onFiled }: Workplace): void {
  if (started) return;
  started = true;
  const status = session.getStatus();
  if (status) rememberPolicy(status);
  say('[data-text="user"]', status?.user.name ?? status?.user.email ?? status?.subject ?? '');
  const id = new URLSearchParams(location.search).get('case') ?? '2041';
  say('[data-text="case"]', `Case ${id}`);
  keepReports(session, fetcher, onFiled);
  showDevices(session, fetcher);
  openLab(session, traffic);
  setInterval(() => session.getStatus() && void session.refresh(), POLL_MS);
}
