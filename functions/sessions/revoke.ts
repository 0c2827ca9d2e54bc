import type { EndedBy, Session } from '../../core/lifecycle.ts';
import type { Context } from './context.ts';
import { type Ended, endIfKnown } from './end.ts';
import { pagesBySubject } from './list.ts';
import { writeEach } from './write-each.ts';

/** Sessions that one request revokes. More take another request. */
const MAX_REVOKED = 1_000;

/** The outcome of a revocation of several sessions. */
export interface Revocation {
  /** Sessions that this request revoked: a repeat revokes none. */
  readonly revoked: number;
  /** Sessions that it could not revoke, since the store failed: a repeat revokes them. */
  readonly failed: number;
}

/**
 * Revokes sessions that the caller has found, whosever they are. One that is gone needs no end, and one that a deadline
 * has ended keeps that reason. A failure of the store keeps none of the others from being revoked.
 *
 * @param endedBy who revokes them: by default, their owner
 */
export async function revokeEach(
  context: Context,
  sessions: readonly Pick<Session, 'sessionId'>[],
  endedBy?: EndedBy,
): Promise<Revocation> {
  const { results, failed } = await writeEach(sessions, ({ sessionId }) =>
    endIfKnown(context, { sessionId }, 'revoked', endedBy),
  );
  const revoked = results.filter((ended) => ended !== undefined && isRevokedHere(ended)).length;
  return { revoked, failed };
}

export interface SubjectRevocation {
  readonly revoked: number;
  /** At least as many are left: a repeat goes on. 0: none is. */
  readonly remaining: number;
  /** Sessions examined, those included that had ended before. */
  readonly examined: number;
}

/**
 * Revokes a user's sessions, newest first, up to 1,000 in one request.
 *
 * @param options.except a session that is left alone
 * @param options.endedBy who revokes them: by default, the user
 * @throws SessionError `ERR_STORE_UNAVAILABLE` when the sessions can't be listed; what was revoked stays so
 */
export async function revokeSubject(
  context: Context,
  subject: string,
  { except, endedBy }: { readonly except?: string | undefined; readonly endedBy?: EndedBy } = {},
): Promise<SubjectRevocation> {
  let revoked = 0;
  let remaining = 0;
  let examined = 0;
  let tried = 0;
  for await (const page of pagesBySubject(context, subject)) {
    const active = page.sessions.filter(({ sessionId, state }) => state === 'active' && sessionId !== except);
    const batch = await revokeEach(context, active, endedBy);
    revoked += batch.revoked;
    remaining += batch.failed;
    examined += page.sessions.length;
    tried += active.length;
    if (tried >= MAX_REVOKED && page.next) {
      remaining += 1;
      break;
    }
  }
  return { revoked, remaining, examined };
}

/** Whether this request ended the session, and as revoked: a deadline may have come first. */
export function isRevokedHere({ endedHere, session }: Ended): boolean {
  return endedHere && session.state === 'ended' && session.endReason === 'revoked';
}
