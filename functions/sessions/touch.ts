import { activityAt, needsCoalescedTouch, type Session } from '../../core/lifecycle.ts';
import type { TouchWrite } from '../store/session-store.ts';
import { toLiveSession } from './check.ts';
import { cancelRunningGrace, cancelSeenGrace } from './close-grace.ts';
import { type Context, contended, MAX_ROUNDS, unconfirmedRun, unknownSession } from './context.ts';
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
 * @param at when the page sent it, by the device's clock, epoch ms: it does not cancel the close grace of a newer close
 * @throws SessionError `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ENDED` with its reason, `ERR_RUN_UNCONFIRMED`,
 *   `ERR_STORE_UNAVAILABLE`
 */
export async function touchSession(
  context: Context,
  credential: Credential,
  idleForMs: unknown,
  at?: number,
): Promise<Touched> {
  const activeAt = activityAt(context.now, idleForMs);
  return touch(context, credential, { activityAt: activeAt, activeUntil: activeAt, at });
}

/**
 * As {@link touchSession} for a guarded request, whose session has just been read, and its secret and mark compared: at
 * most one write per touchInterval of activity, however many requests there are. The write names neither the secret nor the
 * rules of the sign-in, so that the role of a guarded handler may not write them.
 *
 * @throws SessionError as {@link touchSession}
 */
export async function touchCoalesced(
  context: Context,
  credential: Credential,
  session: Session,
  idleForMs: unknown,
): Promise<Touched> {
  const activeAt = activityAt(context.now, idleForMs);
  if (!needsCoalescedTouch(session, activeAt)) return cancelSeenGrace(context, credential, session);
  const activity = { activityAt: activeAt, activeUntil: activeAt + session.touchIntervalMs };
  return touch(context, credential, activity, session);
}

/**
 * A rejected touch is made again if the session turns out to be live and the activity is still news: the touch of a
 * slower request came between. An answer of 200 means that the activity is in the store.
 *
 * @param found the session as a guard has read it
 */
async function touch(
  context: Context,
  credential: Credential,
  activity: Pick<TouchWrite, 'activityAt' | 'activeUntil' | 'at'>,
  found?: Session,
): Promise<Touched> {
  let seen = found;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const result = await context.store.touch({ ...credential, now: context.now, ...activity, seen });
    if (result.outcome === 'unknown') throw unknownSession();
    if (result.outcome === 'unconfirmed') throw unconfirmedRun();
    if (result.outcome === 'touched') return { session: result.session, written: true };
    const session = await toLiveSession(context, result.session);
    const isKnown = session.activeUntil > activity.activityAt;
    if (isKnown && seen) return cancelSeenGrace(context, credential, session);
    if (isKnown) return cancelRunningGrace(context, credential, session, activity.at);
    if (seen) seen = session;
  }
  throw contended();
}
