/**
 * Keeps unsaved form fields on the device over an expiry and the sign-in after it, encrypted with a key that only their
 * author's session is given.
 *
 * @module
 */

import type { SessionClient, SessionStatus } from '../client/types.ts';
import type { Draft, Fields } from './encryption.ts';
import type { Content } from './fields.ts';
import { watchForm } from './form.ts';
import { createKeyRequests } from './key-request.ts';
import { createPageDraft, type PageDraft } from './page-draft.ts';
import { createPageState } from './page-state.ts';
import { type ListableStorage, openStorage, otherKeyIds, purge } from './storage.ts';
import { claimTab } from './tab.ts';

export type { Content } from './fields.ts';
export type { ListableStorage } from './storage.ts';

/**
 * What became of a draft.
 * - `kept`: the newest content is on this device;
 * - `restored`: a draft of before is back in its fields;
 * - `outdated`: of that draft a field, or a state of the page, was left as it is, since it shows something else than when the user began
 *   to change it, which somebody may have saved since: `restore()` overwrites it, `discard()` or `clear()` discards the draft;
 * - `erased`: the user has signed out, and none of theirs is left;
 * - `unsaved`: what was typed is in this page only, since there is no key yet, none to be had, or no room for it.
 */
export type DraftChange = 'kept' | 'restored' | 'outdated' | 'erased' | 'unsaved';

/** What {@link keepDrafts} takes: everything has a default. */
export interface DraftOptions {
  /** Where to look for fields. @default document */
  readonly root?: Document | HTMLElement | undefined;
  /** Where drafts are kept. @default localStorage; where it is forbidden, drafts are in memory only */
  readonly storage?: ListableStorage | undefined;
  /** Drafts of different pages are kept apart. @default the path and query of the address, when called */
  readonly page?: string | undefined;
  /** Older drafts are discarded, ms. @default 86 400 000 (24 hours) */
  readonly maxAgeMs?: number | undefined;
  /** Where the session API is. @default '/api' */
  readonly baseUrl?: string | undefined;
  /** Epoch ms. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Called after a draft has been kept, restored or erased, and once it can't be kept. @default nobody is told */
  readonly onChange?: ((change: DraftChange) => void) | undefined;
  /**
   * Called with a draft of before, which nothing shows until the user has chosen. Without it, the draft is restored at once,
   * and `discard()` takes it back; but not over what the server has rendered since (`outdated`).
   *
   * @default restores it into the fields that show what they did before the user typed there
   */
  readonly onFound?: ((found: FoundDraft) => void) | undefined;
}

/** A draft of before, for the user to choose. */
export interface FoundDraft {
  /** When it was kept, epoch ms on this device's clock. */
  readonly savedAt: number;
  /** Puts it into the fields in which the user has not typed since, whatever they show. Once; afterwards, and after `discard`, it does nothing. */
  restore(): void;
  /** Discards it. What has been typed since stays. */
  discard(): void;
}

/** Drafts that are being kept. */
export interface Drafts {
  /** Whether all that was typed into this page is on this device: only then may the page say so. */
  isSaved(): boolean;
  /** Discards the draft of this page. Call it once the server has saved what the user typed. What shows stays. */
  clear(): void;
  /** Puts a draft of before also where something was left as it is (`outdated`): the user has chosen. */
  restore(): void;
  /** Takes back what was restored, where the user has not typed since, and discards it. What has been typed since stays. */
  discard(): void;
  /**
   * What was kept or restored under this name, of content that is in no field. Undefined: nothing was, or it is `outdated`.
   *
   * @param initial what shows without it, such as what the server has saved: a draft that began with something else is not given
   *   unasked. @default it is given whatever shows
   */
  get(name: string, initial?: Content): Content | undefined;
  /** Keeps content that is in no field, such as the state of a component. Without a session it is in memory only. */
  set(name: string, content: Content): void;
  /** Calls the listener after each change of what {@link Drafts.get} says. Returns what unsubscribes it. */
  subscribe(listener: () => void): () => void;
  /** Stops keeping drafts. Those that are kept stay. */
  stop(): void;
}

const DAY_MS = 86_400_000;

/**
 * Keeps what the user has typed and not sent, on this device, over an expiry and the sign-in after it. There is one draft
 * for each user, page and tab; it is restored only for the same user, and erased at sign-out. A draft holds the fields in which
 * the user has typed, whether the page shows them still or not; they are filled when they appear. Passwords, files, hidden
 * fields, codes and card numbers are never kept, nor are fields with `data-no-draft` or inside an element with it. Of an
 * element that is edited in place (`contenteditable`) the text is kept, without its formatting.
 *
 * Drafts are encrypted. The key is the user's own, comes from the server while they are signed in, and is held in memory.
 * Without it, or where the browser has no WebCrypto (a page without https), drafts stay in memory and end with the page.
 * Whatever is too old, whoever's it is, is erased at each call. On a server it does nothing.
 */
export function keepDrafts(session: SessionClient, options: DraftOptions = {}): Drafts {
  if (!globalThis.document) return NONE;
  const { root = document, now = Date.now, maxAgeMs = DAY_MS, baseUrl = '/api' } = options;
  const { page = location.pathname + location.search, onChange = () => {} } = options;
  const storage = openStorage(options.storage);
  const requests = createKeyRequests(session, `${baseUrl}/session/draft-key`, page);
  const stopper = new AbortController();
  const onCopy = (name: string) => {
    tab = name;
    draft?.moveTo(name);
  };
  let tab = claimTab({ page, signal: stopper.signal, onCopy });
  const form = watchForm(
    root,
    stopper.signal,
    () => keep(form.typed()),
    () => onChange('outdated'),
  );
  const state = createPageState(() => onChange('outdated'));
  const listeners = new Set<() => void>();
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
    if (user !== undefined) forget();
    draft?.lock();
    user = subject;
    draft = createPageDraft({ storage, page, tab, maxAgeMs, now, onChange });
    // What was typed before the page knew who is there.
    if (hasState() || form.isTouched()) draft.keep({ ...form.typed(), ...state.typed() });
  }

  function onNoSession(): void {
    lock();
    const { status, reason } = session.getSnapshot();
    if (!draft || status !== 'ended' || reason !== 'signed-out') return;
    draft.erase();
    draft = user = undefined;
    forget();
    onChange('erased');
  }

  function lock(): void {
    askedFor = undefined;
    asking.abort();
    draft?.lock();
  }

  /** What was typed was another user's, or of a session that is over for good. */
  function forget(): void {
    form.forget();
    state.forget();
    tell();
  }

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function hasState(): boolean {
    return Object.keys(state.typed()).length > 0;
  }

  /** Not without WebCrypto, nor while there is nothing to keep or to restore. */
  function isKeyOfUse(): boolean {
    const isSupported = globalThis.crypto?.subtle !== undefined;
    return isSupported && (form.hasFields() || hasState() || storage.names().length > 0);
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
      (found) => offer(found, own),
    );
  }

  function offer({ savedAt, fields }: Draft, own: PageDraft): void {
    let isOpen = true;
    /** Once, and not what was another user's. */
    const choose = (choice: () => void) => () => {
      if (isOpen && own === draft) choice();
      isOpen = false;
    };
    const { onFound } = options;
    if (onFound) {
      const chosen = choose(() => restore(fields, true));
      onFound({ savedAt, restore: chosen, discard: choose(own.discardFound) });
    } else restore(fields, false);
  }

  function restore(fields: Fields, isChosen: boolean): void {
    state.restore(fields, isChosen);
    form.restore(fields, isChosen);
    tell();
    onChange('restored');
  }

  function keep(fields: Fields): void {
    if (!session.getStatus()) return;
    draft?.keep(fields);
    // Where the first field has appeared since, there is a use for the key now.
    onSessionChange();
  }

  purge(storage, now());
  stopper.signal.addEventListener('abort', session.subscribe(onSessionChange));
  stopper.signal.addEventListener('abort', lock);
  onSessionChange();
  return {
    isSaved: () => draft?.isSaved() ?? false,
    clear() {
      form.forget();
      state.settle();
      draft?.clear();
    },
    restore() {
      form.overwrite();
      state.overwrite();
      tell();
    },
    discard() {
      form.undo();
      state.undo();
      tell();
      draft?.discardFound();
    },
    get: state.get,
    set(name, content) {
      keep(state.set(name, content));
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => stopper.abort(),
  };
}

/** On a server there is nothing to keep. */
const NONE: Drafts = {
  isSaved: () => false,
  clear() {},
  restore() {},
  discard() {},
  get: () => undefined,
  set() {},
  subscribe: () => () => {},
  stop() {},
};
