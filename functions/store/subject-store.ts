import type { EndedBy } from '../../core/lifecycle.ts';

/** What is stored of a user apart from their sessions. The methods throw `ERR_STORE_UNAVAILABLE` as the other ports do. */
export interface SubjectStore {
  /** When all of a user's sessions were last ended. Strongly consistent. Undefined: never, or too long ago to matter. */
  notBefore(subject: string): Promise<NotBefore | undefined>;

  /** Records that all of a user's sessions are ended. The time only grows: one that is not later changes nothing. */
  raiseNotBefore(subject: string, notBefore: NotBefore): Promise<void>;

  /** Deletes a session's row. False: it is there still, since it has not ended or is somebody else's. */
  eraseSession(row: ErasedRow): Promise<boolean>;

  /** Deletes the record of when all of a user's sessions were ended, unless they were ended again after `at`, epoch ms. */
  forget(subject: string, at: number): Promise<void>;
}

/** A row to be deleted. */
export interface ErasedRow {
  readonly sessionId: string;
  readonly subject: string;
  /** Only once it has ended, so that its end is announced. False for a row that can't be understood. */
  readonly onlyEnded: boolean;
}

/** All sessions and sign-ins of a user that began at or before `at` count for nothing. */
export interface NotBefore {
  /** Epoch ms. */
  readonly at: number;
  /** Who ended them all. */
  readonly endedBy: EndedBy;
}
