import type { BrowserClose as Mode } from '../../core/contract.ts';
import type { SessionClient } from '../client/types.ts';
import { createBinding } from './binding.ts';
import { watchCloseGrace } from './close-grace.ts';

/** What {@link bindToBrowser} takes. */
export interface BrowserCloseOptions {
  /**
   * The policy's `browserClose`, or a promise of it (the site's configuration). A promise that fails counts as `run`:
   * where nothing is to be bound, the server answers so.
   */
  readonly mode: Mode | PromiseLike<Mode | undefined>;
  /** Where the session API is. @default '/api' */
  readonly baseUrl?: string | undefined;
  /** Names the channel and the lock that the tabs share. @default 'curfew-close' */
  readonly channelName?: string | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Ends the session when the browser closes, as far as its policy says so. */
export interface BrowserClose {
  /**
   * For `createSessionClient({fetch})`. The first request of a document waits until the server has confirmed that this
   * is the run of the browser that signed in: nothing private is asked for before.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Call it once, with the client that was made with {@link fetch}, before `start()`. Returns what undoes it. */
  watch(session: SessionClient): () => void;
}

/**
 * Binds a session client to this run of the browser (`run`), and its session to the pages that show it
 * (`last-page`). With `cookie` it does nothing.
 */
export function bindToBrowser(options: BrowserCloseOptions): BrowserClose {
  const { baseUrl = '/api', channelName = 'curfew-close' } = options;
  const doFetch: typeof fetch = (...request) => (options.fetch ?? globalThis.fetch)(...request);
  const mode = Promise.resolve(options.mode).then(
    (known) => known ?? 'run',
    () => 'run' as const,
  );
  const binding = createBinding(baseUrl, channelName, doFetch);
  return {
    async fetch(...request) {
      if ((await mode) !== 'cookie') {
        // The client asks for the run where a request has not shown it.
        const rejection = await binding.verified(request[0] === `${baseUrl}/run/check`);
        if (rejection) return rejection;
      }
      const response = await doFetch(...request);
      // Chromium forgets the mark at a 401, whoever answers it and for whatever reason.
      if (response.status === 401) binding.verified(true).catch(() => undefined);
      return response;
    },
    watch(session) {
      const stopped = new AbortController();
      void mode.then((known) => {
        if (known === 'cookie' || stopped.signal.aborted) return;
        binding.watch(session, stopped.signal);
        if (known === 'last-page') watchCloseGrace(session, baseUrl, channelName, doFetch, stopped.signal);
      });
      return () => stopped.abort();
    },
  };
}
