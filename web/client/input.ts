import { phaseAt } from '../../core/countdown.ts';
import { share } from './knowledge.ts';
import { LOADING, show } from './snapshot.ts';
import type { Client } from './state.ts';

/** The user is active now. While a warning shows, only an explicit choice extends. */
export function onActivity(client: Client): void {
  // Reading the time may find out that it has jumped.
  const now = client.time();
  const { session, shared, snapshot } = client;
  if (!session || client.unconfirmed || client.jumped || snapshot.status !== 'active') return;
  if (phaseAt(session, now) === 'active') {
    client.ownAt = now;
    // Once a second, counted from what was last shared: input without a pause is told of, too.
    if (now - shared.activityAt < 1_000) return;
    shared.activityAt = now;
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
