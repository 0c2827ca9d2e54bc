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
  isChoice,
  isKept,
  isOneList,
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
  /** By what a field is known, see `keyOf`, and which field that is. */
  let keys = new WeakMap<Field, string>();
  const holders = new Map<string, Field>();
  /** The keys of the groups in which the user has typed. */
  const touched = new Set<string>();
  /** What fields showed before anything was put into them, in short. */
  const shown = new Map<string, Content | undefined>();
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

  /**
   * By what a field is known here: its group, and once the user has typed in it, or there is a draft of it, the one under which that is
   * kept: its place changes when a row before it is deleted. What a framework makes anew in place of one that is gone is known by the same.
   */
  function keyOf(field: Field, group = groupOf(field)): string {
    if (isChoice(field)) return group;
    const known = keys.get(field);
    // A framework may also make another field of it.
    if (known !== undefined && holders.get(known) === field && isFixed(known) && isOneList(known, group))
      return known;
    let key = group;
    // One more than there can be in a draft.
    while (isHeld(key, field)) key += '\n';
    know(field, key);
    return key;
  }

  function know(field: Field, key: string): void {
    keys.set(field, key);
    holders.set(key, field);
  }

  function isFixed(key: string): boolean {
    return touched.has(key) || draft[key] !== undefined;
  }

  /** Whether another field that is there is known by it, whatever its place is now. */
  function isHeld(key: string, field: Field): boolean {
    const holder = holders.get(key);
    return !!holder?.isConnected && holder !== field && keys.get(holder) === key && isFixed(key);
  }

  /** What a field shows, or a group of radio buttons. White space differs by whether a field is visible. */
  function showing(field: Field): string {
    const isChosen = (each: Field) => isKept(each) && partOf(each) === partOf(field);
    const chosen = isChoice(field) && [...root.querySelectorAll<Field>(':checked')].find(isChosen);
    return digest(JSON.stringify(chosen ? nameOf(chosen) : contentOf(field)).replaceAll(/\s|\\./g, ''));
  }

  function note(field: Field): void {
    const key = keyOf(field);
    if (!touched.has(key) && !filled.has(nameOf(field, key))) shown.set(partOf(field, key), showing(field));
  }

  /** Where it is not known what a field showed, such as in a draft of the release before, only text is in danger. */
  function isAsBefore(field: Field, content: Content, key: string): boolean {
    if (JSON.stringify(contentOf(field)) === JSON.stringify(content)) return true;
    const known = draft[BEFORE + partOf(field, key)];
    return known === undefined ? isBlank(field) || typeof content !== 'string' : known === showing(field);
  }

  function onBegin({ target }: Event): void {
    if (isKept(target)) note(target);
  }

  function onInput({ target }: Event): void {
    if (isFilling || !isKept(target)) return;
    touched.add(keyOf(target));
    onTyped();
  }

  /**
   * The user resets a form, by a click or a key on its button: each field shows what it did at first, and is as the user wants it. A script
   * that does it, such as that of a form which opens empty, says nothing of what the user wants.
   */
  function onClick({ target, isTrusted }: Event): void {
    // The targets of clicks are elements.
    const form = (target as Element).closest<HTMLButtonElement>('[type=reset]')?.form;
    if (!form || !isTrusted) return;
    let reset: Event | undefined;
    form.addEventListener('reset', (event) => (reset = event), { once: true });
    setTimeout(() => {
      if (!reset || reset.defaultPrevented || signal.aborted) return;
      for (const [field, group] of fieldsOf(form)) {
        const key = keyOf(field, group);
        if (filled.has(nameOf(field, key))) touched.add(key);
      }
      if (touched.size > 0) onTyped();
    });
  }

  for (const type of ['focusin', 'beforeinput'])
    root.addEventListener(type, onBegin, { capture: true, signal });
  if (isKept(document.activeElement)) note(document.activeElement);
  root.addEventListener('input', onInput, { signal });
  root.addEventListener('change', onInput, { signal });
  root.addEventListener('click', onClick, { capture: true, signal });
  signal.addEventListener('abort', () => appearing.disconnect());

  function fillIn(part: Document | Element): void {
    isFilling = true;
    for (const [field, group] of fieldsOf(part)) {
      const key = keyOf(field, group);
      const name = nameOf(field, key);
      const content = draft[name];
      if (content === undefined || touched.has(key)) continue;
      if (filled.has(name) && !isBlank(field)) continue;
      if (!isChosen && !isAsBefore(field, content, key)) {
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

  function typed(): Fields {
    const fields: Record<string, Content | undefined> = {};
    const left: Record<string, undefined> = {};
    const own = new Map<Field, string>();
    for (const [field, group] of fieldsOf(root)) {
      const key = keyOf(field, group);
      // What was restored has to be kept where it is now.
      if (!touched.has(key) && (key === group || !filled.has(key))) continue;
      own.set(field, group);
      if (key !== group) left[key] = left[BEFORE + key] = undefined;
      fields[nameOf(field, group)] = contentOf(field);
      const began = shown.get(partOf(field, key));
      if (began !== undefined) fields[BEFORE + partOf(field, group)] = began;
    }
    for (const key in left) {
      touched.delete(key);
      filled.delete(key);
    }
    draft = { ...draft, ...left };
    for (const [field, group] of own) {
      touched.add(group);
      const part = partOf(field, group);
      shown.set(part, fields[BEFORE + part]);
      know(field, group);
    }
    const { activeElement } = document;
    if (isKept(activeElement)) fields[CARET] = caretIn(activeElement);
    return { ...left, ...fields };
  }

  function forgetDraft(): void {
    appearing.disconnect();
    draft = {};
    hasOutdated = false;
    before.clear();
    filled.clear();
  }

  return {
    hasFields: () => fieldsOf(root).size > 0,
    typed,
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
      const untouched = [...before].filter(([field]) => field.isConnected && !touched.has(keyOf(field)));
      forgetDraft();
      isFilling = true;
      for (const [field, content] of untouched) fill(field, content);
      isFilling = false;
    },
    isTouched: () => touched.size > 0,
    forget() {
      forgetDraft();
      touched.clear();
      // All of them have the places of now.
      keys = new WeakMap();
      holders.clear();
      // What shows now is what the next input begins with.
      shown.clear();
      if (isKept(document.activeElement)) note(document.activeElement);
    },
  };
}
