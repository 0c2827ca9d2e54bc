import { changesAt, NEVER, phaseAt, pulseIntervalMs, pulsesAt, secondsLeft } from '../../core/countdown.ts';
import type { Problem, SessionStatus, SignOutResponse } from '../../core/protocol.ts';
import { ACTIVITY_EVENTS, isIntended, listen, WAKE_UPS } from './activity.ts';
import { deviceClock, steadyTime } from './clock.ts';
import { joinTabs, type Tabs, type Word } from './tabs.ts';
import { send, sessionProblem } from './transport.ts';
import type { HoldOptions, SessionClient, SessionClientOptions, Snapshot } from './types.ts';

/** Timers are cut into pieces: `setTimeout(2 ** 31)` fires at once, and a long one drifts in sleep. */
const LONGEST_TIMER_MS = 3_600_000;
/** Between two tries after failures: 1 s, 2 s, 4 s … this. */
const LONGEST_RETRY_MS = 30_000;
/** A word from another tab may be this far ahead of our estimate of the server's time; beyond it is nonsense. */
const TOLERANCE_MS = 10_000;

const LOADING: Snapshot = {
  status: 'loading',
  connection: 'online',
  expiresAt: null,
  absoluteExpiresAt: null,
  remainingSeconds: null,
  extendable: false,
  reason: null,
};

/** Nothing is known yet of a session but its id. */
const nothingSaid = (sessionId = ''): Word => ({ sessionId, activityAt: 0, pulsedAt: 0 });

/** A client of the session API of this origin. Does nothing, and touches no browser API, until it is started. */
export function createSessionClient(options: SessionClientOptions = {}): SessionClient {
  const {
    baseUrl = '/api',
    channelName = 'curfew',
    clock = deviceClock,
    fetch: doFetch = (...request) => globalThis.fetch(...request),
    activityEvents = ACTIVITY_EVENTS,
    activityFilter = isIntended,
  } = options;
  const target = new EventTarget();
  /** Operations under way, and until when each counts at most: no timer that `stop()` would have to know. */
  const holds = new Set<{ until: number }>();

  /** Keeps the pulses and retries of many browsers from coming in step. */
  const jitter = 1 + Math.random() / 10;

  let snapshot = LOADING;
  let status: SessionStatus | null = null;
  /** Who was signed in last: stays when the session ends. */
  let subject: string | undefined;
  /** What any tab has said. Another object means another session: an answer to the one before comes too late. */
  let word = nothingSaid();
  let ends: Pick<Snapshot, 'expiresAt' | 'absoluteExpiresAt'> = LOADING;
  let ownAt = 0;
  let toldAt = 0;
  /** The server's time less ours. */
  let offset = 0;
  let failures = 0;
  let retryAt = 0;
  /** Nothing that is shown is known to hold: a page just loaded, or back from the back/forward cache. */
  let unconfirmed = true;
  /** A clock was set or the device slept: the server is asked before input counts. */
  let jumped = false;
  let checking: Promise<unknown> | undefined;
  let pulsing = false;
  let stopper = new AbortController();
  /** Defined while started. */
  let tabs: Tabs | undefined;
  let timer: unknown;

  const steady = steadyTime(clock, () => {
    jumped = true;
    queueMicrotask(tick);
  });

  /** The server's time, as far as this page can tell. */
  const time = () => steady() + offset;

  /** How long ago something was, in whole ms, rounded to the older. */
  const age = (at: number) => Math.max(0, Math.ceil(time() - at));

  const intervalMs = () => pulseIntervalMs(status!, options.keepAliveIntervalMs) * jitter;
  const pulseDue = () => pulsesAt(status!, { ...word, ownAt, toldAt }, intervalMs());

  const dispatch = (type: string, detail?: unknown) =>
    target.dispatchEvent(new CustomEvent(type, { detail }));

  function show(next: Partial<Snapshot>): void {
    const before = snapshot;
    if (Object.entries(next).every(([key, value]) => before[key as keyof Snapshot] === value)) return;
    snapshot = { ...before, ...next };
    dispatch('change');
    const { status: now } = snapshot;
    if (now === before.status) return;
    dispatch(now === 'active' && before.status === 'warning' ? 'extended' : now, snapshot);
  }

  /** Takes what is known of the session in hand, unless something newer is. */
  function adopt(next: SessionStatus): void {
    if (status && next.serverTime < status.serverTime) return;
    status = { ...next, warnBeforeMs: options.warnBeforeMs ?? next.warnBeforeMs };
    const { subject: _, user: __, ...sayable } = next;
    word.status = sayable;
    const toDevice = Math.round(clock.now() - time());
    ends = { expiresAt: next.expiresAt + toDevice, absoluteExpiresAt: next.absoluteExpiresAt + toDevice };
  }

  function finish(reason: Snapshot['reason']): void {
    word = { ...word, reason };
    if (status) tabs?.tell(word);
    status = null;
    show({ ...LOADING, status: 'ended', reason });
  }

  /** The server's answer. It may be of another session than the one in hand: that is the same user's, or the end. */
  function confirm(next: SessionStatus, sentAt: number): void {
    // The server judged after the request had left, so this is never behind: a warning comes early, not late.
    offset += next.serverTime - sentAt;
    const { sessionId } = next;
    const replaced = subject && sessionId !== word.sessionId;
    const sameUser = !subject || next.subject === subject;
    if (sameUser) {
      if (!status || replaced) {
        ownAt = toldAt = 0;
        status = null;
        subject = next.subject;
        word = nothingSaid(sessionId);
      }
      adopt(next);
      share();
    } else if (status) finish('superseded');
    else return;
    if (replaced) dispatch('replaced', { sameUser });
  }

  /** A 401. Without a cookie, and with no session here before, nobody has been signed out. */
  function over({ reason, code }: Problem): void {
    if (subject || code !== 'ERR_SESSION_MISSING') finish(reason ?? word.reason ?? 'unknown');
    else show({ ...LOADING, status: 'none' });
  }

  function fail(error: unknown): undefined {
    const wait = Math.min(LONGEST_RETRY_MS, 1_000 * 2 ** failures);
    failures += 1;
    retryAt = time() + wait * jitter;
    dispatch('error', error);
  }

  /** Sends a request and takes in its answer. Undefined: refused, failed, or too late to matter. */
  async function request<T>(path: string, payload?: object): Promise<T | undefined> {
    const sentAt = time();
    const sentIn = word;
    const { signal } = stopper;
    const { error, problem, body } = await send<T>(doFetch, baseUrl + path, signal, payload);
    if (signal.aborted || sentIn !== word) return undefined;
    if (error) return fail(error);
    failures = 0;
    unconfirmed = jumped = false;
    if (problem?.status === 409) void refresh();
    else if (problem) over(problem);
    else if ((body as SessionStatus | undefined)?.sessionId) confirm(body as SessionStatus, sentAt);
    retryAt = time() + 500;
    return body;
  }

  /** What another tab said. Never more than a hint: the server is asked before anything ends. */
  function hear(said: Word | null | undefined): void {
    if (!said) return;
    const isNewer = said.status && said.status.serverTime > (word.status?.serverTime ?? 0);
    if (said.sessionId !== word.sessionId) {
      if (isNewer && !said.reason) void refresh();
      return;
    }
    if (!status) return;
    const latest = time() + TOLERANCE_MS;
    for (const key of ['activityAt', 'pulsedAt'] as const) {
      if (said[key] > word[key] && said[key] <= latest) word[key] = said[key];
    }
    if (isNewer) adopt({ ...status, ...said.status });
    if (!said.reason || word.reason) return;
    word.reason = said.reason;
    void refresh();
  }

  function share(): void {
    hear(tabs?.read());
    if (status) tabs?.tell(word);
  }

  async function touch(activityAt: number): Promise<boolean> {
    pulsing = true;
    word.pulsedAt = time();
    share();
    const answer = await request('/session/touch', { sessionId: word.sessionId, idleForMs: age(activityAt) });
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
      else retryAt = now + 1_000;
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

  /** Does what is due, shows what is so, and sets the timer for what comes next. */
  function tick(): void {
    clock.clearTimeout(timer);
    hear(tabs?.read());
    const now = time();
    const phase = status && phaseAt(status!, now);
    const holding = phase === 'active' && [...holds].some(({ until }) => until > now);
    if (holding) ownAt = now;
    const due = phase ? pulseDue() : NEVER;
    const unsure = phase === 'over' || unconfirmed || jumped || failures > 0;
    if (tabs && now >= retryAt && !checking && !pulsing) {
      if (due <= now && !jumped) void pulse();
      else if (unsure) void refresh();
    }
    // What is about to be sent, or asked, may well keep the warning closed.
    const undecided = snapshot.status === 'active' && !failures && (due <= now || phase === 'over');
    const warning = phase !== 'active' && !undecided;
    show({
      ...(phase &&
        !unconfirmed && {
          ...ends,
          status: warning ? 'warning' : 'active',
          remainingSeconds: warning ? secondsLeft(status!, now) : null,
          extendable: status!.extendable,
          reason: null,
        }),
      connection: failures ? 'offline' : 'online',
    });
    if (!tabs) return;
    const asked = checking || pulsing ? NEVER : retryAt;
    const next = Math.min(
      phase ? changesAt(status!, now) : NEVER,
      due > now ? due : asked,
      unsure ? asked : NEVER,
    );
    timer = clock.setTimeout(tick, Math.min(holding ? intervalMs() : LONGEST_TIMER_MS, next - now + 1));
  }

  function onActivity(): void {
    const now = time();
    if (!status || unconfirmed || jumped) return;
    if (snapshot.status === 'active' && phaseAt(status!, now) === 'active') {
      const since = now - ownAt;
      ownAt = now;
      if (since < 1_000) return;
      word.activityAt = now;
      share();
    }
    tick();
  }

  function onWake(event: Event): void {
    // The window's own focus, not that of a field in it.
    if (document.hidden || (event.target as Partial<Node>).parentNode) return;
    if ((event as PageTransitionEvent).persisted) {
      unconfirmed = true;
      show(LOADING);
    }
    void refresh();
  }

  return Object.assign(target, {
    start() {
      if (tabs || !globalThis.document) return;
      stopper = new AbortController();
      const { signal } = stopper;
      tabs = joinTabs(channelName, options.storage, signal, (said) => {
        hear(said);
        tick();
      });
      listen(activityEvents, signal, (event) => event.isTrusted && activityFilter(event) && onActivity());
      listen(WAKE_UPS, signal, onWake);
      void refresh();
    },
    stop() {
      stopper.abort();
      tabs = undefined;
      clock.clearTimeout(timer);
    },
    getSnapshot: () => snapshot,
    getStatus: () => status,
    subscribe(listener: () => void) {
      const onChange = () => listener();
      target.addEventListener('change', onChange);
      return () => target.removeEventListener('change', onChange);
    },
    async extend() {
      if (jumped) await refresh();
      if (!status) return false;
      ownAt = time();
      return touch(ownAt);
    },
    async signOut() {
      const done = await request<SignOutResponse>('/session/sign-out', { sessionId: word.sessionId });
      if (done) finish('signed-out');
      tick();
      return done ?? (status ? undefined : {});
    },
    refresh,
    reportActivity: onActivity,
    holdActive<T>(operation: Promise<T>, { maxMs = LONGEST_TIMER_MS }: HoldOptions = {}) {
      const hold = { until: time() + maxMs };
      holds.add(hold);
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
      tick();
      const activeAt = Math.max(ownAt, word.activityAt);
      if (status && activeAt && outgoing.url.startsWith(`${location.origin}/`)) {
        outgoing.headers.set('curfew-idle-for', String(age(activeAt)));
      }
      const response = await doFetch(outgoing);
      if (await sessionProblem(response)) await refresh();
      return response;
    },
  }) as SessionClient;
}
