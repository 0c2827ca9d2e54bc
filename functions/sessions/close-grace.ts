import type { Session } from '../../core/lifecycle.ts';
import type { CancelCloseGraceWrite } from '../store/session-store.ts';
import { checkSession, toLiveSession } from './check.ts';
import { type Context, unknownSession } from './context.ts';
import type { Credential } from './credential.ts';

/** A live session, and whether a write cancelled its close grace. */
interface Cancelled {
  readonly session: Session;
  readonly written: boolean;
}

/**
 * "The last page is going": the session ends in `graceMs` unless a live page says otherwise, or has done so since the
 * page went: a close may arrive late, or twice.
 *
 * @throws SessionError `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ENDED` with its reason, `ERR_STORE_UNAVAILABLE`
 */
export async function startCloseGrace(
  context: Context,
  credential: Credential,
  close: { readonly graceMs: number; readonly at?: number | undefined },
): Promise<Session> {
  const result = await context.store.startCloseGrace({ ...credential, now: context.now, ...close });
  if (result.outcome === 'unknown') throw unknownSession();
  return toLiveSession(context, result.session);
}

/**
 * "A live page is here": cancels the close grace, if one is running that is no newer. Never extends. Where the policy has
 * a close grace, the page's time is remembered, so that the close of a page before it has no effect when it arrives late;
 * elsewhere it costs only a read.
 *
 * @param at when the page showed itself, by the device's clock, epoch ms; without it, it counts as the newest sign
 * @throws SessionError as {@link startCloseGrace}
 */
export async function cancelCloseGrace(
  context: Context,
  credential: Credential,
  at?: number,
): Promise<Session> {
  const session = await checkSession(context, credential);
  return (await cancelRunningGrace(context, credential, session, at)).session;
}

/**
 * As {@link cancelCloseGrace} for a session that was just read: no request where there is nothing to cancel or remember.
 *
 * @throws SessionError as {@link startCloseGrace}
 */
export async function cancelRunningGrace(
  context: Context,
  credential: Credential,
  session: Session,
  at?: number,
): Promise<Cancelled> {
  const remembers = session.browserClose === 'last-page' && at !== undefined;
  if (session.closesAt === null && !remembers) return { session, written: false };
  return cancel(context, { ...credential, at });
}

/**
 * As {@link cancelRunningGrace} for a guarded request, which counts as the newest sign of a page. It has just read the
 * session and compared the secret, and its write names neither.
 *
 * @throws SessionError as {@link startCloseGrace}
 */
export async function cancelSeenGrace(
  context: Context,
  credential: Credential,
  seen: Session,
): Promise<Cancelled> {
  if (seen.closesAt === null) return { session: seen, written: false };
  return cancel(context, { ...credential, seen });
}

async function cancel(context: Context, write: Omit<CancelCloseGraceWrite, 'now'>): Promise<Cancelled> {
  const result = await context.store.cancelCloseGrace({ ...write, now: context.now });
  if (result.outcome === 'unknown') throw unknownSession();
  return {
    session: await toLiveSession(context, result.session),
    written: result.outcome === 'written',
  };
}
