import { BINDABLE_MS } from '../../core/contract.ts';
import type { Problem, RunCheck } from '../../core/protocol.ts';
import type { SessionClient } from '../client/types.ts';
import { checkRun, type Load, loadType, putCredential, randomCredential } from './credential.ts';

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

  const check = (load: Load) => checkRun(doFetch, `${baseUrl}/run/check?load=${load}`);

  async function verify(): Promise<Response | undefined> {
    // Told first without consequences: the mark alone may be lost, and a page that set it may be open.
    run = await check('probe');
    if (run !== 'other') return undefined;
    const told = await askSiblings(channelName);
    if (told) {
      await putCredential(baseUrl, told);
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
    if (status.serverTime - status.createdAt >= BINDABLE_MS) return;
    run = undefined;
    await alone(channelName, async () => {
      run = await check('probe');
      if (run !== 'unmarked') return;
      mark = randomCredential();
      await putCredential(baseUrl, mark);
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
