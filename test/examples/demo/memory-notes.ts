import type { Note, NoteStore } from '../../../examples/demo/api/notes.ts';

/** Notes that are kept in memory. */
export function memoryNotes(): NoteStore {
  const kept = new Map<string, Note[]>();
  return {
    list: async (subject) => kept.get(subject) ?? [],
    save: async (subject, note) => void kept.set(subject, [note, ...(kept.get(subject) ?? [])]),
  };
}
