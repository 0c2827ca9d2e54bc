import type { EndReason } from '../../core/contract.ts';
import type * as protocol from '../../core/protocol.ts';

/**
 * The session as a live page sees it. Times are epoch ms on the server's clock, durations ms. Nothing in it is secret.
 */
export type SessionStatus = protocol.SessionStatus;

/** What a sign-out answers: where to go on to, if the provider's own session can be ended too. */
export type SignOutResponse = protocol.SignOutResponse;

/** A page of the live sessions of a user, newest first: `GET /api/sessions`, and `?cursor=<nextCursor>` for the next. */
export type SessionList = protocol.SessionList;

/**
 * How many sessions a `POST /api/sessions/revoke` has ended, and how many are left at least: the same request ends
 * those.
 */
export type RevokeResponse = protocol.RevokeResponse;

/** What a page knows of its session. The same object until something in it changes. */
export interface Snapshot {
  /**
   * - `loading`: the server has not answered yet, or the page is back from the back/forward cache: show nothing private;
   * - `none`: nobody is signed in here;
   * - `active`, `warning`: signed in; a warning is the last `warnBeforeMs` before the end;
   * - `ended`: signed out, and `reason` says why.
   */
  readonly status: 'loading' | 'none' | 'active' | 'warning' | 'ended';
  /**
   * Whether the last request was answered; if not, it is being tried again. Never a sign-out.
   * - `offline`: nothing came back, or nothing for 10 s; an answer that comes later counts;
   * - `unavailable`: something else did, such as a 429 or a 503, of Curfew, API Gateway or CloudFront, or a 200 that is no status.
   */
  readonly connection: 'online' | 'offline' | 'unavailable';
  /** Epoch ms on this device's clock, whatever that clock is set to. */
  readonly expiresAt: number | null;
  /** Epoch ms on this device's clock. */
  readonly absoluteExpiresAt: number | null;
  /** Whole seconds; a number only while `status` is `warning`. */
  readonly remainingSeconds: number | null;
  /** Whether extending gains anything: not close to the absolute limit. */
  readonly extendable: boolean;
  /** When the session ended, epoch ms on this device's clock; null where the server no longer says, and while it has not. */
  readonly endedAt: number | null;
  /** Why the session ended; `unknown` where the server no longer says. Null while it has not ended. */
  readonly reason: EndReason | 'unknown' | null;
}

/** The clock and the timers that a client uses. */
export interface Clock {
  /** The device's time, epoch ms. It may jump. */
  now(): number;
  /** ms since some moment. Never jumps; may stand still while the device sleeps. */
  monotonic(): number;
  /** As `globalThis.setTimeout`. Never asked for more than an hour. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** As `globalThis.clearTimeout`. */
  clearTimeout(timer: unknown): void;
}

/** Where the tabs of a browser share what they know. `localStorage` is one. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What `createSessionClient` takes: everything has a default. */
export interface SessionClientOptions {
  /** Where the session API is. It must be on this origin, where its cookie is sent. @default '/api' */
  readonly baseUrl?: string | undefined;
  /** How long before the end to warn, ms. @default what the server says */
  readonly warnBeforeMs?: number | undefined;
  /**
   * The least time between two pulses over all tabs, ms. At most a quarter of the idle timeout and half of the
   * time without a warning. @default 60 000
   */
  readonly keepAliveIntervalMs?: number | undefined;
  /**
   * DOM events that count as activity.
   *
   * @default pointerdown, pointermove, keydown, beforeinput, input, click, wheel, touchmove, paste, copy, cut, dragenter, drop
   */
  readonly activityEvents?: readonly string[] | undefined;
  /**
   * Whether a trusted event is activity.
   *
   * @default all but key repeats, pointers that neither move nor press, and text that a script puts in by `execCommand()`, but in
   *   WebKit, which does not tell it from the user's
   */
  readonly activityFilter?: ((event: Event) => boolean) | undefined;
  /**
   * Whether such events count in frames of this origin, too, those inside them and those that are added later included; in a shadow
   * tree, from when the focus goes into the frame. One in a closed shadow tree, or of another origin, is not seen: for
   * these see `curfew/activity`. @default true
   */
  readonly watchFrames?: boolean | undefined;
  /** @default Date.now, performance.now and the page's timers */
  readonly clock?: Clock | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** @default localStorage; nothing is shared where it is forbidden */
  readonly storage?: KeyValueStorage | undefined;
  /** Names the channel, the storage key and the lock that the tabs share. @default 'curfew' */
  readonly channelName?: string | undefined;
}

/** How long {@link SessionClient.holdActive} counts an operation as activity. */
export interface HoldOptions {
  /** The longest that the operation counts as activity, ms. @default 3 600 000 (1 hour) */
  readonly maxMs?: number | undefined;
}

/** The events of a client, with their `detail`. */
export interface SessionEvents {
  /** The warning opened. */
  warning: Snapshot;
  /** The server agreed to a later end while the warning was open, whichever tab asked for it. */
  extended: Snapshot;
  /** Signed out, for `reason`. */
  ended: Snapshot;
  /** This page has signed out, by {@link SessionClient.signOut}; before `ended`, which comes to every tab. */
  'signed-out': SignOutResponse;
  /**
   * Signed in, as the page has learned: at first, again when the same user has signed in after the end, and when the page comes
   * back from the browser's cache. Not after a warning: that is `extended`; and a page may begin with a warning.
   */
  active: Snapshot;
  /**
   * Another sign-in has replaced this session, whether that was live or had ended. `sameUser`: this page goes on with it, and
   * the snapshot says so next; otherwise it has ended, and shows what is none of the new user's business.
   */
  replaced: { readonly sameUser: boolean };
  /**
   * A request failed and will be tried again: a `TypeError` of fetch, or the `Response` that is no answer. Also a request that
   * has had no answer for 10 s, as a `TypeError`: its answer is waited for 25 s more.
   */
  error: unknown;
}

/** The session in one page: keeps time, counts activity, and agrees with the other tabs. Needs no framework. */
export interface SessionClient {
  /** The clock that it goes by. */
  readonly clock: Clock;
  /** Asks the server, listens, and keeps time. A second call does nothing. */
  start(): void;
  /** Leaves no listener, timer, request or channel behind. May be started again. */
  stop(): void;
  /** What the page knows now. The same object until something in it changes. */
  getSnapshot(): Snapshot;
  /** What the server said last, on the server's clock; null before it has, and once the session has ended. */
  getStatus(): SessionStatus | null;
  /** Calls the listener after each change of the snapshot. Returns what unsubscribes it. */
  subscribe(listener: () => void): () => void;
  /** The user's own choice to stay. True once the server has agreed, at most 35 s later: the countdown goes on until then. */
  extend(): Promise<boolean>;
  /** Ends the session. Undefined: the server could not be reached, and the user is still signed in. */
  signOut(): Promise<SignOutResponse | undefined>;
  /** Asks the server how things stand. Never extends. */
  refresh(): Promise<Snapshot>;
  /** The user is active where no event of this document, or of a frame of this origin, shows it. For other frames and videos see `curfew/activity`. */
  reportActivity(): void;
  /** Counts as activity until the promise settles: a long operation with no request and no input. */
  holdActive<T>(operation: Promise<T>, options?: HoldOptions): Promise<T>;
  /**
   * `fetch` for the application's own guarded API: says how long the user has been idle (to this origin only),
   * and takes an answer that the session has ended into the snapshot. What is rejected with `ERR_RUN_UNCONFIRMED` is asked
   * once more, after a check of the run. An `Authorization` of its own would take the place of the mark of the run.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Calls the listener for each event of that type, as an `EventTarget` does. */
  addEventListener<K extends keyof SessionEvents>(
    type: K,
    listener: (event: CustomEvent<SessionEvents[K]>) => void,
    options?: AddEventListenerOptions,
  ): void;
  /** Removes what {@link SessionClient.addEventListener} added. */
  removeEventListener<K extends keyof SessionEvents>(
    type: K,
    listener: (event: CustomEvent<SessionEvents[K]>) => void,
  ): void;
}
