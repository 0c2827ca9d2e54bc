import type { SessionClient } from 'curfew/client';
import type { Drafts } from 'curfew/drafts';
import { showDevices } from './devices.ts';
import { setText } from './dom.ts';
import { openLab } from './lab.ts';
import { rememberPolicy } from './policy.ts';
import { startReports } from './reports.ts';
import type { Traffic } from './traffic.ts';

/** How often the page asks for the session's state in the background, ms. Asking never extends. */
const POLL_MS = 15_000;

let started = false;

export interface WorkOptions {
  readonly session: SessionClient;
  readonly traffic: Traffic;
  /** For passive requests: it reports no activity. */
  readonly fetch: typeof fetch;
  readonly drafts: Drafts;
}

/** The page for a signed-in user. A second call does nothing. */
export function startWork({ session, traffic, fetch: fetcher, drafts }: WorkOptions): void {
  if (started) return;
  started = true;
  const status = session.getStatus();
  if (status) rememberPolicy(status);
  setText('[data-text="user"]', status?.user.name ?? status?.user.email ?? status?.subject ?? '');
  const id = new URLSearchParams(location.search).get('case') ?? '2041';
  setText('[data-text="case"]', `Case ${id}`);
  startReports(session, fetcher, drafts);
  showDevices(session, fetcher);
  openLab(session, traffic);
  setInterval(() => session.getStatus() && void session.refresh(), POLL_MS);
}
