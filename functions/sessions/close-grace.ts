import type { Session } from '../../core/lifecycle.ts';
import { checkSession, toLiveSession } from './check.ts';
import { type Context, unknownSession } from './context.ts';
import type { Credential } from './credential.ts';

/**
 * "The last page is going": the session ends in `graceMs` unless a live page says otherwise.
 *
 * @throws SessionError `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ENDED` with its reason, `ERR_STORE_UNAVAILABLE`
 */
export async function startCloseGrace(
  context: Context,
  credential: Credential,
  graceMs: number,
): Promise<Session> {
  const result = await context.store.startCloseGrace({ ...credential, now: context.now, graceMs });
  if (result.outcome === 'unknown') throw unknownSession();
  return toLiveSession(context, result.session);
}

/**
 * "A live page is here": cancels the close grace, if one is running. Never extends, and costs only a read when
 * nothing is closing.
 *
 * @throws SessionError as {@link startCloseGrace}
 */
export async function cancelCloseGrace(context: Context, credential: Credential): Promise<Session> {
  const session = await checkSession(context, credential);
  return (await cancelRunningGrace(context, credential, session)).session;
}

/**
 * As {@link cancelCloseGrace} for a session that was just read: no request where no grace is running.
 *
 * @throws SessionError as {@link startCloseGrace}
 */
export async function cancelRunningGrace(
  context: Context,
  credential: Credential,
  session: Session,
): Promise<{ readonly session: Session; readonly written: boolean }> {
  if (session.closesAt === null) return { session, written: false };
  const result = await context.store.cancelCloseGrace({ ...credential, now: context.now });
  if (result.outcome === 'unknown') throw unknownSession();
  return {
    session: await toLiveSession(context, result.session),
    written: result.outcome === 'written',
  };
}
