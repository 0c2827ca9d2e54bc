import { IDLE_FOR_HEADER, TAB_CHANNEL } from '../../core/contract.ts';
import type { SignOutResponse } from '../../core/protocol.ts';
import { ACTIVITY_EVENTS, isIntended, listen, listenInFrames, WAKE_UPS } from './activity.ts';
import { createTimer, deviceClock, estimateServerTime, LONGEST_TIMER_MS } from './clock.ts';
import { onActivity, onWakeUp } from './input.ts';
import { end, merge } from './knowledge.ts';
import { age, newestActivity, touch } from './pulses.ts';
import { refresh, request } from './requests.ts';
import { dispatch, LOADING } from './snapshot.ts';
import type { Client } from './state.ts';
import { newTabState, openTabChannel } from './tabs.ts';
import { confirmingRun, sessionProblem } from './transport.ts';
import type { HoldOptions, SessionClient, SessionClientOptions } from './types.ts';
import { update } from './update.ts';

/** A client of the session API of this origin. Does nothing, and touches no browser API, until it is started. */
export function createSessionClient(options: SessionClientOptions = {}): SessionClient {
  const {
    baseUrl = '/api',
    channelName = TAB_CHANNEL,
    clock = deviceClock,
    fetch = (...request) => globalThis.fetch(...request),
    activityEvents = ACTIVITY_EVENTS,
    activityFilter = isIntended,
    watchFrames = true,
  } = options;
  const events = new EventTarget();
  const doFetch = confirmingRun(fetch, baseUrl);

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
    holds: new Map(),
    failures: 0,
    connection: 'online',
    retryAt: 0,
    unconfirmed: true,
    busy: 0,
    time: estimateServerTime(clock, () => {
      client.jumped = true;
      queueMicrotask(client.update);
    }),
    ask: () => refresh(client),
    update: () => update(client),
    setTimer: createTimer(clock, () => client.update()),
  };

  // An EventTarget's listeners take any event; ours are typed by what is dispatched: SessionEvents.
  return Object.assign(events, {
    clock,
    start() {
      if (client.tabs || !globalThis.document) return;
      client.stopper = new AbortController();
      client.tabs = openTabChannel(channelName, options.storage, (said) => {
        merge(client, said);
        client.update();
      });
      const { signal } = client.stopper;
      (watchFrames ? listenInFrames : listen)(
        activityEvents,
        signal,
        (event) => event.isTrusted && activityFilter(event) && onActivity(client),
      );
      listen(WAKE_UPS, signal, (event) => onWakeUp(client, event));
      void client.ask();
      dispatch(client, 'change');
    },
    stop() {
      client.stopper.abort();
      client.tabs?.close();
      client.tabs = undefined;
      client.setTimer();
      dispatch(client, 'change');
    },
    getSnapshot: () => client.snapshot,
    getStatus: () => (client.tabs ? client.session : null),
    subscribe(listener: () => void) {
      const onChange = () => listener();
      events.addEventListener('change', onChange);
      return () => events.removeEventListener('change', onChange);
    },
    async extend() {
      if (client.jumped) await client.ask();
      if (!client.session) return false;
      client.ownAt = client.time();
      return touch(client);
    },
    async signOut() {
      const done = await request<SignOutResponse>(client, '/session/sign-out', Boolean, {
        sessionId: client.shared.sessionId,
      });
      if (done) {
        dispatch(client, 'signed-out', done);
        end(client, 'signed-out');
      }
      client.update();
      return done ?? (client.session ? undefined : {});
    },
    refresh: client.ask,
    reportActivity: () => onActivity(client),
    holdActive<T>(operation: Promise<T>, { maxMs = LONGEST_TIMER_MS }: HoldOptions = {}) {
      client.holds.set(operation, client.time() + maxMs);
      const release = () => {
        onActivity(client);
        client.holds.delete(operation);
      };
      operation.then(release, release);
      onActivity(client);
      return operation;
    },
    async fetch(input: RequestInfo | URL, init?: RequestInit) {
      const outgoing = new Request(input, init);
      client.update();
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
