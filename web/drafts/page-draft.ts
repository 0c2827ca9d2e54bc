import { CARET, type Draft, decryptDraft, encryptDraft, type Fields, readHead } from './encryption.ts';
import type { DraftKeys } from './keys.ts';
import type { DraftStorage } from './storage.ts';

/** What a page draft works with. */
export interface PageDraftContext {
  readonly storage: DraftStorage;
  readonly page: string;
  /** Tells the tabs of a browser apart: each keeps a version of its own. */
  readonly tab: string;
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
  /** Takes the newest content of these fields. What is known of others stays. */
  keep(fields: Fields): void;
  /**
   * Takes the keys, hands what was stored to `restore`, the first time, and stores what has been typed meanwhile. Of several
   * versions that is this tab's own, or else the newest.
   *
   * @param others of drafts that were encrypted before the service secret was rotated
   */
  unlock(keys: DraftKeys, others: readonly DraftKeys[], restore: (draft: Draft) => void): Promise<void>;
  /** Forgets the keys. A write under way comes to its end. */
  lock(): void;
  /**
   * This tab has the name of another one, which it is a copy of, and takes this one: it stores a version of its own, and leaves the
   * other's as it is. Where that has not been restored yet, it is the one that will be.
   */
  moveTo(tab: string): void;
  /** Discards the draft of this page: this tab's own, and the one that was restored. */
  clear(): void;
  /** Discards what was stored before. What has been typed since stays. */
  discardFound(): void;
  /** Discards the drafts of all pages of this user. */
  erase(): void;
  /** Whether all of it is stored. */
  isSaved(): boolean;
}

/** A version of the draft as it is stored. */
interface Version {
  readonly name: string;
  readonly draft: Draft;
  /** Whether this tab wrote it. */
  readonly isOwn: boolean;
  /** The keys that it was encrypted with. */
  readonly held: DraftKeys;
}

/** The last time that a `Date` can hold. */
const LAST_TIME = 8.64e15;

export function createPageDraft(context: PageDraftContext): PageDraft {
  const { storage, page, maxAgeMs, now, onChange } = context;
  let { tab } = context;
  let keys: DraftKeys | undefined;
  /** Where this draft is, and the one that was restored: known once there were keys, and no secret. */
  const names = new Set<string>();
  const ownPrefixes = new Set<string>();
  /** What was stored before, and what has been typed since. */
  let found: Fields = {};
  let typed: Fields = {};
  /** The newest there is, and what of it is not stored yet. */
  let latest: Draft | undefined;
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
    isStored = text !== undefined && storage.write(ownName(held), text);
    if (unsaved === draft && isStored) unsaved = undefined;
    tell(isStored ? 'kept' : 'unsaved');
    return isStored;
  }

  function ownName({ name }: DraftKeys, of = tab): string {
    return `${name}.${of}`;
  }

  function takeKeys(held: readonly DraftKeys[]): void {
    for (const each of held) {
      names.add(ownName(each));
      ownPrefixes.add(each.ownPrefix);
    }
  }

  /** The versions that these keys decrypt, of any tab. What they should and do not, nothing ever will. */
  async function read(held: DraftKeys): Promise<Version[]> {
    const all = storage.names().filter((name) => name === held.name || name.startsWith(`${held.name}.`));
    const read = await Promise.all(all.map((name) => readOne(held, name)));
    return read.filter((version) => version !== undefined);
  }

  async function readOne(held: DraftKeys, name: string): Promise<Version | undefined> {
    const text = storage.read(name);
    const draft = await decryptDraft(held, page, text, now());
    if (draft && now() - draft.savedAt < maxAgeMs)
      return { name, draft, isOwn: name === ownName(held, context.tab), held };
    const head = readHead(text);
    const isOfNewerRelease = head && head.keyId === undefined;
    if (!isOfNewerRelease && storage.read(name) === text) storage.remove(name);
    return undefined;
  }

  /** Has to be written, with what was stored before: a field that the page does not show is in no danger. */
  function stage(): void {
    const savedAt = Math.round(now());
    const discardAt = Math.round(Math.min(LAST_TIME, savedAt + maxAgeMs));
    latest = unsaved = { savedAt, discardAt, fields: { ...found, ...typed } };
  }

  function discard(isOurs: (name: string) => boolean): void {
    generation++;
    latest = unsaved = undefined;
    found = typed = {};
    isStored = false;
    for (const name of [...names, ...storage.names()]) if (isOurs(name)) storage.remove(name);
  }

  function keep(fields: Fields): void {
    typed = { ...typed, ...fields };
    stage();
    if (!keys) tell('unsaved');
    void write();
  }

  return {
    keep,

    async unlock(current, others, restore) {
      const all = [current, ...others];
      keys = current;
      takeKeys(all);
      if (!isRestored) {
        const versions = (await Promise.all(all.map(read))).flat();
        // The session has ended meanwhile: another sign-in restores it.
        if (keys !== current) return;
        isRestored = true;
        const own = versions.filter(({ isOwn }) => isOwn);
        const [newest] = (own.length > 0 ? own : versions).sort((a, b) => b.draft.savedAt - a.draft.savedAt);
        // That of the tab which this one is a copy of stays that tab's.
        const isOthers = newest?.isOwn && tab !== context.tab;
        if (newest && !isOthers) names.add(newest.name);
        if (generation > 0) for (const name of names) storage.remove(name);
        else if (newest) {
          found = newest.draft.fields;
          isStored = newest.held === current && !isOthers;
          if (unsaved) stage();
          else {
            latest = newest.draft;
            if (!isStored) unsaved = latest;
          }
          restore(newest.draft);
        }
      }
      await write();
      // What was encrypted before a rotation is no longer needed, once it is encrypted anew.
      const older = (name: string) => others.some((held) => name.startsWith(held.name));
      if (isStored) for (const name of names) if (older(name)) storage.remove(name);
    },

    moveTo(other) {
      for (const name of names) if (name.endsWith(`.${tab}`)) names.delete(name);
      tab = other;
      if (!keys) return;
      names.add(ownName(keys));
      unsaved = latest;
      void write();
    },

    lock() {
      keys = undefined;
    },
    clear: () => discard((name) => names.has(name)),
    discardFound() {
      const { [CARET]: _, ...since } = typed;
      discard((name) => names.has(name));
      if (Object.keys(since).length > 0) keep(since);
    },
    erase: () => discard((name) => [...ownPrefixes].some((prefix) => name.startsWith(prefix))),
    isSaved: () => isStored && !unsaved,
  };
}
