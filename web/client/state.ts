import type { PageState } from '../../core/countdown.ts';
import type { SessionStatus } from '../../core/protocol.ts';
import type { TabChannel, TabState } from './tabs.ts';
import type { Clock, SessionClientOptions, Snapshot } from './types.ts';

/**
 * One client, as its parts see it: what each of them knows, and what all of them use. A field is written by the part
 * under whose heading it stands, except where its comment says otherwise. What `core/countdown.ts` plans by is
 * documented there.
 */
export interface Client extends PageState {
  // What is known of the session: knowledge.ts
  /** What the server said last, on its clock. Null: nothing yet, or the session has ended. */
  session: SessionStatus | null;
  /** The session that the server said last is this browser's, whoever's it is. */
  sessionId?: string;
  /** Whose this page is: stays when the session ends. */
  subject?: string | undefined;
  /** From the server's time to this device's, when the server said it last. ms */
  toDevice: number;
  /**
   * What all tabs know. Another object is another session, or the end of this one: the answer to a request that was
   * sent before comes too late.
   */
  shared: TabState;
  /** The server's time in the newest answer about this session that this page knows of, another tab's included. */
  heardAt: number;
  /** The session that another tab told of, and about which the server was asked. */
  askedOf?: string;
  /** Reset with each session; written by input and by {@link Plan}. */
  ownAt: number;
  intervalMs: number;

  // What is pulsed: pulses.ts
  /** Reset with each session. */
  toldAt: number;
  /** Operations under way, and until when each counts at most: no timer that `stop()` would have to know. */
  readonly holds: Map<unknown, number>;

  // What is asked: requests.ts
  failures: number;
  late?: boolean;
  /** What came of the last request. */
  connection: Snapshot['connection'];
  /** Written by pulses.ts, too. */
  retryAt: number;
  /** Set by input from outside; cleared by an answer. */
  unconfirmed: boolean;
  jumped?: boolean;
  /** Counted by pulses.ts, too, while it waits for the lock. */
  busy: number;
  /** The check under way. */
  checking?: Promise<unknown> | undefined;

  // What shows: snapshot.ts
  snapshot: Snapshot;
  readonly events: EventTarget;

  // From start() to stop(): client.ts
  tabs?: TabChannel | undefined;
  /** Ends what `start()` began. */
  stopper: AbortController;

  // What all of them use
  readonly options: SessionClientOptions;
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly doFetch: typeof fetch;
  /** 1 to 1.1. Keeps the pulses and retries of many browsers from falling into step. */
  readonly jitter: number;
  /** The server's time, as far as this page can tell, epoch ms. */
  time(correctionMs?: number): number;
  /** Asks the server how things stand. */
  ask(): Promise<Snapshot>;
  /** Does what is due, shows what holds, and sets the timer for what comes next. */
  update(): void;
  setTimer(delayMs?: number): void;
}
