/**
 * Keeps unsaved form fields on the device over an expiry and the sign-in after it.
 *
 * @module
 */

import type { KeyValueStorage, SessionClient } from '../client/types.ts';
import { type Content, contentOf, fieldsOf, fill, isKept, nameOf } from './fields.ts';

/** What {@link keepDrafts} takes: everything has a default. */
export interface DraftOptions {
  /** Where to look for fields. @default document */
  readonly root?: Document | HTMLElement;
  /** Where drafts are kept; on shared machines, prefer `sessionStorage`. @default localStorage */
  readonly storage?: KeyValueStorage;
  /** Drafts of different pages are kept apart. @default the path and query of the address, when called */
  readonly page?: string;
  /** Older drafts are discarded, ms. @default 86 400 000 (24 hours) */
  readonly maxAgeMs?: number;
  /** Epoch ms. @default Date.now */
  readonly now?: () => number;
  /** Called after a draft has been kept, restored or erased. */
  readonly onChange?: (change: 'kept' | 'restored' | 'erased') => void;
}

/** Drafts that are being kept. */
export interface Drafts {
  /** Discards the draft of this page. Call it once the server has saved what the user typed. */
  clear(): void;
  /** Stops keeping drafts. Those that are kept stay. */
  stop(): void;
}

/** What is kept: fields by their name. `savedAt` is epoch ms. */
type Draft = { readonly savedAt: number; readonly fields: Record<string, Content> };

const PREFIX = 'curfew-draft:';
const DAY_MS = 86_400_000;
/**
 * Keeps what the user has typed and not sent, on this device, over an expiry and the sign-in after it. There is one draft
 * for each user and page; it is restored only for the same user, and erased at sign-out. Passwords, files, hidden
 * fields, codes and card numbers are never kept, nor are fields with `data-no-draft` or inside an element with it.
 */
export function keepDrafts(session: SessionClient, options: DraftOptions = {}): Drafts {
  const { root = document, now = Date.now, maxAgeMs = DAY_MS, onChange } = options;
  const storage = options.storage ?? localStorage;
  const page = options.page ?? location.pathname + location.search;
  const stopper = new AbortController();
  /** Whose drafts are kept: the user who was signed in last. */
  let user: string | undefined;
  const key = (subject: string) => `${PREFIX}${subject}:${page}`;

  function onSessionChange(): void {
    const subject = session.getStatus()?.subject;
    const { status, reason } = session.getSnapshot();
    if (status === 'ended' && reason === 'signed-out' && user !== undefined) erase(user);
    if (subject === undefined || subject === user) return;
    user = subject;
    restore(subject);
  }

  function keep(event: Event): void {
    if (user === undefined || !session.getStatus() || !isKept(event.target)) return;
    const fields: Draft['fields'] = {};
    for (const field of fieldsOf(root)) fields[nameOf(field)] = contentOf(field);
    const draft: Draft = { savedAt: now(), fields };
    try {
      storage.setItem(key(user), JSON.stringify(draft));
      onChange?.('kept');
    } catch {
      // Full, or forbidden: nothing is kept, and onChange does not claim it.
    }
  }

  function restore(subject: string): void {
    const draft = parse(storage.getItem(key(subject)));
    if (!draft) return;
    if (!(now() - draft.savedAt < maxAgeMs)) {
      storage.removeItem(key(subject));
      return;
    }
    for (const field of fieldsOf(root)) {
      const value = draft.fields[nameOf(field)];
      if (value !== undefined) fill(field, value);
    }
    onChange?.('restored');
  }

  /** The drafts of all pages of this user, who has signed out of all of them. */
  function erase(subject: string): void {
    for (const name of Object.keys(storage)) {
      if (name.startsWith(`${PREFIX}${subject}:`)) storage.removeItem(name);
    }
    storage.removeItem(key(subject));
    onChange?.('erased');
    user = undefined;
  }

  const { signal } = stopper;
  root.addEventListener('input', keep, { signal });
  root.addEventListener('change', keep, { signal });
  signal.addEventListener('abort', session.subscribe(onSessionChange));
  onSessionChange();
  return {
    clear: () => user !== undefined && storage.removeItem(key(user)),
    stop: () => stopper.abort(),
  };
}

function parse(text: string | null): Draft | undefined {
  try {
    const draft = JSON.parse(text ?? 'null');
    return typeof draft?.savedAt === 'number' && typeof draft.fields === 'object' ? draft : undefined;
  } catch {
    return undefined;
  }
}
