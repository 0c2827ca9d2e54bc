import { pulseIntervalMs } from '../../core/countdown.ts';
import type { Problem, SessionStatus } from '../../core/protocol.ts';
import { dispatch, LOADING, show } from './snapshot.ts';
import type { Client } from './state.ts';
import { mergeTimes, newTabState, type TabState, TOLERANCE_MS } from './tabs.ts';
import { LATE_MS } from './transport.ts';
import type { Snapshot } from './types.ts';

/** What is known of the session, from the server's answers and from the other tabs. */

/**
 * The server's answer. It may be about another session than the one that is known: another one of the same user, with
 * which this page goes on, or somebody else's, which is the end of this one.
 */
export function confirm(client: Client, next: SessionStatus, sentAt: number): void {
  // The server looked at its clock after the request had left, so this is never behind: a warning comes early, not late.
  // By how much too early is as long as the answer took: a late one says nothing about the time.
  if (client.time() - sentAt < LATE_MS) client.time(next.serverTime - sentAt);
  const { subject = next.subject, sessionId = next.sessionId, session } = client;
  const sameUser = next.subject === subject;
  const replaced = next.sessionId !== sessionId;
  client.sessionId = next.sessionId;
  if (sameUser) {
    if (replaced || !session) {
      client.ownAt = client.toldAt = 0;
      client.session = null;
      client.subject = next.subject;
      client.shared = newTabState(next.sessionId);
    }
    adopt(client, next);
    share(client);
  } else if (!client.snapshot.reason) end(client, 'superseded');
  if (replaced) dispatch(client, 'replaced', { sameUser });
}

/** A 401. Without a cookie, and with no session here before, nobody has been signed out. */
export function takeRejection(client: Client, problem: Problem): void {
  const { reason, endedAt = null } = problem.reason ? problem : client.shared;
  if (!client.subject && problem.code === 'ERR_SESSION_MISSING') show(client, { ...LOADING, status: 'none' });
  else end(client, reason ?? 'unknown', endedAt);
}

/** @param endedAt server time. @default now */
export function end(
  client: Client,
  reason: Snapshot['reason'],
  endedAt: Snapshot['endedAt'] = client.clock.now() - client.toDevice,
): void {
  client.shared = { ...client.shared, reason, endedAt };
  if (client.session) client.tabs?.broadcast(client.shared);
  client.session = null;
  show(client, {
    ...LOADING,
    status: 'ended',
    endedAt: endedAt && endedAt + client.toDevice,
    reason,
  });
}

/** Takes what another tab said; without it, what any tab has left. A hint: the server is asked before anything ends. */
export function merge(client: Client, said: TabState | null | undefined = client.tabs?.read()): void {
  if (!said) return;
  const { shared, session } = client;
  if (said.sessionId !== shared.sessionId) {
    // Once for each session, whatever the time: of two sign-ins at the same moment, the later one may tell of the earlier time.
    // And what a session has left that ended unseen stays in storage.
    if (said.sessionId === client.askedOf || said.reason) return;
    // What is answered next may be older than the news, and another tab may write over it in the storage.
    if (client.checking) void client.checking.then(() => merge(client, said));
    else {
      client.askedOf = said.sessionId;
      void client.ask();
    }
    return;
  }
  if (!session) return;
  mergeTimes(shared, said, client.time() + TOLERANCE_MS);
  if (said.status && said.status.serverTime > client.heardAt) adopt(client, { ...session, ...said.status });
  if (said.reason && !shared.reason) {
    shared.reason = said.reason;
    shared.endedAt = said.endedAt;
    void client.ask();
  }
}

/** Takes what the tabs have left, and tells them what is known now. */
export function share(client: Client): void {
  merge(client);
  if (client.session) client.tabs?.broadcast(client.shared);
}

/**
 * Takes what the server said, to this tab or another. An earlier deadline than is known was read before, unless the server said so a
 * second later: then the limits of sessions under way have been narrowed.
 */
function adopt(client: Client, next: SessionStatus): void {
  const { session, heardAt } = client;
  if (session && next.idleExpiresAt < session.idleExpiresAt && next.serverTime < heardAt + 1_000) return;
  client.heardAt = next.serverTime;
  client.session = { ...next, warnBeforeMs: client.options.warnBeforeMs ?? next.warnBeforeMs };
  client.intervalMs = pulseIntervalMs(client.session, client.options.keepAliveIntervalMs) * client.jitter;
  const { subject: _, user: __, ...status } = next;
  client.shared.status = status;
  client.toDevice = Math.round(client.clock.now() - client.time());
}
