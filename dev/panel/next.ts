import { type Deadlines, NEVER, pulseIntervalMs, pulsesAt, warnsAt } from '../../core/countdown.ts';
import type { SessionStatus, Snapshot } from '../../web/client/types.ts';
import { countdown, type Mood, timeOfDay } from './format.ts';

/** What a page's client says, and what the tabs of its browser share. */
export interface ClientFacts {
  readonly snapshot: Snapshot;
  /** On the server's clock. Null: no session is live. */
  readonly status: SessionStatus | null;
  /** What the tabs share of activity, server time. Undefined: nothing that can be read. */
  readonly shared: { readonly activityAt: number; readonly pulsedAt: number } | undefined;
  /** Epoch ms on the device's clock. */
  readonly now: number;
}

/** What a client shows, and what it is about to do. */
export interface ClientView {
  readonly status: string;
  /** A sentence each, the earliest first. */
  readonly steps: readonly string[];
  /** How much is left, in a few characters. */
  readonly glance: string;
  readonly mood: Mood;
}

/** Says what a client will do next, by the rules that it goes by itself. */
export function clientView(facts: ClientFacts): ClientView {
  const { snapshot, status, now } = facts;
  const trouble = TROUBLE[snapshot.connection];
  if (!status || snapshot.expiresAt === null) {
    return { status: plainStatus(snapshot), steps: trouble, glance: GLANCE[snapshot.status], mood: 'over' };
  }
  // The snapshot is on the device's clock, the status on the server's.
  const serverNow = now - (snapshot.expiresAt - status.expiresAt);
  const steps =
    snapshot.status === 'warning'
      ? [
          'Input in the page does not extend now: only the user’s answer does.',
          step('Asks the server whether it has ended', status.expiresAt, serverNow),
        ]
      : [pulseStep(status, facts.shared, serverNow), step('Warns', warnsAt(status), serverNow)];
  return {
    status: plainStatus(snapshot),
    steps: [...trouble, ...steps],
    glance: countdown(snapshot.expiresAt - now),
    mood: snapshot.status === 'warning' ? 'warn' : 'calm',
  };
}

const TROUBLE: Readonly<Record<Snapshot['connection'], readonly string[]>> = {
  online: [],
  offline: ['Nothing came back from the server: it is asked again, and nobody is signed out for it.'],
  unavailable: ['The server can’t answer: it is asked again, and nobody is signed out for it.'],
};

const STATUS: Readonly<Record<Snapshot['status'], string>> = {
  loading: 'asking the server',
  none: 'nobody is signed in',
  active: 'active',
  warning: 'warning',
  ended: 'ended',
};

/** Where nothing is left to count. */
const GLANCE: Readonly<Record<Snapshot['status'], string>> = {
  loading: '…',
  none: 'signed out',
  active: '…',
  warning: '…',
  ended: 'ended',
};

function plainStatus({ status, reason }: Snapshot): string {
  return status === 'ended' && reason ? `ended, ${reason}` : STATUS[status];
}

/** @param at server time, as everything else that the panel shows */
function step(what: string, at: number, serverNow: number): string {
  return `${what} in ${countdown(at - serverNow)}, at ${timeOfDay(at)}.`;
}

/** A pulse is told of by the tab that saw the activity, or, before a warning, by any. */
function pulseStep(deadlines: Deadlines, shared: ClientFacts['shared'], serverNow: number): string {
  if (!shared) return 'What the tabs share can’t be read here, so that the next pulse is not known.';
  const { activityAt, pulsedAt } = shared;
  const dueAt = pulsesAt(
    deadlines,
    { ownAt: activityAt, activityAt, pulsedAt, toldAt: 0 },
    pulseIntervalMs(deadlines),
  );
  if (dueAt === NEVER) return 'Sends no pulse: the server knows of the newest activity.';
  const ago = countdown(serverNow - activityAt);
  if (dueAt <= serverNow) return `Sends a pulse now: the user was active ${ago} ago.`;
  return `Sends a pulse in about ${countdown(dueAt - serverNow)}: the user was active ${ago} ago.`;
}
