import { hkdfSync } from 'node:crypto';
import type { DraftKey } from '../../core/protocol.ts';
import { type DraftKeys, importKeys } from '../../web/drafts/keys.ts';
import type { ListableStorage } from '../../web/drafts/storage.ts';

/** A subject that no random text of base64url contains. */
const ADA = 'auth|ada';

/** A draft key as the server gives it, the same for the same names. */
export function draftKey(keyId = 'version1', owner = ADA): DraftKey {
  const bytes = new Uint8Array(hkdfSync('sha256', keyId, '', owner, 32));
  return { keyId, key: Buffer.from(bytes).toString('base64url') };
}

export interface KeysFor {
  readonly keyId?: string;
  readonly subject?: string;
  readonly page?: string;
}

/** What the page makes of it. */
export function keysFor({ keyId, subject = ADA, page = '/orders?case=7' }: KeysFor = {}): Promise<DraftKeys> {
  return importKeys(draftKey(keyId, subject), subject, page);
}

/** A storage that can be full, and looks like one of a browser: each name is a property. */
export class TestStorage implements ListableStorage {
  [name: string]: unknown;
  declare readonly length: number;

  constructor() {
    // What is no name is hidden from Object.keys.
    Object.defineProperty(this, 'isFull', { value: false, writable: true });
    Object.defineProperty(this, 'length', { get: () => Object.keys(this).length });
  }

  key(index: number): string | null {
    return Object.keys(this)[index] ?? null;
  }

  getItem(name: string): string | null {
    return Object.hasOwn(this, name) ? String(this[name]) : null;
  }

  setItem(name: string, text: string): void {
    if (this.isFull) throw new DOMException('full', 'QuotaExceededError');
    this[name] = text;
  }

  removeItem(name: string): void {
    delete this[name];
  }
}
