import * as z from 'zod/mini';

/** A note of the demo application. */
export interface Note {
  readonly text: string;
  /** Epoch ms. */
  readonly savedAt: number;
}

/** `POST /api/notes`. */
export const NewNote = z.object({ text: z.string().check(z.minLength(1), z.maxLength(2_000)) });

/** Where the demo keeps a user's notes. */
export interface NoteStore {
  /** Newest first. */
  list(subject: string): Promise<readonly Note[]>;
  save(subject: string, note: Note): Promise<void>;
}
