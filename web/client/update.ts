import { plan, secondsLeft } from '../../core/countdown.ts';
import { merge } from './knowledge.ts';
import { pulse } from './pulses.ts';
import { LOADING, show } from './snapshot.ts';
import type { Client } from './state.ts';

/** Does what the plan says: sends what is due, shows what holds, and sets the timer for what comes next. */
export function update(client: Client): void {
  merge(client);
  const now = client.time();
  const { session } = client;
  const next = plan(client, now);
  client.ownAt = next.ownAt;
  if (client.tabs && next.send) void (next.send === 'pulse' ? pulse(client, client.tabs) : client.ask());
  show(client, {
    ...(session &&
      next.status && {
        ...LOADING,
        status: next.status,
        expiresAt: session.expiresAt + client.toDevice,
        absoluteExpiresAt: session.absoluteExpiresAt + client.toDevice,
        remainingSeconds: next.status === 'warning' ? secondsLeft(session, now) : null,
        extendable: session.extendable,
      }),
    connection: client.connection,
  });
  if (client.tabs) client.setTimer(next.wakesAt - now + 1);
}
