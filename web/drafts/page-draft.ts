import { type Draft, decryptDraft, encryptDraft, type Fields, readHead } from './encryption.ts';
import type { DraftKeys } from './keys.ts';
import type { DraftStorage } from './storage.ts';

/** What a page draft works with. */
export interface PageDraftContext {
  readonly storage: DraftStorage;
  readonly page: string;
  /** A draft that is older than this is not restored, ms. */
  readonly maxAgeMs: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** It has been stored, or can't be. */
  readonly onChange: (change: 'kept' | 'unsaved') => void;
}

/**
 * One user's draft of this page. Until the keys are there it is in memory only. It is written by one write at a time,
 * each with the newest content.
 */
export interface PageDraft {
  /** Takes the newest content of the page. */
  keep(fields: Fields): void;
  /**
   * Takes the keys, hands what was stored to `restore`, the first time, and stores what has been typed meanwhile.
   *
   * @param others of drafts that were encrypted before the service secret was rotated
   */
  unlock(keys: DraftKeys, others: readonly DraftKeys[], restore: (fields: Fields) => void): Promise<void>;
  /** Forgets the keys. A write under way comes to its end. */
  lock(): void;
  /** Discards the draft of this page. */
  clear(): void;
  /** Discards the drafts of all pages of this user. */
  erase(): void;
  /** Whether all of it is stored. */
  isSaved(): boolean;
}

/** The last time that a `Date` can hold. */
const LAST_TIME = 8.64e15;

export function createPageDraft({ storage, page, maxAgeMs, now, onChange }: PageDraftContext): PageDraft {
  let keys: DraftKeys | undefined;
  /** Where this user's drafts are: known once there were keys, and no secret. */
  const names = new Set<string>();
  const ownPrefixes = new Set<string>();
  /** Not stored yet. */
  let unsaved: Draft | undefined;
  let isStored = false;
  /** What was stored before has been looked for: it may be replaced now. */
  let isRestored = false;
  let isWriting = false;
  let told: 'kept' | 'unsaved' | undefined;
  /** How often everything up to then was discarded. */
  let generation = 0;

  function tell(change: 'kept' | 'unsaved'): void {
    if (change === 'kept' || told !== change) onChange(change);
    told = change;
  }

  async function write(): Promise<void> {
    const held = keys;
    if (!held || !isRestored || isWriting) return;
    isWriting = true;
    // Only the page's own onChange can throw in here.
    try {
      let goesOn = true;
      while (unsaved && goesOn) goesOn = await writeOnce(held, unsaved);
    } finally {
      isWriting = false;
    }
  }

  /** False: it could not be stored. The next input tries again. */
  async function writeOnce(held: DraftKeys, draft: Draft): Promise<boolean> {
    const began = generation;
    const text = await encryptDraft(held, page, draft).catch(() => undefined);
    // Discarded meanwhile: none of it is stored.
    if (began !== generation) return true;
    isStored = text !== undefined && storage.write(held.name, text);
    if (unsaved === draft && isStored) unsaved = undefined;
    tell(isStored ? 'kept' : 'unsaved');
    return isStored;
  }

  /** What these keys decrypt. What they should and do not, nothing ever will. */
  async function read(held: DraftKeys): Promise<Draft | undefined> {
    const text = storage.read(held.name);
    const draft = await decryptDraft(held, page, text, now());
    if (draft && now() - draft.savedAt < maxAgeMs) return draft;
    const head = readHead(text);
    const isOfNewerRelease = head && head.keyId === undefined;
    if (!isOfNewerRelease && storage.read(held.name) === text) storage.remove(held.name);
    return undefined;
  }

  function discard(isOurs: (name: string) => boolean): void {
    generation++;
    unsaved = undefined;
    isStored = false;
    for (const name of [...names, ...storage.names()]) if (isOurs(name)) storage.remove(name);
  }

  return {
    keep(fields) {
      const savedAt = Math.round(now());
      unsaved = { savedAt, discardAt: Math.round(Math.min(LAST_TIME, savedAt + maxAgeMs)), fields };
      if (!keys) tell('unsaved');
      void write();
    },

    async unlock(current, others, restore) {
      const all = [current, ...others];
      keys = current;
      for (const { name, ownPrefix } of all) {
        names.add(name);
        ownPrefixes.add(ownPrefix);
      }
      if (!isRestored) {
        const found = await Promise.all(all.map(read));
        // The session has ended meanwhile: another sign-in restores it.
        if (keys !== current) return;
        isRestored = true;
        const [newest] = found.filter((draft) => draft !== undefined).sort((a, b) => b.savedAt - a.savedAt);
        if (generation > 0) for (const { name } of all) storage.remove(name);
        else if (newest) {
          isStored = newest === found[0];
          if (!isStored) unsaved ??= newest;
          restore(newest.fields);
        }
      }
      await write();
      if (isStored) for (const { name } of others) storage.remove(name);
    },

    lock() {
      keys = undefined;
    },
    clear: () => discard((name) => names.has(name)),
    erase: () => discard((name) => [...ownPrefixes].some((prefix) => name.startsWith(prefix))),
    isSaved: () => isStored && !unsaved,
  };
}
