/**
 * A session for the tests of pages and components, whose state the test sets: no server, no browser and no waiting.
 *
 * @module
 */

import { deviceClock } from '../client/clock.ts';
import { dispatch, LOADING, show } from '../client/snapshot.ts';
import type { Clock, SessionClient, SessionEvents, SessionStatus, Snapshot } from '../client/types.ts';

/** What a test may leave out. */
type Given<Name extends keyof Snapshot> = {
  readonly [Key in Name]?: NonNullable<Snapshot[Key]> | undefined;
};

/** What a test says of a session; the rest of the snapshot follows from it. */
export type FakeState = Given<'connection'> &
  (
    | { readonly status?: undefined }
    | { readonly status: 'loading' | 'none' }
    | ({ readonly status: 'active' } & Given<'expiresAt' | 'absoluteExpiresAt' | 'extendable'>)
    | ({ readonly status: 'warning' } & Given<'remainingSeconds' | 'absoluteExpiresAt' | 'extendable'>)
    | ({ readonly status: 'ended' } & Given<'reason' | 'endedAt'>)
  );

/** What {@link createFakeSession} takes. */
export interface FakeSessionOptions {
  /** Whose session it is. @default 'test' */
  readonly subject?: string | undefined;
  /** @default no name and no address */
  readonly user?: SessionStatus['user'] | undefined;
  /** Reads the time. @default the device's clock, which the fake timers of Jest and Vitest replace */
  readonly clock?: Clock | undefined;
  /** Answers `session.fetch()`. @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A session client whose state a test sets. Time passes for it only by what the test sets. */
export interface FakeSession extends SessionClient {
  /**
   * Sets the state, and calls listeners as the client does. Without a `status`, the session stays as it is. A state that is not
   * spelled out has these values: the session ends in 15 minutes, a warning in 120 s, and in 12 hours in any case; it can be
   * extended; it ended now, for `idle`; and the connection is `online`.
   */
  set(state: FakeState): void;
  /** Dispatches an event that does not follow from a state, such as `replaced`. */
  emit<K extends keyof SessionEvents>(type: K, detail: SessionEvents[K]): void;
}

/** Idle timeout, warning and absolute limit of the default policy, ms. */
const IDLE_MS = 900_000;
const WARN_MS = 120_000;
const ABSOLUTE_MS = 43_200_000;

/**
 * A session for the tests of a page: what `createSessionClient` makes, with a state that the test sets. Where the connection
 * is not `online`, `extend` and `signOut` fail as they do in a page; otherwise they succeed at once.
 *
 * ```ts
 * const session = createFakeSession();
 * session.set({ status: 'warning', remainingSeconds: 30 });
 * ```
 *
 * @param state what it begins with: `{ status: 'loading' }` for what a page shows before the server has answered
 */
export function createFakeSession(
  state: FakeState = { status: 'active' },
  options: FakeSessionOptions = {},
): FakeSession {
  const { subject = 'test', user = {}, clock = deviceClock } = options;
  const fetch: typeof globalThis.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
  const events = new EventTarget();
  const shown = { events, snapshot: LOADING };
  const createdAt = clock.now();
  const set = (next: FakeState) => show(shown, snapshotOf(next, clock.now()));
  const isLive = () => shown.snapshot.expiresAt !== null;
  const isAnswered = () => shown.snapshot.connection === 'online';
  set(state);

  // An EventTarget's listeners take any event; ours are typed by what is dispatched: SessionEvents.
  return Object.assign(events, {
    clock,
    set,
    emit: (type: keyof SessionEvents, detail: unknown) => dispatch(shown, type, detail),
    start: () => undefined,
    stop: () => undefined,
    getSnapshot: () => shown.snapshot,
    getStatus: () => statusOf(shown.snapshot, { subject, user, createdAt, now: clock.now() }),
    subscribe(listener: () => void) {
      const onChange = () => listener();
      events.addEventListener('change', onChange);
      return () => events.removeEventListener('change', onChange);
    },
    async extend() {
      if (!isLive() || !isAnswered()) return false;
      const { absoluteExpiresAt, extendable } = shown.snapshot;
      set({ status: 'active', absoluteExpiresAt: absoluteExpiresAt ?? undefined, extendable });
      return true;
    },
    async signOut() {
      if (!isAnswered()) return undefined;
      if (!isLive()) return {};
      dispatch(shown, 'signed-out', {});
      set({ status: 'ended', reason: 'signed-out' });
      return {};
    },
    refresh: async () => shown.snapshot,
    reportActivity: () => undefined,
    holdActive: <T>(operation: Promise<T>) => operation,
    fetch,
  }) as FakeSession;
}

/** The snapshot of a client in this state. */
function snapshotOf(state: FakeState, now: number): Partial<Snapshot> {
  // What is left out, or undefined, must not take the place of a default. Only undefined is dropped, so the types stay.
  const said = Object.fromEntries(
    Object.entries(state).filter(([, value]) => value !== undefined),
  ) as Partial<Snapshot>;
  if (state.status === undefined) return said;
  const live = { expiresAt: now + IDLE_MS, absoluteExpiresAt: now + ABSOLUTE_MS, extendable: true };
  if (state.status === 'active') return { ...LOADING, ...live, ...said };
  if (state.status === 'ended') return { ...LOADING, reason: 'idle', endedAt: now, ...said };
  if (state.status !== 'warning') return { ...LOADING, ...said };
  const remainingSeconds = state.remainingSeconds ?? WARN_MS / 1_000;
  return { ...LOADING, ...live, ...said, remainingSeconds, expiresAt: now + remainingSeconds * 1_000 };
}

/** What the server would have said last. Null: nobody is signed in. */
function statusOf(
  { expiresAt, absoluteExpiresAt, extendable }: Snapshot,
  known: Pick<SessionStatus, 'subject' | 'user' | 'createdAt'> & { readonly now: number },
): SessionStatus | null {
  if (expiresAt === null || absoluteExpiresAt === null) return null;
  const { now, ...who } = known;
  return {
    ...who,
    sessionId: 'fake-session-of-a-test',
    serverTime: now,
    lastActivityAt: expiresAt - IDLE_MS,
    idleExpiresAt: expiresAt,
    absoluteExpiresAt,
    expiresAt,
    remainingMs: Math.max(0, expiresAt - now),
    warnBeforeMs: WARN_MS,
    absoluteWarnBeforeMs: WARN_MS,
    idleTimeoutMs: IDLE_MS,
    absoluteTimeoutMs: ABSOLUTE_MS,
    extendable,
    closesAt: null,
  };
}
