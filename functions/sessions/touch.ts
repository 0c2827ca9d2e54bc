import { activityAt, needsCoalescedTouch, type Session } from '../../core/lifecycle.ts';
import type { TouchResult } from '../store/session-store.ts';
import { toLiveSession } from './check.ts';
import { cancelRunningGrace } from './close-grace.ts';
import { type Context, unknownSession } from './context.ts';
import type { Credential } from './credential.ts';

/** A live session, and whether this request wrote to keep it so. */
export interface Touched {
  readonly session: Session;
  readonly written: boolean;
}

/**
 * Slides the session by an activity of the user `idleForMs` ago. One write; an activity older than what is
 * known changes nothing but a running close grace, which it cancels: a live page is there.
 *
 * @param idleForMs ms; anything but a number is no activity
 * @throws SessionError `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ENDED` with its reason, `ERR_STORE_UNAVAILABLE`
 */
export async function touchSession(
  context: Context,
  credential: Credential,
  idleForMs: unknown,
): Promise<Touched> {
  const { now } = context;
  const at = activityAt(now, idleForMs);
  const result = await context.store.touch({ ...credential, now, activityAt: at, activeUntil: at });
  return toTouched(context, credential, result);
}

/**
 * As {@link touchSession} for a guarded request, whose session has just been checked: at most one write per
 * touchInterval of activity, however many requests there are.
 *
 * @throws SessionError as {@link touchSession}
 */
export async function touchCoalesced(
  context: Context,
  credential: Credential,
  session: Session,
  idleForMs: unknown,
): Promise<Touched> {
  const { now } = context;
  const at = activityAt(now, idleForMs);
  if (!needsCoalescedTouch(session, at)) return cancelRunningGrace(context, credential, session);
  const activeUntil = at + session.touchIntervalMs;
  const result = await context.store.touch({ ...credential, now, activityAt: at, activeUntil });
  return toTouched(context, credential, result);
}

async function toTouched(context: Context, credential: Credential, result: TouchResult): Promise<Touched> {
  if (result.outcome === 'unknown') throw unknownSession();
  if (result.outcome === 'touched') return { session: result.session, written: true };
  return cancelRunningGrace(context, credential, await toLiveSession(context, result.session));
}
