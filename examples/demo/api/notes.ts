/** A note of the application: in the demo's site, a filed report. */
export interface Note {
  readonly text: string;
  /** Epoch ms. */
  readonly savedAt: number;
}

/** Where a user's notes are kept. Each method throws `NotesUnavailableError` when it can't be reached. */
export interface NoteStore {
  /** The newest 30, newest first. */
  list(subject: string): Promise<readonly Note[]>;
  save(subject: string, note: Note): Promise<void>;
}

/** The notes can't be read or written at the moment. */
export class NotesUnavailableError extends Error {}
