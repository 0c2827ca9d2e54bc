import type { Content } from './fields.ts';

/** The type of a state that begins with a value of this one: not only that very text. */
export type DraftState<T extends Content> = T extends string
  ? string
  : T extends boolean
    ? boolean
    : readonly string[];

/** What was kept, where it is of the type of the initial value: another version of the page may have kept something else. */
export function draftState<T extends Content>(content: Content | undefined, initial: T): DraftState<T> {
  const fits = typeof content === typeof initial && Array.isArray(content) === Array.isArray(initial);
  // Of the type of the initial value, as was just seen.
  return (fits ? content : initial) as DraftState<T>;
}
