import type { SessionList } from '../../core/protocol.ts';
import { fromCursor, toCursor } from '../session-api/cursor.ts';
import { entryOf } from '../session-api/sessions.ts';
import type { Context } from '../sessions/context.ts';
import { listLive } from '../sessions/list.ts';
import { assertSubject } from './own-sign-in.ts';

/** A page of a user's live sessions. */
export interface ListedSessions {
  /** Newest first. */
  readonly sessions: readonly Omit<SessionList['sessions'][number], 'current'>[];
  /** For the next page; left out: this was the last one. */
  readonly nextCursor?: string | undefined;
}

/** @throws SessionError `ERR_REQUEST_INVALID` for what is no subject and for a cursor of another user, `ERR_STORE_UNAVAILABLE` */
export async function listSessions(
  context: Context,
  subject: string,
  cursor: string | null | undefined,
): Promise<ListedSessions> {
  assertSubject(subject);
  const after = cursor === undefined || cursor === null ? undefined : fromCursor(subject, cursor);
  const { sessions, next } = await listLive(context, subject, { after });
  return { sessions: sessions.map(entryOf), ...(next && { nextCursor: toCursor(subject, next) }) };
}
