import type { Fields } from './encryption.ts';
import { contentOf, fieldsOf, fill, groupOf, isKept, nameOf } from './fields.ts';

/** The fields of the page. */
export interface Form {
  hasFields(): boolean;
  /** What all the fields hold that are kept. */
  contents(): Fields;
  /** Fills the fields, but those in which the user has typed. */
  restore(fields: Fields): void;
  /** Whether the user has typed in any of them. */
  isTouched(): boolean;
  /** What was typed was another user's. */
  forget(): void;
}

/** @param onTyped called for each input of the user in a field that is kept, until the signal is aborted */
export function watchForm(root: Document | HTMLElement, signal: AbortSignal, onTyped: () => void): Form {
  const touched = new Set<string>();
  let isFilling = false;

  function onInput({ target }: Event): void {
    if (isFilling || !isKept(target)) return;
    touched.add(groupOf(target));
    onTyped();
  }
  root.addEventListener('input', onInput, { signal });
  root.addEventListener('change', onInput, { signal });

  return {
    hasFields: () => fieldsOf(root).length > 0,
    contents: () => Object.fromEntries(fieldsOf(root).map((field) => [nameOf(field), contentOf(field)])),
    restore(fields) {
      isFilling = true;
      for (const field of fieldsOf(root)) {
        const value = fields[nameOf(field)];
        if (value !== undefined && !touched.has(groupOf(field))) fill(field, value);
      }
      isFilling = false;
    },
    isTouched: () => touched.size > 0,
    forget: () => touched.clear(),
  };
}
