import {
  changesAt,
  type Deadlines,
  phaseAt,
  pulseIntervalMs,
  pulsesAt,
  secondsLeft,
} from '../../core/countdown.ts';
import { expiresAt, isExtendable, type Session } from '../../core/lifecycle.ts';
import type { SessionStatus, SignOutResponse } from '../../core/protocol.ts';
import { ACTIVITY_EVENTS, isIntended, listenForActivity, listenForWakeUps } from './activity.ts';
import { deviceClock, steadyTime } from './clock.ts';
import { joinTabs, pageStorage, type Tabs, type Word } from './tabs.ts';
import { send, sessionProblem } from './transport.ts';
import type { HoldOptions, SessionClient, SessionClientOptions, Snapshot } from './types.ts';

const SECOND = 1_000;
/** Timers are cut into pieces: `setTimeout(2 ** 31)` fires at once, and a long one drifts in sleep. */
const LONGEST_TIMER_MS = 3_600 * SECOND;
/** A page that heard from the server this recently needs no second look when it wakes. */
const FRESH_MS = 5 * SECOND;
/** Between two tries after failures: 1 s, 2 s, 4 s … this. */
const LONGEST_RETRY_MS = 30 * SECOND;
/** A word from another tab may be this far ahead of our estimate of the server's time; beyond it is nonsense. */
const TOLERANCE_MS = 10 * SECOND;

const LOADING: Snapshot = {
  status: 'loading',
  connection: 'online',
  expiresAt: null,
  absoluteExpiresAt: null,
  remainingSeconds: null,
  extendable: false,
  reason: null,
};

const NOTHING_SAID: Word = { sessionId: '', serverTime: 0, idleExpiresAt: 0, activityAt: 0, pulsedAt: 0 };

/** A client of the session API of this origin. Does nothing, and touches no browser API, until it is started. */
export function createSessionClient(options: SessionClientOptions = {}): SessionClient {
  const {
    baseUrl = '/api',
    channelName = 'curfew',
    clock = deviceClock,
    random = Math.random,
    activityEvents = ACTIVITY_EVENTS,
    activityFilter = isIntended,
  } = options;
  const doFetch: typeof fetch = (...request) => (options.fetch ?? globalThis.fetch)(...request);
  const target = new EventTarget();
  const listeners = new Set<() => void>();
  /** Holds of `holdActive`: until when each counts, so that `stop()` leaves no timer of theirs. */
  const holds = new Map<object, number>();

  let snapshot = LOADING;
  let status: SessionStatus | null = null;
  /** Who was signed in last: stays when the session ends. */
  let subject: string | undefined;
  let word: Word = NOTHING_SAID;
  let ends: Pick<Snapshot, 'expiresAt' | 'absoluteExpiresAt'> = LOADING;
  let ownAt = 0;
  let toldAt = 0;
  let jitter = 1;
  /** The server's time less ours. */
  let offset = 0;
  let contactAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let retryAt = 0;
  /** Counts sessions: the answer to a request of an earlier one comes too late to mean anything. */
  let epoch = 0;
  /** Nothing that is shown is known to hold: a page just loaded, or back from the back/forward cache. */
  let unconfirmed = true;
  /** A clock was set or the device slept: the server is asked before input counts. */
  let jumped = false;
  let checking: Promise<unknown> | undefined;
  let pulsing = false;
  let steady: (() => number) | undefined;
  let running: AbortController | undefined;
  let tabs: Tabs | undefined;
  let timer: unknown;

  /** The server's time, as far as this page can tell. */
  function time(): number {
    steady ??= steadyTime(clock, () => {
      jumped = true;
      queueMicrotask(tick);
    });
    return steady() + offset;
  }

  function deadlines(): Deadlines {
    return { ...status!, warnBeforeMs: options.warnBeforeMs ?? status!.warnBeforeMs };
  }

  function pulseDue(): number {
    const intervalMs = pulseIntervalMs(deadlines(), options.keepAliveIntervalMs) * jitter;
    const { activityAt: sharedAt, pulsedAt } = word;
    return pulsesAt(deadlines(), { ownAt, sharedAt, pulsedAt, toldAt, intervalMs });
  }

  const dispatch = (type: string, detail: unknown) => target.dispatchEvent(new CustomEvent(type, { detail }));

  function show(next: Partial<Snapshot>): void {
    const before = snapshot;
    if (Object.entries(next).every(([key, value]) => before[key as keyof Snapshot] === value)) return;
    snapshot = { ...before, ...next };
    for (const listener of [...listeners]) listener();
    const now = snapshot.status;
    if (now === before.status) return;
    if (now === 'warning' || now === 'ended') dispatch(now, snapshot);
    else if (before.status === 'warning' && now === 'active') dispatch('extended', snapshot);
  }

  /** Takes what is known of the session in hand, unless something newer is. */
  function adopt(next: SessionStatus): void {
    if (status && next.serverTime < status.serverTime) return;
    status = next;
    const { serverTime, idleExpiresAt } = next;
    word = { ...word, serverTime, idleExpiresAt };
    const toDevice = clock.now() - time();
    ends = {
      expiresAt: Math.round(next.expiresAt + toDevice),
      absoluteExpiresAt: Math.round(next.absoluteExpiresAt + toDevice),
    };
  }

  function begin(next: SessionStatus): void {
    epoch += 1;
    ownAt = toldAt = 0;
    status = null;
    subject = next.subject;
    word = { ...NOTHING_SAID, sessionId: next.sessionId };
    adopt(next);
  }

  function finish(reason: Snapshot['reason'], signedInBefore = true): void {
    epoch += 1;
    if (status) tabs?.tell({ ...word, reason });
    status = null;
    show({ ...LOADING, status: signedInBefore ? 'ended' : 'none', reason });
  }

  /** The cookie is another session's than the one in hand: go on with it only if it is the same user's. */
  function replace(next: SessionStatus): void {
    const sameUser = next.subject === subject;
    if (sameUser) begin(next);
    else if (status) finish('superseded');
    else return;
    dispatch('replaced', { sameUser });
  }

  function confirm(next: SessionStatus, sentAt: number): void {
    // The server judged after the request had left, so this is never behind: a warning comes early, not late.
    offset += next.serverTime - sentAt;
    const now = time();
    ownAt = Math.min(ownAt, now);
    word = { ...word, pulsedAt: Math.min(word.pulsedAt, now) };
    if (!subject || (!status && next.sessionId === word.sessionId)) begin(next);
    else if (next.sessionId === word.sessionId) adopt(next);
    else replace(next);
    share();
  }

  function over(known: boolean, reason: Snapshot['reason'] | undefined): void {
    const signedInBefore = known || subject !== undefined;
    finish(reason ?? (signedInBefore ? (word.reason ?? 'unknown') : null), signedInBefore);
  }

  function fail(error: unknown): void {
    const wait = Math.min(LONGEST_RETRY_MS, SECOND * 2 ** failures);
    failures += 1;
    retryAt = time() + wait * (1 + random() / 4);
    show({ connection: 'offline' });
    dispatch('error', error);
  }

  /** Sends a request and takes in its answer. Undefined: refused, failed, or too late to matter. */
  async function request<T>(path: string, body?: object): Promise<T | undefined> {
    const sentAt = time();
    const sentIn = epoch;
    const { signal } = running ?? {};
    const answer = await send<T & Partial<SessionStatus>>(doFetch, clock, baseUrl + path, signal, body);
    if (signal?.aborted || sentIn !== epoch) return undefined;
    if (answer.kind === 'failed') {
      fail(answer.error);
      return undefined;
    }
    failures = 0;
    unconfirmed = jumped = false;
    if (answer.kind === 'ok' && answer.body.sessionId) confirm(answer.body as SessionStatus, sentAt);
    if (answer.kind === 'over') over(answer.known, answer.reason);
    if (answer.kind === 'replaced') void refresh();
    contactAt = time();
    retryAt = contactAt + SECOND / 2;
    return answer.kind === 'ok' ? answer.body : undefined;
  }

  /** What another tab said. Never more than a hint: the server is asked before anything ends. */
  function hear(said: Word | undefined): void {
    if (!said || typeof said !== 'object') return;
    if (!status || said.sessionId !== word.sessionId) {
      const isNews = !said.reason && said.sessionId !== word.sessionId;
      if (isNews && said.serverTime > word.serverTime) void refresh();
      return;
    }
    const latest = time() + TOLERANCE_MS;
    const newer = (key: 'activityAt' | 'pulsedAt') =>
      said[key] > word[key] && said[key] <= latest ? said[key] : word[key];
    const ended = said.reason && !word.reason;
    word = { ...word, activityAt: newer('activityAt'), pulsedAt: newer('pulsedAt') };
    const { serverTime, idleExpiresAt } = said;
    if (serverTime > status.serverTime && idleExpiresAt <= serverTime + 2 * status.idleTimeoutMs) {
      const next = { ...status, serverTime, idleExpiresAt };
      adopt({ ...next, expiresAt: expiresAt(next), extendable: isExtendable(next as unknown as Session) });
    }
    if (!ended) return;
    word = { ...word, reason: said.reason };
    void refresh();
  }

  function share(): void {
    hear(tabs?.read());
    if (status) tabs?.tell(word);
  }

  async function touch(activityAt: number): Promise<boolean> {
    pulsing = true;
    jitter = 1 + random() / 10;
    const now = time();
    word = { ...word, pulsedAt: now };
    share();
    const idleForMs = Math.max(0, Math.ceil(now - activityAt));
    const answer = await request('/session/touch', { sessionId: word.sessionId, idleForMs });
    if (answer) toldAt = activityAt;
    pulsing = false;
    tick();
    return !!answer;
  }

  async function pulse(): Promise<void> {
    pulsing = true;
    await tabs!.turn(async (mine) => {
      hear(tabs?.read());
      const now = time();
      if (!status || pulseDue() > now) return;
      // A tab that has had its turn for this long is stopped or dead, and waited for no longer.
      if (mine || now - word.pulsedAt > TOLERANCE_MS) await touch(Math.max(ownAt, word.activityAt));
      else retryAt = now + SECOND;
    });
    pulsing = false;
    tick();
  }

  async function refresh(): Promise<Snapshot> {
    checking ??= request('/session').finally(() => {
      checking = undefined;
      tick();
    });
    await checking;
    return snapshot;
  }

  function holding(now: number): boolean {
    for (const [hold, until] of holds) if (until <= now) holds.delete(hold);
    return holds.size > 0;
  }

  /** Does what is due, shows what is so, and sets the timer for what comes next. */
  function tick(): void {
    clock.clearTimeout(timer);
    hear(status ? tabs?.read() : undefined);
    const now = time();
    const phase = status && phaseAt(deadlines(), now);
    if (phase === 'active' && holding(now)) ownAt = now;
    const due = phase ? pulseDue() : Number.POSITIVE_INFINITY;
    const unsure = phase === 'over' || unconfirmed || jumped || failures > 0;
    if (running && now >= retryAt && !checking && !pulsing) {
      if (due <= now && !jumped) void pulse();
      else if (unsure) void refresh();
    }
    if (phase && !unconfirmed) {
      // What is about to be sent, or asked, may well keep the warning closed.
      const undecided = snapshot.status === 'active' && !failures && (due <= now || phase === 'over');
      const warning = phase !== 'active' && !undecided;
      show({
        ...ends,
        status: warning ? 'warning' : 'active',
        connection: failures ? 'offline' : 'online',
        remainingSeconds: warning ? secondsLeft(deadlines(), now) : null,
        extendable: status!.extendable,
        reason: null,
      });
    }
    if (!running) return;
    const asked = checking || pulsing ? Number.POSITIVE_INFINITY : retryAt;
    const next = Math.min(
      phase ? changesAt(deadlines(), now) : Number.POSITIVE_INFINITY,
      due > now ? due : asked,
      unsure ? asked : Number.POSITIVE_INFINITY,
    );
    if (next === Number.POSITIVE_INFINITY) return;
    timer = clock.setTimeout(tick, Math.min(LONGEST_TIMER_MS, Math.max(1, Math.ceil(next - now))));
  }

  function onActivity(): void {
    const now = time();
    if (!status || unconfirmed || jumped) return;
    if (snapshot.status === 'active' && phaseAt(deadlines(), now) === 'active') {
      const isNews = now - ownAt >= SECOND;
      ownAt = now;
      if (!isNews) return;
      word = { ...word, activityAt: now };
      share();
    }
    tick();
  }

  function onWake(event: Event): void {
    if (document.visibilityState === 'hidden') return;
    if ((event as PageTransitionEvent).persisted) {
      unconfirmed = true;
      show(LOADING);
    }
    if (event.type === 'online') retryAt = 0;
    if (unconfirmed || failures || time() - contactAt >= FRESH_MS) void refresh();
    else tick();
  }

  return Object.assign(target, {
    start() {
      if (running || typeof document === 'undefined') return;
      running = new AbortController();
      const { signal } = running;
      tabs = joinTabs(channelName, options.storage ?? pageStorage(), signal, (said) => {
        hear(said);
        tick();
      });
      listenForActivity(activityEvents, activityFilter, signal, onActivity);
      listenForWakeUps(signal, onWake);
      checking = undefined;
      pulsing = false;
      void refresh();
    },
    stop() {
      running?.abort();
      running = tabs = undefined;
      clock.clearTimeout(timer);
    },
    getSnapshot: () => snapshot,
    getStatus: () => status,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async extend() {
      if (!status) return false;
      ownAt = time();
      return touch(ownAt);
    },
    async signOut() {
      const done = await request<SignOutResponse>('/session/sign-out', { sessionId: word.sessionId });
      if (done) finish('signed-out');
      return done ?? (snapshot.status === 'ended' ? {} : undefined);
    },
    refresh,
    reportActivity: onActivity,
    holdActive<T>(operation: Promise<T>, { maxMs = LONGEST_TIMER_MS }: HoldOptions = {}) {
      const hold = {};
      holds.set(hold, time() + maxMs);
      const release = () => {
        onActivity();
        holds.delete(hold);
      };
      operation.then(release, release);
      onActivity();
      return operation;
    },
    async fetch(input: RequestInfo | URL, init?: RequestInit) {
      const outgoing = new Request(input, init);
      const now = time();
      const activeAt = holding(now) ? now : Math.max(ownAt, word.activityAt);
      if (status && activeAt && new URL(outgoing.url).origin === location.origin) {
        outgoing.headers.set('curfew-idle-for', String(Math.max(0, Math.ceil(now - activeAt))));
      }
      const response = await doFetch(outgoing);
      if (await sessionProblem(response)) await refresh();
      return response;
    },
  }) as SessionClient;
}
