import { SessionError } from '../../core/errors.ts';
import { evaluate, type Session } from '../../core/lifecycle.ts';
import { lacksMark } from '../store/mark-rule.ts';
import type { StoredSession } from '../store/stored-session.ts';
import { type Context, contended, MAX_ROUNDS, readOwned, unconfirmedRun, unknownSession } from './context.ts';
import type { Credential } from './credential.ts';
import { endExpired } from './end.ts';

/**
 * The session that a credential proves, if it is live. Reads, and writes nothing for a live session; an expired one
 * is ended on the spot, so that the request says the same as the event.
 *
 * @throws SessionError `ERR_SESSION_UNKNOWN` (no such session, or the secret is wrong),
 *   `ERR_SESSION_ENDED` with its reason, `ERR_RUN_UNCONFIRMED`, `ERR_STORE_UNAVAILABLE`
 */
export async function checkSession(context: Context, credential: Credential): Promise<Session> {
  const stored = await readOwned(context, credential);
  if (!stored) throw unknownSession();
  return checkStored(context, credential, stored);
}

/**
 * As {@link checkSession} for a session whose secret was just compared.
 *
 * @throws SessionError as that does
 */
export async function checkStored(
  context: Context,
  { runHash }: Pick<Credential, 'runHash'>,
  { session, binding }: StoredSession,
): Promise<Session> {
  const live = await toLiveSession(context, session);
  if (lacksMark(binding, runHash)) throw unconfirmedRun();
  return live;
}

/**
 * The session as it was read, if it is live; an expired one is ended.
 *
 * @throws SessionError `ERR_SESSION_ENDED` with its reason, `ERR_SESSION_UNKNOWN` (TTL took the row meanwhile),
 *   `ERR_STORE_UNAVAILABLE`
 */
export async function toLiveSession(context: Context, found: Session): Promise<Session> {
  let session = found;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const evaluation = evaluate(session, context.now);
    if (evaluation.state === 'live') return session;
    if (evaluation.state === 'ended') {
      const { reason, endedAt } = evaluation;
      throw new SessionError('ERR_SESSION_ENDED', { reason, endedAt });
    }
    session = (await endExpired(context, session, evaluation)).session;
  }
  throw contended();
}
