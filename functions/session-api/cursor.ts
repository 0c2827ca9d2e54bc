import * as z from 'zod/mini';
import { SessionError } from '../../core/errors.ts';
import { SessionId } from '../../core/protocol.ts';
import { sha256 } from '../store/hash.ts';
import type { SubjectEntry } from '../store/session-store.ts';

const Content = z.tuple([z.string(), SessionId, z.int().check(z.nonnegative())]);

/** Where a page of a user's sessions ended, for the request of the next one. It is of no use to another user. */
export function toCursor(subject: string, { sessionId, createdAt }: SubjectEntry): string {
  const content: z.infer<typeof Content> = [tagOf(subject), sessionId, createdAt];
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** @throws SessionError `ERR_REQUEST_INVALID` for a cursor that was not made for this user */
export function fromCursor(subject: string, cursor: string): SubjectEntry {
  // Parsers of queries make objects of some, and a caller without types hands them on.
  const parsed = Content.safeParse(parseJson(Buffer.from(String(cursor), 'base64url').toString()));
  if (!parsed.success || parsed.data[0] !== tagOf(subject)) {
    throw new SessionError('ERR_REQUEST_INVALID', { detail: 'cursor: is not one of this list' });
  }
  const [, sessionId, createdAt] = parsed.data;
  return { sessionId, createdAt };
}

/** 12 characters tell the cursors of users apart; the list is the requester's own in any case. */
function tagOf(subject: string): string {
  return Buffer.from(sha256(subject)).toString('base64url').slice(0, 12);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
