import type { KeyValueStorage } from '../client/types.ts';
import { isCurrent, readHead } from './encryption.ts';
import { PREFIX } from './keys.ts';

/** A storage whose names can be listed, so that what is too old is found. `localStorage` is one. */
export type ListableStorage = KeyValueStorage & Pick<Storage, 'key' | 'length'>;

/** Where encrypted drafts are kept. Never throws: what is full, forbidden or absent keeps nothing. */
export interface DraftStorage {
  /** Null: there is none, or it can't be read. */
  read(name: string): string | null;
  /** Whether it is kept now. */
  write(name: string, text: string): boolean;
  remove(name: string): void;
  /** The names of all drafts, whoever's. */
  names(): string[];
}

/** @param given @default localStorage, where the browser allows it */
export function openStorage(given?: ListableStorage): DraftStorage {
  // Reading localStorage throws where it is forbidden.
  const store = () => given ?? localStorage;
  const tolerant = <T>(use: () => T, otherwise: T): T => {
    try {
      return use();
    } catch {
      return otherwise;
    }
  };
  return {
    read: (name) => tolerant(() => store().getItem(name), null),
    write: (name, text) =>
      tolerant(() => {
        store().setItem(name, text);
        return true;
      }, false),
    remove: (name) => tolerant(() => store().removeItem(name), undefined),
    names: () =>
      tolerant(() => {
        const all = Array.from({ length: store().length }, (_, index) => store().key(index) ?? '');
        return all.filter((name) => name.startsWith(PREFIX));
      }, []),
  };
}

/**
 * Erases what nobody may read any more, whoever's it is: it takes no key. That is what has become too old, what is from
 * a time that has not come, and what is no encrypted draft, such as the plain ones of older releases.
 *
 * @param now epoch ms
 */
export function purge(storage: DraftStorage, now: number): void {
  for (const name of storage.names()) {
    const head = readHead(storage.read(name));
    if (!head || !isCurrent(head, now)) storage.remove(name);
  }
}

/** Drafts that were encrypted with other keys than the one in force are looked for with so many of them at most. */
const MOST_OTHERS = 2;

/** The ids of the other keys that drafts here were encrypted with, the newest draft's first. */
export function otherKeyIds(storage: DraftStorage, keyId: string): string[] {
  const heads = storage.names().flatMap((name) => readHead(storage.read(name)) ?? []);
  const ids = heads.sort((a, b) => b.savedAt - a.savedAt).flatMap((head) => head.keyId ?? []);
  return [...new Set(ids)].filter((id) => id !== keyId).slice(0, MOST_OTHERS);
}
