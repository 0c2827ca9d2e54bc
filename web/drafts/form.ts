import { CARET, type Fields } from './encryption.ts';
import {
  type Content,
  caretIn,
  contentOf,
  type Field,
  fieldsOf,
  fill,
  focusAt,
  groupOf,
  isBlank,
  isKept,
  nameOf,
} from './fields.ts';

/** The fields of the page. */
export interface Form {
  hasFields(): boolean;
  /** What those fields hold in which the user has typed, and where the caret is. */
  typed(): Fields;
  /** Fills the fields, but those in which the user has typed: now, and those that appear later when they do. */
  restore(fields: Fields): void;
  /** Whether the user has typed in any of them. */
  isTouched(): boolean;
  /** Gives the fields that were filled, and not touched since, what they held before; fills none that appears later. */
  undo(): void;
  /** What was typed has been dealt with, or was another user's. */
  forget(): void;
}

/** @param onTyped called for each input of the user in a field that is kept, until the signal is aborted */
export function watchForm(root: Document | HTMLElement, signal: AbortSignal, onTyped: () => void): Form {
  const touched = new Set<string>();
  /** What fields held before they were filled. */
  const before = new Map<Field, Content>();
  /** The names of those that were filled: one that appears again is only filled where it is blank. */
  const filled = new Set<string>();
  let draft: Fields = {};
  let isFilling = false;

  const appearing = new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) if (node instanceof Element && node.isConnected) fillIn(node);
    }
  });

  function onInput({ target }: Event): void {
    if (isFilling || !isKept(target)) return;
    touched.add(groupOf(target));
    onTyped();
  }
  root.addEventListener('input', onInput, { signal });
  root.addEventListener('change', onInput, { signal });
  signal.addEventListener('abort', () => appearing.disconnect());

  function fillIn(part: Document | Element): void {
    isFilling = true;
    for (const field of fieldsOf(part)) {
      const name = nameOf(field);
      const content = draft[name];
      if (content === undefined || touched.has(groupOf(field))) continue;
      if (filled.has(name) && !isBlank(field)) continue;
      filled.add(name);
      before.set(field, contentOf(field));
      fill(field, content);
      const caret = draft[CARET];
      const isFree = !document.activeElement || document.activeElement === document.body;
      if (Array.isArray(caret) && caret[0] === name && isFree) focusAt(field, caret);
    }
    isFilling = false;
  }

  function forgetDraft(): void {
    appearing.disconnect();
    draft = {};
    before.clear();
    filled.clear();
  }

  return {
    hasFields: () => fieldsOf(root).length > 0,
    typed() {
      const fields = fieldsOf(root).filter((field) => touched.has(groupOf(field)));
      const { activeElement } = document;
      return {
        ...Object.fromEntries(fields.map((field) => [nameOf(field), contentOf(field)])),
        ...(isKept(activeElement) && { [CARET]: caretIn(activeElement) }),
      };
    },
    restore(fields) {
      draft = fields;
      appearing.observe(root, { childList: true, subtree: true });
      fillIn(root);
    },
    undo() {
      const untouched = [...before].filter(([field]) => field.isConnected && !touched.has(groupOf(field)));
      forgetDraft();
      isFilling = true;
      for (const [field, content] of untouched) fill(field, content);
      isFilling = false;
    },
    isTouched: () => touched.size > 0,
    forget() {
      forgetDraft();
      touched.clear();
    },
  };
}
