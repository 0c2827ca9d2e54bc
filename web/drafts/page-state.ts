import { digest } from './encoding.ts';
import { BEFORE, type Fields } from './encryption.ts';
import type { Content } from './fields.ts';

/** Before the names of content that is in no field: no field's name begins so, unless its form's id does. */
const STATE = '#';

/** What a page keeps that is in none of its fields. */
export interface PageState {
  /** @param initial what shows without it. @default the one that was given before, if any was */
  get(name: string, initial?: Content): Content | undefined;
  /** @returns it and what showed before it, as a draft keeps them */
  set(name: string, content: Content): Fields;
  /** All that was set here. */
  typed(): Fields;
  /** Takes what was kept before. Without `isChosen`, what began with something else than shows now is held back. */
  restore(fields: Fields, isChosen: boolean): void;
  /** Gives what was held back, too. */
  overwrite(): void;
  /** Takes back what was restored, and not set since. */
  undo(): void;
  /** What was set has been saved: it shows still, and is what the next one begins with. */
  settle(): void;
  /** What was set was another user's. */
  forget(): void;
}

/** @param onOutdated called once something is held back */
export function createPageState(onOutdated: () => void): PageState {
  /** What was set here. */
  const own = new Map<string, Content>();
  /** What showed before that, in short, by the names of what was set since the last was saved. */
  const before = new Map<string, string | undefined>();
  /** What shows where nothing was set or restored. */
  const initials = new Map<string, Content>();
  let restored: Fields = {};
  let isChosen = false;
  let hasOutdated = false;

  function isOutdated(key: string, content: Content): boolean {
    const known = restored[BEFORE + key];
    const shows = initials.get(key);
    if (isChosen || shows === undefined || known === undefined) return false;
    return brief(shows) !== known && brief(shows) !== brief(content);
  }

  function read(key: string): Content | undefined {
    const content = restored[key];
    if (own.has(key) || content === undefined || !isOutdated(key, content)) return own.get(key) ?? content;
    if (!hasOutdated) queueMicrotask(onOutdated);
    hasOutdated = true;
    return undefined;
  }

  function entriesOf(key: string, content: Content): Fields {
    const began = before.get(key);
    return { [key]: content, ...(began !== undefined && { [BEFORE + key]: began }) };
  }

  function undo(): void {
    restored = {};
    hasOutdated = false;
  }

  return {
    get(name, initial) {
      const key = STATE + name;
      if (initial !== undefined) initials.set(key, initial);
      return read(key);
    },
    set(name, content) {
      const key = STATE + name;
      const shows = own.get(key) ?? initials.get(key);
      if (!before.has(key)) before.set(key, shows === undefined ? shows : brief(shows));
      own.set(key, content);
      return entriesOf(key, content);
    },
    typed: () => Object.assign({}, ...Array.from(own, (entry) => entriesOf(...entry))),
    restore(fields, chosen) {
      restored = fields;
      isChosen = chosen;
      hasOutdated = false;
    },
    overwrite() {
      isChosen = true;
    },
    undo,
    settle() {
      for (const key of Object.keys(restored)) {
        const content = key.startsWith(STATE) ? read(key) : undefined;
        if (content !== undefined) own.set(key, content);
      }
      before.clear();
      undo();
    },
    forget() {
      own.clear();
      before.clear();
      undo();
    },
  };
}

function brief(content: Content): string {
  return digest(JSON.stringify(content));
}
