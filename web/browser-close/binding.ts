import { BINDABLE_MS } from '../../core/contract.ts';
import type { Problem, RunCheck } from '../../core/protocol.ts';
import type { SessionClient } from '../client/types.ts';
import { checkRun, type Load, loadType, putMark, randomMark, withTabLock } from './mark.ts';

/** How long another page may take to answer, ms. Slowest seen: 110. */
const SIBLING_MS = 1_000;
/** What pages ask and answer on the channel. */
type Message = { readonly ask?: true; readonly mark?: string };

/** The session's binding to one run of the browser. */
export interface Binding {
  /**
   * Undefined: go on. A response: this page is not of the run that signed in, and gets this as its answer.
   *
   * @param again a request did not show the run
   */
  verified(again: boolean): Promise<Response | undefined>;
  /** Binds the session right after sign-in, and answers the other pages that ask for the mark. */
  watch(session: SessionClient, signal: AbortSignal): void;
}

/**
 * Binds the session by a random credential in the browser's in-memory cache of HTTP authentication: the mark of this run.
 * It is put there right after sign-in and looked for whenever a document is loaded, or a request did not show it; no restart
 * of a browser brings it back.
 */
export function createBinding(baseUrl: string, channelName: string, doFetch: typeof fetch): Binding {
  /** Made by this page, or told by the server or another page. In memory only: whatever is stored may be restored. */
  let mark: string | undefined;
  let run: RunCheck['run'] | undefined;
  let verification: Promise<Response | undefined> | undefined;
  /** The session that the server said last; empty: none. Undefined before it has. */
  let sessionId: string | undefined;

  async function check(load: Load): Promise<RunCheck['run']> {
    const answer = await checkRun(doFetch, `${baseUrl}/run/check?load=${load}`);
    mark = answer.mark ?? mark;
    return answer.run;
  }

  async function verify(): Promise<Response | undefined> {
    // Without consequences first: the mark may be lost while the run goes on, and this page or another may know it.
    run = await check('probe');
    if (run !== 'other') return undefined;
    const known = mark ?? (await askSiblings(channelName));
    if (known) {
      await putMark(baseUrl, known);
      run = await check('probe');
    }
    if (run !== 'other') return undefined;
    // A reload ends nothing, and shows nothing either: a restored page that had no network can be reloaded.
    run = await check(loadType());
    return run === 'other' && loadType() === 'reload' ? unverified() : undefined;
  }

  async function bind(session: SessionClient): Promise<void> {
    const status = session.getStatus();
    if (session.getSnapshot().status === 'loading') return;
    const before = sessionId;
    sessionId = status?.sessionId ?? '';
    // One that has begun since this page was loaded began in this run, whatever loaded the page, and nobody has looked for its
    // mark yet. Otherwise a page that was restored, or gone back to, is not one in which a sign-in has just ended.
    const isLater = before !== undefined && before !== sessionId;
    if (!status || (!isLater && (run !== 'unmarked' || loadType() === 'back_forward'))) return;
    if (status.serverTime - status.createdAt >= BINDABLE_MS) return;
    run = undefined;
    await withTabLock(channelName, async () => {
      run = await check('probe');
      if (run !== 'unmarked') return;
      mark = randomMark();
      await putMark(baseUrl, mark);
      run = await check('set');
    });
    // A bound session may have a longer idle timeout.
    if (run === 'same') await session.refresh();
  }

  return {
    verified: (again) => {
      if (again) verification = undefined;
      // Of this run for good. Not of it, until the user has signed in again.
      verification ??= verify().then(
        (rejection) => {
          if (rejection) verification = undefined;
          return rejection;
        },
        (error) => {
          verification = undefined;
          throw error;
        },
      );
      return verification;
    },
    watch(session, signal) {
      // A failure leaves the session unbound, as where a browser keeps no mark: nobody is signed out for it.
      const tryBinding = () => void bind(session).catch(() => undefined);
      signal.addEventListener('abort', session.subscribe(tryBinding));
      const channel = new BroadcastChannel(channelName);
      signal.addEventListener('abort', () => channel.close());
      channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
        if (data.ask && mark && run === 'same') channel.postMessage({ mark } satisfies Message);
      });
    },
  };
}

/** The mark, from a page of this run that knows it. */
function askSiblings(channelName: string): Promise<string | undefined> {
  const channel = new BroadcastChannel(channelName);
  const answer = new Promise<string | undefined>((resolve) => {
    channel.addEventListener('message', ({ data }: MessageEvent<Message>) => data.mark && resolve(data.mark));
    setTimeout(resolve, SIBLING_MS);
  });
  channel.postMessage({ ask: true } satisfies Message);
  return answer.finally(() => channel.close());
}

/** To the client, a session of somebody else's. */
function unverified(): Response {
  const problem = { type: 'about:blank', title: 'Another run of the browser', status: 401 };
  return Response.json({ ...problem, code: 'ERR_SESSION_UNKNOWN' } satisfies Problem, { status: 401 });
}
