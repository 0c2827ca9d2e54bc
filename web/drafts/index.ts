/**
 * Keeps unsaved form fields on the device over an expiry and the sign-in after it, encrypted with a key that only their
 * author's session is given.
 *
 * @module
 */

import type { KeyValueStorage, SessionClient, SessionStatus } from '../client/types.ts';
import type { Fields } from './encryption.ts';
import { watchForm } from './form.ts';
import { createKeyRequests } from './key-request.ts';
import { createPageDraft, type PageDraft } from './page-draft.ts';
import { openStorage, otherKeyIds, purge } from './storage.ts';

/**
 * What became of a draft.
 * - `kept`: the newest content is on this device;
 * - `restored`: a draft of before is back in its fields;
 * - `erased`: the user has signed out, and none of theirs is left;
 * - `unsaved`: what was typed is in this page only, since there is no key yet, none to be had, or no room for it.
 */
export type DraftChange = 'kept' | 'restored' | 'erased' | 'unsaved';

/** What {@link keepDrafts} takes: everything has a default. */
export interface DraftOptions {
  /** Where to look for fields. @default document */
  readonly root?: Document | HTMLElement | undefined;
  /** Where drafts are kept. @default localStorage; where it is forbidden, drafts are in memory only */
  readonly storage?: KeyValueStorage | undefined;
  /** Drafts of different pages are kept apart. @default the path and query of the address, when called */
  readonly page?: string | undefined;
  /** Older drafts are discarded, ms. @default 86 400 000 (24 hours) */
  readonly maxAgeMs?: number | undefined;
  /** Where the session API is. @default '/api' */
  readonly baseUrl?: string | undefined;
  /** Epoch ms. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Called after a draft has been kept, restored or erased, and once it can't be kept. */
  readonly onChange?: ((change: DraftChange) => void) | undefined;
}

/** Drafts that are being kept. */
export interface Drafts {
  /** Whether all that was typed into this page is on this device: only then may the page say so. */
  isSaved(): boolean;
  /** Discards the draft of this page. Call it once the server has saved what the user typed. */
  clear(): void;
  /** Stops keeping drafts. Those that are kept stay. */
  stop(): void;
}

const DAY_MS = 86_400_000;

/**
 * Keeps what the user has typed and not sent, on this device, over an expiry and the sign-in after it. There is one draft
 * for each user and page; it is restored only for the same user, and erased at sign-out. Passwords, files, hidden
 * fields, codes and card numbers are never kept, nor are fields with `data-no-draft` or inside an element with it.
 *
 * Drafts are encrypted. The key is the user's own, comes from the server while they are signed in, and is held in memory.
 * Without it, or where the browser has no WebCrypto (a page without https), drafts stay in memory and end with the page.
 * Whatever is too old, whoever's it is, is erased at each call.
 */
export function keepDrafts(session: SessionClient, options: DraftOptions = {}): Drafts {
  const { root = document, now = Date.now, maxAgeMs = DAY_MS, baseUrl = '/api' } = options;
  const { page = location.pathname + location.search, onChange = () => {} } = options;
  const storage = openStorage(options.storage);
  const requests = createKeyRequests(session, `${baseUrl}/session/draft-key`, page);
  const stopper = new AbortController();
  const form = watchForm(root, stopper.signal, keep);
  /** Whose drafts are kept: the user who was signed in last. */
  let user: string | undefined;
  let draft: PageDraft | undefined;
  /** The session whose key was asked for. */
  let askedFor: string | undefined;
  let asking = new AbortController();

  function onSessionChange(): void {
    const status = session.getStatus();
    if (!status) onNoSession();
    else {
      if (status.subject !== user) begin(status.subject);
      if (status.sessionId !== askedFor && isKeyOfUse()) void unlock(status);
    }
  }

  function begin(subject: string): void {
    if (user !== undefined) form.forget();
    draft?.lock();
    user = subject;
    draft = createPageDraft({ storage, page, maxAgeMs, now, onChange });
  }

  function onNoSession(): void {
    lock();
    const { status, reason } = session.getSnapshot();
    if (!draft || status !== 'ended' || reason !== 'signed-out') return;
    draft.erase();
    draft = user = undefined;
    onChange('erased');
  }

  function lock(): void {
    askedFor = undefined;
    asking.abort();
    draft?.lock();
  }

  /** Not without WebCrypto, nor while there is nothing to keep or to restore. */
  function isKeyOfUse(): boolean {
    const isSupported = globalThis.crypto?.subtle !== undefined;
    return isSupported && (form.hasFields() || storage.names().length > 0);
  }

  async function unlock({ subject, sessionId }: SessionStatus): Promise<void> {
    const own = draft;
    askedFor = sessionId;
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const keys = await requests.current(subject, signal);
    if (!keys || signal.aborted) return;
    const ids = otherKeyIds(storage, keys.keyId);
    const others = await Promise.all(ids.map((keyId) => requests.byId(subject, keyId)));
    if (signal.aborted) return;
    await own?.unlock(
      keys,
      others.filter((other) => other !== undefined),
      restore,
    );
  }

  function restore(fields: Fields): void {
    form.restore(fields);
    if (form.isTouched()) draft?.keep(form.contents());
    onChange('restored');
  }

  function keep(): void {
    if (!session.getStatus()) return;
    draft?.keep(form.contents());
    // Where the first field has appeared since, there is a use for the key now.
    onSessionChange();
  }

  purge(storage, now());
  stopper.signal.addEventListener('abort', session.subscribe(onSessionChange));
  stopper.signal.addEventListener('abort', lock);
  onSessionChange();
  return {
    isSaved: () => draft?.isSaved() ?? false,
    clear: () => draft?.clear(),
    stop: () => stopper.abort(),
  };
}
