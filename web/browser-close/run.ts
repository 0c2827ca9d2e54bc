import type { Problem, RunCheck, RunCheckQuery } from '../../core/protocol.ts';
import type { SessionClient } from '../client/types.ts';

type Load = NonNullable<(typeof RunCheckQuery)['_zod']['output']['load']>;

/** A session older than this is not marked any more: the server's own limit. ms */
const MARKABLE_MS = 60_000;
/** How long a sibling may take to answer, ms. Slowest seen: 110. */
const SIBLING_MS = 1_000;
/** What asks and answers on the channel. */
type Said = { readonly ask?: true; readonly mark?: string };

export interface Run {
  /** Undefined: go on. A response: this page is not of the run that signed in, and gets this for an answer. */
  verified(): Promise<Response | undefined>;
  watch(session: SessionClient, signal: AbortSignal): void;
}

/**
 * The mark of the browser's run, a random credential in its in-memory cache of HTTP authentication. It is set right
 * after sign-in and looked for whenever a document is loaded; no restart of a browser brings it back.
 */
export function createRun(baseUrl: string, channelName: string, doFetch: typeof fetch): Run {
  /** Set by this page, or told by a sibling. In memory only: whatever is stored may be restored. */
  let mark: string | undefined;
  let run: RunCheck['run'] | undefined;
  let verification: Promise<Response | undefined> | undefined;

  async function check(load: Load): Promise<RunCheck['run']> {
    const response = await doFetch(`${baseUrl}/run/check?load=${load}`, { cache: 'no-store' });
    if (!response.ok) throw response;
    return ((await response.json()) as RunCheck).run;
  }

  async function verify(): Promise<Response | undefined> {
    // Told first without consequences: the mark alone may be lost, and a page that set it may be open.
    run = await check('probe');
    if (run !== 'other') return undefined;
    const told = await askSiblings(channelName);
    if (told) {
      await set(baseUrl, told);
      run = await check('probe');
      mark = told;
    }
    if (run !== 'other') return undefined;
    // A reload ends nothing, and shows nothing either: a restored page that had no network can be reloaded.
    run = await check(loadType());
    return run === 'other' && loadType() === 'reload' ? unverified() : undefined;
  }

  async function bind(session: SessionClient): Promise<void> {
    const status = session.getStatus();
    // What has been restored, or gone back to, is not a page that a sign-in ended in.
    if (run !== 'unmarked' || !status || loadType() === 'back_forward') return;
    if (status.serverTime - status.createdAt >= MARKABLE_MS) return;
    run = undefined;
    await alone(channelName, async () => {
      run = await check('probe');
      if (run !== 'unmarked') return;
      mark = randomMark();
      await set(baseUrl, mark);
      run = await check('set');
    });
    // A bound session may have a longer idle timeout.
    if (run === 'same') await session.refresh();
  }

  return {
    verified: () => {
      verification ??= verify().catch((error) => {
        verification = undefined;
        throw error;
      });
      return verification;
    },
    watch(session, signal) {
      const tryBinding = () => void bind(session).catch(() => undefined);
      signal.addEventListener('abort', session.subscribe(tryBinding));
      const channel = new BroadcastChannel(channelName);
      signal.addEventListener('abort', () => channel.close());
      channel.addEventListener('message', ({ data }: MessageEvent<Said>) => {
        if (data.ask && mark && run === 'same') channel.postMessage({ mark } satisfies Said);
      });
    },
  };
}

/** How this document came to be: a restart says `back_forward`, never `reload` (Chromium 156, Firefox ESR 153). */
function loadType(): Load {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const type = entry?.type;
  return type === 'reload' || type === 'back_forward' ? type : 'navigate';
}

/** Puts a credential into the browser's cache. Only XMLHttpRequest can; what became of it, a check will tell. */
function set(baseUrl: string, mark: string): Promise<unknown> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.onloadend = resolve;
    request.open('GET', `${baseUrl}/run/set`, true, 'run', mark);
    request.send();
  });
}

/** 32 random bytes in base64url. */
function randomMark(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replace(
    /[+/=]/g,
    (char) => ({ '+': '-', '/': '_' })[char] ?? '',
  );
}

/** The mark, from a page of this run that knows it. */
function askSiblings(channelName: string): Promise<string | undefined> {
  const channel = new BroadcastChannel(channelName);
  const answer = new Promise<string | undefined>((resolve) => {
    channel.addEventListener('message', ({ data }: MessageEvent<Said>) => data.mark && resolve(data.mark));
    setTimeout(resolve, SIBLING_MS);
  });
  channel.postMessage({ ask: true } satisfies Said);
  return answer.finally(() => channel.close());
}

/** One tab at a time, or two that sign in together would each set a mark of their own. Held for one round trip. */
async function alone(name: string, work: () => Promise<void>): Promise<void> {
  await (navigator.locks ? navigator.locks.request(name, work) : work());
}

/** Understood by the client as a session of somebody else's. */
function unverified(): Response {
  const problem = { type: 'about:blank', title: 'Another run of the browser', status: 401 };
  return Response.json({ ...problem, code: 'ERR_SESSION_UNKNOWN' } satisfies Problem, { status: 401 });
}
