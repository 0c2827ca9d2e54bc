/**
 * Keeps unsaved form fields on the device over an expiry and the sign-in after it.
 *
 * @module
 */

import type { KeyValueStorage, SessionClient } from '../client/types.ts';

/** What {@link keepDrafts} takes: everything has a default. */
export interface DraftOptions {
  /** Where to look for fields. @default document */
  readonly root?: Document | HTMLElement;
  /** Where drafts are kept. On shared machines rather `sessionStorage`. @default localStorage */
  readonly storage?: KeyValueStorage;
  /** Drafts of different pages are kept apart. @default the path and query of the address, when called */
  readonly page?: string;
  /** Older drafts are thrown away, ms. @default 86 400 000 (24 hours) */
  readonly maxAgeMs?: number;
  /** Epoch ms. @default Date.now */
  readonly now?: () => number;
  /** Called after a draft has been kept, restored or erased. */
  readonly onChange?: (change: 'kept' | 'restored' | 'erased') => void;
}

/** Drafts that are being kept. */
export interface Drafts {
  /** Forgets the draft of this page: after it has been saved for real. */
  clear(): void;
  /** Stops keeping drafts. What is kept stays. */
  stop(): void;
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
type Draft = { readonly savedAt: number; readonly fields: Record<string, string | boolean | string[]> };

const PREFIX = 'curfew-draft:';
const DAY_MS = 86_400_000;
const NEVER = new Set(['password', 'hidden', 'file', 'submit', 'button', 'reset', 'image']);
/** What a browser fills in for payment and codes is as secret as a password. */
const SECRET_AUTOCOMPLETE = /\b(?:cc-|one-time-code|(?:current|new)-password)/;

/**
 * Keeps what the user has typed and not sent, on this device, over an expiry and the sign-in after it. One draft a
 * user and page; given back only to the same user; erased at sign-out. Never passwords, files, hidden fields, codes
 * and card numbers, nor fields in or under an element with `data-no-draft`.
 */
export function keepDrafts(session: SessionClient, options: DraftOptions = {}): Drafts {
  const { root = document, now = Date.now, maxAgeMs = DAY_MS, onChange } = options;
  const storage = options.storage ?? localStorage;
  const page = options.page ?? location.pathname + location.search;
  const stopper = new AbortController();
  let user: string | undefined;
  const key = (subject: string) => `${PREFIX}${subject}:${page}`;

  function look(): void {
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
      // Full, or forbidden: nothing is kept, and nothing was promised.
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

  /** All pages' drafts of this user: they have signed out of all of them. */
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
  signal.addEventListener('abort', session.subscribe(look));
  look();
  return {
    clear: () => user !== undefined && storage.removeItem(key(user)),
    stop: () => stopper.abort(),
  };
}

function isKept(target: EventTarget | null): target is Field {
  const field = target as Field | null;
  if (!field?.matches?.('input, textarea, select') || field.closest('[data-no-draft]')) return false;
  return (
    nameOf(field) !== '' && !NEVER.has(field.type) && !SECRET_AUTOCOMPLETE.test(field.autocomplete ?? '')
  );
}

function fieldsOf(root: Document | HTMLElement): Field[] {
  return [...root.querySelectorAll('input, textarea, select')].filter(isKept);
}

/** A field is found again by its form and name, or its id; radio buttons and boxes by their value as well. */
function nameOf(field: Field): string {
  const name = field.name || field.id;
  const choice = field.type === 'radio' || field.type === 'checkbox' ? `=${field.value}` : '';
  return name && `${field.form?.id ?? ''}/${name}${choice}`;
}

function contentOf(field: Field): string | boolean | string[] {
  if ('checked' in field && (field.type === 'radio' || field.type === 'checkbox')) return field.checked;
  if ('selectedOptions' in field) return [...field.selectedOptions].map((option) => option.value);
  return field.value;
}

function fill(field: Field, value: string | boolean | string[]): void {
  if (typeof value === 'boolean') (field as HTMLInputElement).checked = value;
  else if (typeof value === 'string') field.value = value;
  else
    for (const option of (field as HTMLSelectElement).options) option.selected = value.includes(option.value);
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}

function parse(text: string | null): Draft | undefined {
  try {
    const draft = JSON.parse(text!);
    return typeof draft?.savedAt === 'number' && typeof draft.fields === 'object' ? draft : undefined;
  } catch {
    return undefined;
  }
}
