import { plan } from '../../core/countdown.ts';
import { merge, share } from './knowledge.ts';
import { request } from './requests.ts';
import type { Client } from './state.ts';
import { type TabChannel, TOLERANCE_MS } from './tabs.ts';
import { isStatus } from './transport.ts';

/** What the server is told of the user's activity. */

/** The newest activity in any tab, server time. 0: none is known. */
export function newestActivity(client: Client): number {
  return Math.max(client.ownAt, client.shared.activityAt);
}

/** How long ago something was, in whole ms, rounded up. */
export function age(client: Client, at: number): number {
  return Math.max(0, Math.ceil(client.time() - at));
}

/** Tells the server of the newest activity. True once it has agreed. */
export async function touch(client: Client): Promise<boolean> {
  client.shared.pulsedAt = client.time();
  share(client);
  const activityAt = newestActivity(client);
  const answer = await request(client, '/session/touch', isStatus, {
    sessionId: client.shared.sessionId,
    idleForMs: age(client, activityAt),
    // By the device's clock: a touch that comes late does not cancel the close grace of a page that went after it.
    at: Math.round(client.clock.now()),
  });
  if (answer) client.toldAt = activityAt;
  client.update();
  return !!answer;
}

/** Tells the server of the newest activity, unless another tab does. */
export async function pulse(client: Client, tabs: TabChannel): Promise<void> {
  client.busy++;
  await tabs.withTabLock(async (lock) => {
    client.busy--;
    merge(client);
    const now = client.time();
    if (!plan(client, now).pulseDue) return;
    // A tab that has held the lock for this long is stopped or dead: it is not waited for any longer.
    if (lock || now - client.shared.pulsedAt > TOLERANCE_MS) await touch(client);
    else client.retryAt = now + 1_000;
  });
  client.update();
}
