import { BY_SYSTEM, evaluate, type Session } from '../../core/lifecycle.ts';
import { endIfKnown } from './end.ts';
import { pagesBySubject } from './list.ts';
import { endIfRevoked, type SubjectContext } from './not-before.ts';
import { startSession } from './start.ts';

/** What a new session takes the place of. */
export interface Replaced {
  /** When the sign-in began, epoch ms: all of the user's sessions may have been ended since. */
  readonly beganAt: number;
  /** Ids of the sessions that this browser had. Undefined ones are none. */
  readonly held: readonly (string | undefined)[];
  /** Live sessions that a user may have at once. @default any number */
  readonly maxSessions?: number | undefined;
}

/** A session that began, what its browser is given, and what came of the last step. */
export interface Replacement<Last> {
  readonly session: Session;
  readonly cookieValue: string;
  readonly last: Last;
}

/**
 * Signs a browser in: starts a session, and ends what it takes the place of.
 *
 * @param last what has to succeed as well. If anything after the start fails, the session is ended, since the browser would
 *   never hold it: it keeps its previous one. Where the new one can't be ended either, nobody uses it until it is idle
 * @returns undefined: all of the user's sessions were ended since the sign-in began, and so was this one
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function replaceSession<Last>(
  context: SubjectContext,
  input: Parameters<typeof startSession>[1],
  replaced: Replaced,
  last: (session: Session) => Promise<Last>,
): Promise<Replacement<Last> | undefined> {
  const { session, cookieValue } = await startSession(context, input);
  try {
    // Looked for now that the session is stored: whoever ends all of them later finds it.
    if (await endIfRevoked(context, session, replaced.beganAt)) return undefined;
    await supersede(context, session, replaced);
    return { session, cookieValue, last: await last(session) };
  } catch (cause) {
    const { sessionId } = session;
    await endIfKnown(context, { sessionId }, 'superseded', BY_SYSTEM).catch(() => undefined);
    throw cause;
  }
}

async function supersede(context: SubjectContext, started: Session, replaced: Replaced): Promise<void> {
  for (const sessionId of await supersededBy(context, started, replaced)) {
    // TTL may have taken the row while the user was at the provider: then there is nothing to end.
    const endedBy = replaced.held.includes(sessionId) ? undefined : BY_SYSTEM;
    await endIfKnown(context, { sessionId }, 'superseded', endedBy);
  }
}

/**
 * What a sign-in ends: the session that the browser held when it began and the last one that began in it, since it holds
 * one (OWASP ASVS 7.2.4), and the user's oldest where they have more than they may (7.1.2). The index is eventually
 * consistent: of two sign-ins at the same moment, one may not see the other, and the next one ends what is too many.
 */
async function supersededBy(
  { store, now }: SubjectContext,
  started: Session,
  { held, maxSessions }: Replaced,
): Promise<ReadonlySet<string>> {
  const ended = new Set(held.filter((sessionId) => sessionId !== undefined));
  if (maxSessions === undefined) return ended;
  const others: Session[] = [];
  for await (const { sessions } of pagesBySubject({ store }, started.subject)) {
    const live = sessions.filter((session) => evaluate(session, now).state === 'live');
    others.push(...live.filter(({ sessionId }) => sessionId !== started.sessionId && !ended.has(sessionId)));
  }
  for (const { sessionId } of others.slice(maxSessions - 1)) ended.add(sessionId);
  return ended;
}
