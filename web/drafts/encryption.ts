import { fromBase64Url, toBase64Url, utf8 } from './encoding.ts';
import type { Content } from './fields.ts';
import type { DraftKeys } from './keys.ts';

/**
 * An encrypted draft, as it is kept on the device:
 *
 *     <version>.<savedAt>.<discardAt>.<key id>.<IV and ciphertext, base64url>
 *
 * AES-256-GCM with a random IV of 96 bits. What stands in the clear, and the page, are authenticated with it
 * (additional data), so that no draft passes for one of another page, time or version. The times are in the clear so that
 * erasing what is too old takes no key.
 */

/** The fields of a page, by their name. Undefined: what was kept under this name is kept under another one now. */
export type Fields = Readonly<Record<string, Content | undefined>>;

/** In place of a name: where the caret was. No field is named so. */
export const CARET = '';

/** Before the name of a field, or of a group of radio buttons: what it showed before the user typed there, in short. */
export const BEFORE = '=';

/** What is kept of one page. Epoch ms each `…At`. */
export interface Draft {
  readonly savedAt: number;
  /** From then on nobody may read it. */
  readonly discardAt: number;
  readonly fields: Fields;
}

/** What an encrypted draft says in the clear. Epoch ms each `…At`. */
export interface Head {
  readonly savedAt: number;
  readonly discardAt: number;
  /** Undefined: encrypted by a newer release, in a form that this one does not know. */
  readonly keyId: string | undefined;
}

const VERSION = 1;
const IV_BYTES = 12;
/** Version and times stand first in any version, so that every release can erase what another one left. */
const ANY_VERSION = /^([1-9]\d{0,3})\.(\d{1,16})\.(\d{1,16})\./;
const THIS_VERSION = /^(1\.\d+\.\d+\.([\w-]{1,64})\.)([\w-]+)$/;

/**
 * How far a device's clock may have been set back since a draft was kept, ms (24 hours): a time zone or half a day is soon
 * set wrong, by hand or by the other system of a machine that has two.
 */
const CLOCK_STEP_MS = 86_400_000;

/** Whether a draft of these times may be read. @param now epoch ms */
export function isCurrent({ savedAt, discardAt }: Pick<Head, 'savedAt' | 'discardAt'>, now: number): boolean {
  return savedAt <= now + CLOCK_STEP_MS && now < discardAt;
}

/** Undefined: no encrypted draft of any release. */
export function readHead(text: string | null): Head | undefined {
  const [, version, savedAt, discardAt] = ANY_VERSION.exec(text ?? '') ?? [];
  if (version === undefined) return undefined;
  const keyId = THIS_VERSION.exec(text ?? '')?.[2];
  if (Number(version) === VERSION && keyId === undefined) return undefined;
  return { savedAt: Number(savedAt), discardAt: Number(discardAt), keyId };
}

export async function encryptDraft(
  { keyId, cipher }: DraftKeys,
  page: string,
  draft: Draft,
): Promise<string> {
  const head = `${VERSION}.${draft.savedAt}.${draft.discardAt}.${keyId}.`;
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const content = await crypto.subtle.encrypt(
    parameters(iv, head, page),
    cipher,
    utf8(JSON.stringify(draft.fields)),
  );
  const bytes = new Uint8Array(IV_BYTES + content.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(content), IV_BYTES);
  return head + toBase64Url(bytes);
}

/**
 * The draft that was encrypted with these keys for this page. Undefined for anything else, whatever was done to it.
 *
 * @param now epoch ms
 */
export async function decryptDraft(
  { keyId, cipher }: DraftKeys,
  page: string,
  text: string | null,
  now: number,
): Promise<Draft | undefined> {
  const head = readHead(text);
  const [, clear, , encoded] = THIS_VERSION.exec(text ?? '') ?? [];
  if (!head || clear === undefined || encoded === undefined) return undefined;
  if (head.keyId !== keyId || !isCurrent(head, now)) return undefined;
  try {
    const bytes = fromBase64Url(encoded);
    const content = await crypto.subtle.decrypt(
      parameters(bytes.subarray(0, IV_BYTES), clear, page),
      cipher,
      bytes.subarray(IV_BYTES),
    );
    const { savedAt, discardAt } = head;
    return { savedAt, discardAt, fields: JSON.parse(new TextDecoder().decode(content)) };
  } catch {
    // Not encrypted with this key, for this page and with this head, or changed since.
    return undefined;
  }
}

function parameters(iv: Uint8Array<ArrayBuffer>, head: string, page: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: utf8(head + page) };
}
