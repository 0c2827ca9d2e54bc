import { IDLE_FOR_HEADER } from '../../core/contract.ts';
import { phaseAt, plan, secondsLeft } from '../../core/countdown.ts';
import type { SignOutResponse } from '../../core/protocol.ts';
import { ACTIVITY_EVENTS, isIntended, listen, WAKE_UPS } from './activity.ts';
import { createTimer, deviceClock, estimateServerTime, LONGEST_TIMER_MS } from './clock.ts';
import { end, merge, share } from './knowledge.ts';
import { age, newestActivity, pulse, touch } from './pulses.ts';
import { refresh, request } from './requests.ts';
import { LOADING, show } from './snapshot.ts';
import type { Client } from './state.ts';
import { newTabState, openTabChannel } from './tabs.ts';
import { sessionProblem } from './transport.ts';
import type { HoldOptions, SessionClient, SessionClientOptions } from './types.ts';

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
  const events = new EventTarget();

  const client: Client = {
    options,
    baseUrl,
    clock,
    doFetch,
    jitter: 1 + Math.random() / 10,
    events,
    stopper: new AbortController(),
    snapshot: LOADING,
    session: null,
    toDevice: 0,
    shared: newTabState(),
    ownAt: 0,
    toldAt: 0,
    intervalMs: 0,
    heardAt: 0,
    holds: new Set(),
    failures: 0,
    retryAt: 0,
    unconfirmed: true,
    jumped: false,
    busy: 0,
    time: estimateServerTime(clock, () => {
      client.jumped = true;
      queueMicrotask(update);
    }),
    ask: () => refresh(client),
    update,
  };
  const setTimer = createTimer(clock, update);

  function update(): void {
    merge(client);
    const now = client.time();
    const { session } = client;
    const next = plan(client, now);
    client.ownAt = next.ownAt;
    if (client.tabs && next.send) void (next.send === 'pulse' ? pulse(client, client.tabs) : client.ask());
    show(client, {
      ...(session &&
        next.status && {
          status: next.status,
          expiresAt: session.expiresAt + client.toDevice,
          absoluteExpiresAt: session.absoluteExpiresAt + client.toDevice,
          remainingSeconds: next.status === 'warning' ? secondsLeft(session, now) : null,
          extendable: session.extendable,
          reason: null,
        }),
      connection: client.failures ? 'offline' : 'online',
    });
    if (client.tabs) setTimer(next.wakesAt - now + 1);
  }

  function onActivity(): void {
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
    update();
  }

  function onWake(event: Event): void {
    // The window's own focus, not that of a field in it: only nodes have a parentNode.
    if (document.hidden || (event.target as Partial<Node>).parentNode) return;
    // Only page transitions have `persisted`.
    if ((event as PageTransitionEvent).persisted) {
      client.unconfirmed = true;
      show(client, LOADING);
    }
    void client.ask();
  }

  // An EventTarget's listeners take any event; ours are typed by what is dispatched: SessionEvents.
  return Object.assign(events, {
    start() {
      if (client.tabs || !globalThis.document) return;
      client.stopper = new AbortController();
      client.tabs = openTabChannel(channelName, options.storage, client.stopper.signal, (said) => {
        merge(client, said);
        update();
      });
      listen(
        activityEvents,
        client.stopper.signal,
        (event) => event.isTrusted && activityFilter(event) && onActivity(),
      );
      listen(WAKE_UPS, client.stopper.signal, onWake);
      void client.ask();
    },
    stop() {
      client.stopper.abort();
      client.tabs = undefined;
      setTimer();
    },
    getSnapshot: () => client.snapshot,
    getStatus: () => client.session,
    subscribe(listener: () => void) {
      const onChange = () => listener();
      events.addEventListener('change', onChange);
      return () => events.removeEventListener('change', onChange);
    },
    async extend() {
      if (client.jumped) await client.ask();
      if (!client.session) return false;
      client.ownAt = client.time();
      return touch(client, client.ownAt);
    },
    async signOut() {
      const done = await request<SignOutResponse>(client, '/session/sign-out', {
        sessionId: client.shared.sessionId,
      });
      if (done) end(client, 'signed-out');
      update();
      return done ?? (client.session ? undefined : {});
    },
    refresh: client.ask,
    reportActivity: onActivity,
    holdActive<T>(operation: Promise<T>, { maxMs = LONGEST_TIMER_MS }: HoldOptions = {}) {
      const hold = { until: client.time() + maxMs };
      client.holds.add(hold);
      const release = () => {
        onActivity();
        client.holds.delete(hold);
      };
      operation.then(release, release);
      onActivity();
      return operation;
    },
    async fetch(input: RequestInfo | URL, init?: RequestInit) {
      const outgoing = new Request(input, init);
      update();
      const activeAt = newestActivity(client);
      if (client.session && activeAt && outgoing.url.startsWith(`${location.origin}/`)) {
        outgoing.headers.set(IDLE_FOR_HEADER, String(age(client, activeAt)));
      }
      const response = await doFetch(outgoing);
      if (await sessionProblem(response)) await client.ask();
      return response;
    },
  }) as SessionClient;
}
