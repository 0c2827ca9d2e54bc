import { phaseAt } from '../../core/countdown.ts';
import { share } from './knowledge.ts';
import { LOADING, show } from './snapshot.ts';
import type { Client } from './state.ts';

/** The user is active now. While a warning shows, only an explicit choice extends. */
export function onActivity(client: Client): void {
  const now = client.time();
  const { session } = client;
  if (!session || client.unconfirmed || client.jumped) return;
  if (client.snapshot.status === 'active' && phaseAt(session, now) === 'active') {
    const since = now - client.ownAt;
    client.ownAt = now;
    if (since < 1_000) return;
    client.shared.activityAt = now;
    share(client);
  }
  client.update();
}

/** Time may have passed unnoticed: the server is asked before input counts. */
export function onWakeUp(client: Client, event: Event): void {
  // The window's own focus, not that of a field in it: only nodes have a parentNode.
  if (document.hidden || (event.target as Partial<Node>).parentNode) return;
  // Only page transitions have `persisted`.
  if ((event as PageTransitionEvent).persisted) {
    client.unconfirmed = true;
    show(client, LOADING);
  }
  void client.ask();
}
