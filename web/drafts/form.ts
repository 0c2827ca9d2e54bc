import { digest } from './encoding.ts';
import { BEFORE, CARET, type Fields } from './encryption.ts';
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
  partOf,
} from './fields.ts';

/** The fields of the page. */
export interface Form {
  hasFields(): boolean;
  /** What those fields hold in which the user has typed, what they showed before that, and where the caret is. */
  typed(): Fields;
  /**
   * Fills the fields, but those in which the user has typed: now, and those that appear later when they do. Without `isChosen`
   * also none that shows something else than when the user began to type: somebody may have saved that since.
   */
  restore(fields: Fields, isChosen: boolean): void;
  /** Fills what was left as it is. */
  overwrite(): void;
  /** Whether the user has typed in any of them. */
  isTouched(): boolean;
  /** Gives the fields that were filled, and not touched since, what they held before; fills none that appears later. */
  undo(): void;
  /** What was typed has been dealt with, or was another user's. */
  forget(): void;
}

/**
 * @param onTyped called for each input of the user in a field that is kept, until the signal is aborted
 * @param onOutdated called once a field is left as it is
 */
export function watchForm(
  root: Document | HTMLElement,
  signal: AbortSignal,
  onTyped: () => void,
  onOutdated: () => void,
): Form {
  const touched = new Set<string>();
  /** What fields showed before anything was put into them, in short. */
  const shown = new Map<string, string>();
  /** What fields held before they were filled. */
  const before = new Map<Field, Content>();
  /** The names of those that were filled: one that appears again is only filled where it is blank. */
  const filled = new Set<string>();
  let draft: Fields = {};
  let isFilling = false;
  let isChosen = false;
  let hasOutdated = false;

  const appearing = new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) if (node instanceof Element && node.isConnected) fillIn(node);
    }
  });

  /** What a field shows, or a group of radio buttons. White space differs by whether a field is visible. */
  function showing(field: Field): string {
    const part = partOf(field);
    const chosen = fieldsOf(root).find((each) => partOf(each) === part && contentOf(each) === true);
    return digest(JSON.stringify(chosen ? nameOf(chosen) : contentOf(field)).replaceAll(/\s|\\./g, ''));
  }

  function note(field: Field): void {
    if (!touched.has(groupOf(field)) && !filled.has(nameOf(field))) shown.set(partOf(field), showing(field));
  }

  /** Where it is not known what a field showed, such as in a draft of the release before, only text is in danger. */
  function isAsBefore(field: Field, content: Content): boolean {
    if (JSON.stringify(contentOf(field)) === JSON.stringify(content)) return true;
    const known = draft[BEFORE + partOf(field)];
    return known === undefined ? isBlank(field) || typeof content !== 'string' : known === showing(field);
  }

  function onBegin({ target }: Event): void {
    if (isKept(target)) note(target);
  }

  function onInput({ target }: Event): void {
    if (isFilling || !isKept(target)) return;
    touched.add(groupOf(target));
    onTyped();
  }
  /** The fields of a form are about to show what they did at first, of which each says nothing: it is the user's wish. */
  function onReset({ target: form }: Event): void {
    setTimeout(() => {
      // Only a form is reset.
      for (const field of fieldsOf(form as HTMLFormElement))
        if (filled.has(nameOf(field))) touched.add(groupOf(field));
      if (touched.size > 0) onTyped();
    });
  }

  for (const type of ['focusin', 'beforeinput'])
    root.addEventListener(type, onBegin, { capture: true, signal });
  if (isKept(document.activeElement)) note(document.activeElement);
  root.addEventListener('input', onInput, { signal });
  root.addEventListener('change', onInput, { signal });
  root.addEventListener('reset', onReset, { signal });
  signal.addEventListener('abort', () => appearing.disconnect());

  function fillIn(part: Document | Element): void {
    isFilling = true;
    for (const field of fieldsOf(part)) {
      const name = nameOf(field);
      const content = draft[name];
      if (content === undefined || touched.has(groupOf(field))) continue;
      if (filled.has(name) && !isBlank(field)) continue;
      if (!isChosen && !isAsBefore(field, content)) {
        if (!hasOutdated) queueMicrotask(onOutdated);
        hasOutdated = true;
        continue;
      }
      note(field);
      filled.add(name);
      before.set(field, contentOf(field));
      fill(field, content);
      const caret = draft[CARET];
      const isFree = !document.activeElement || document.activeElement === document.body;
      if (Array.isArray(caret) && caret[0] === name && isFree) focusAt(field, caret);
    }
    isFilling = false;
  }

  function entriesOf(field: Field): [string, Content][] {
    const before = shown.get(partOf(field));
    const entry: [string, Content] = [nameOf(field), contentOf(field)];
    return before === undefined ? [entry] : [entry, [BEFORE + partOf(field), before]];
  }

  function forgetDraft(): void {
    appearing.disconnect();
    draft = {};
    hasOutdated = false;
    before.clear();
    filled.clear();
  }

  return {
    hasFields: () => fieldsOf(root).length > 0,
    typed() {
      const fields = fieldsOf(root).filter((field) => touched.has(groupOf(field)));
      const { activeElement } = document;
      return {
        ...Object.fromEntries(fields.flatMap(entriesOf)),
        ...(isKept(activeElement) && { [CARET]: caretIn(activeElement) }),
      };
    },
    restore(fields, chosen) {
      draft = fields;
      isChosen = chosen;
      appearing.observe(root, { childList: true, subtree: true });
      fillIn(root);
    },
    overwrite() {
      isChosen = true;
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
      // What shows now is what the next input begins with.
      shown.clear();
      if (isKept(document.activeElement)) note(document.activeElement);
    },
  };
}
