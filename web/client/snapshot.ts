import type { Client } from './state.ts';
import type { Snapshot } from './types.ts';

/** What a page shows before the server has answered, and what a server renders: nobody knows yet who is there. */
export const LOADING: Snapshot = {
  status: 'loading',
  connection: 'online',
  expiresAt: null,
  absoluteExpiresAt: null,
  remainingSeconds: null,
  extendable: false,
  endedAt: null,
  reason: null,
};

export function dispatch(client: Pick<Client, 'events'>, type: string, detail?: unknown): void {
  client.events.dispatchEvent(new CustomEvent(type, { detail }));
}

/** Changes what shows. Dispatches `change`, and the new status by its name, but only if something differs. */
export function show(client: Pick<Client, 'snapshot' | 'events'>, change: Partial<Snapshot>): void {
  const before = client.snapshot;
  const after = { ...before, ...change };
  // Both have their keys in the same order, and hold nothing but text, whole numbers, booleans and null.
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  client.snapshot = after;
  dispatch(client, 'change');
  if (after.status !== before.status)
    dispatch(
      client,
      after.status === 'active' && before.status === 'warning' ? 'extended' : after.status,
      after,
    );
}
