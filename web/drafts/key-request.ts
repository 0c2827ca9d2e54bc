import type { DraftKey, DraftKeyRequest } from '../../core/protocol.ts';
import type { SessionClient } from '../client/types.ts';
import type { DraftKeys } from './keys.ts';
import { importKeys } from './keys.ts';

/** Between two tries after failures: 2 s, 4 s, 8 s … this. */
const LONGEST_RETRY_MS = 120_000;

/** What is asked of the key route: for whom, and for which page the answer is. */
export interface KeyRequests {
  /**
   * The keys in force. Asks until there is an answer, as long as this user is signed in. Undefined: there are none, since
   * the server keeps no secret, or they no longer are.
   */
  current(subject: string, signal: AbortSignal): Promise<DraftKeys | undefined>;
  /** The keys that something was encrypted with. Asks once. Undefined: they are not known any more, or that failed. */
  byId(subject: string, keyId: string): Promise<DraftKeys | undefined>;
}

/** @param url of the key route */
export function createKeyRequests(session: SessionClient, url: string, page: string): KeyRequests {
  async function ask(subject: string, keyId?: string): Promise<DraftKeys | 'none' | 'failed'> {
    const status = session.getStatus();
    if (status?.subject !== subject) return 'none';
    const { sessionId } = status;
    const request: DraftKeyRequest = { sessionId, ...(keyId !== undefined && { keyId }) };
    try {
      const response = await session.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      if (response.status === 404) return 'none';
      if (!response.ok) return 'failed';
      const key: DraftKey = await response.json();
      return await importKeys(key, subject, page);
    } catch {
      return 'failed';
    }
  }

  return {
    async current(subject, signal) {
      for (let delayMs = 2_000; !signal.aborted; delayMs = Math.min(LONGEST_RETRY_MS, delayMs * 2)) {
        const keys = await ask(subject);
        if (keys === 'none') return undefined;
        if (keys !== 'failed') return keys;
        await sleep(delayMs, signal);
      }
      return undefined;
    },
    async byId(subject, keyId) {
      const keys = await ask(subject, keyId);
      return keys === 'none' || keys === 'failed' ? undefined : keys;
    },
  };
}

/** Resolves at once when the signal is aborted, and leaves no timer behind. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
