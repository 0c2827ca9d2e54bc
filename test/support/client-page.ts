import { activityAt, createSession, evaluate, type Session, touch } from '../../core/lifecycle.ts';
import { definePolicy, type PolicyInput } from '../../core/policy.ts';
import { sessionStatus } from '../../core/protocol.ts';
import {
  createSessionClient,
  type SessionClient,
  type SessionClientOptions,
} from '../../web/client/index.ts';

/** A whole second, since HTTP dates have no finer ones. */
export const START = Date.UTC(2026, 0, 1, 12);

/** A request of the client. */
export interface Sent {
  /** Below the API. */
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly signal: AbortSignal;
  /** The server's time, epoch ms. */
  readonly at: number;
}

/** A document with nothing in it, as far as a client looks. */
export const EMPTY_DOCUMENT = { hidden: false, addEventListener() {}, querySelectorAll: () => [] };

/** A client without a browser: a page that has no more than the client asks of one, and a server that is a function. */
export interface ClientPage {
  readonly client: SessionClient;
  /** As the server has it. */
  session: Session;
  /** The server's time, epoch ms. */
  now: number;
  /** Every request so far. */
  readonly requests: Sent[];
  readonly errors: unknown[];
  /** What the tabs share. */
  readonly shared: Map<string, string>;
  /** Answers every request from now on. */
  answer: (request: Sent) => Response | Promise<Response>;
  /** What the server answers where nothing is wrong. */
  serve(request: Sent): Response;
  /** Moves the time, from one timer that is due to the next, and lets the client do what has come due. */
  pass(ms: number): Promise<void>;
  /** Pulses so far. */
  touches(): number;
  /** How many timers wait. */
  timers(): number;
  /** Stops the client, and takes the page away. */
  close(): void;
}

interface Options extends SessionClientOptions {
  readonly policy?: PolicyInput;
  /** How far the device's clock is ahead of the server's, ms. */
  readonly aheadMs?: number;
}

/** A client that has had its first answer. Its name keeps it apart from those of other tests. */
export async function openClientPage(
  name: string,
  { policy = {}, aheadMs = 0, ...options }: Options = {},
): Promise<ClientPage> {
  Object.assign(globalThis, { document: EMPTY_DOCUMENT, addEventListener: () => {} });
  const timers = new Map<object, { readonly at: number; readonly run: () => void }>();
  const shared = new Map<string, string>();
  const openClient = () =>
    createSessionClient({
      clock: {
        now: () => page.now + aheadMs,
        monotonic: () => page.now,
        setTimeout(run, delayMs) {
          const timer = {};
          timers.set(timer, { at: page.now + delayMs, run });
          return timer;
        },
        clearTimeout: (timer) => void timers.delete(timer as object),
      },
      channelName: name,
      storage: {
        getItem: (key) => shared.get(key) ?? null,
        setItem: (key, value) => void shared.set(key, value),
        removeItem: (key) => void shared.delete(key),
      },
      async fetch(url, init) {
        const { signal, body } = init ?? {};
        const request = {
          path: String(url).replace(/^\/api/, ''),
          body: body ? JSON.parse(String(body)) : {},
          signal: signal ?? new AbortController().signal,
          at: page.now,
        };
        page.requests.push(request);
        return page.answer(request);
      },
      ...options,
    });
  const page: Omit<ClientPage, 'client'> = {
    session: createSession({
      sessionId: name.padEnd(22, '0'),
      subject: 'ada',
      policy: definePolicy({ allowShortWarning: true, ...policy }),
      now: START,
    }),
    now: START,
    requests: [],
    errors: [],
    shared,
    answer: (request) => page.serve(request),
    serve({ path, body }) {
      const { now, session } = page;
      if (path === '/session/sign-out') return Response.json({});
      const evaluation = evaluate(session, now);
      if (evaluation.state !== 'live') {
        const reason = evaluation.state === 'expired' ? evaluation.reason : 'unknown';
        return Response.json({ status: 401, code: 'ERR_SESSION_ENDED', reason }, { status: 401 });
      }
      if (path === '/session/touch') {
        const touched = touch(session, { now, activityAt: activityAt(now, body.idleForMs), slackMs: 0 });
        if (touched.outcome !== 'rejected') page.session = touched.session;
      }
      return Response.json(sessionStatus(page.session, now));
    },
    async pass(ms) {
      for (const end = page.now + ms; ; ) {
        const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at);
        if (!next || next[1].at > end) {
          page.now = end;
          return turns();
        }
        const [timer, { at, run }] = next;
        page.now = Math.max(page.now, at);
        timers.delete(timer);
        run();
        await turns();
      }
    },
    touches: () => page.requests.filter(({ path }) => path === '/session/touch').length,
    timers: () => timers.size,
    close() {
      client.stop();
      for (const global of ['document', 'addEventListener']) Reflect.deleteProperty(globalThis, global);
    },
  };
  const client = openClient();
  client.addEventListener('error', ({ detail }) => page.errors.push(detail));
  client.start();
  await client.refresh();
  return Object.assign(page, { client });
}

/** Lets everything that is under way come to its end. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}
