import { BY_SYSTEM, type Device, evaluate, type Session } from '../../core/lifecycle.ts';
import { CallbackQuery } from '../../core/protocol.ts';
import { setCookie } from '../http/cookies.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import { endIfKnown } from '../sessions/end.ts';
import { pagesBySubject } from '../sessions/list.ts';
import { endIfRevoked, type SubjectContext } from '../sessions/not-before.ts';
import { startSession } from '../sessions/start.ts';
import { signedInPage } from './end-page.ts';
import { rejectedSignIn } from './failure.ts';
import { openLastSession, sealLastSession } from './last-session.ts';
import { reportedError } from './openid-errors.ts';
import type { AuthOptions } from './options.ts';
import { type Identity, SignInError } from './provider.ts';
import { type OpenedSignIn, type SignIn, signInOf } from './sign-in-state.ts';

/**
 * How far the provider's clock, which counts whole seconds, may be behind ours, ms. The user can't have
 * authenticated before the sign-in began.
 */
const AUTH_TIME_TOLERANCE_MS = 30_000;
/** The longest user agent that is kept, characters. Real ones are under 200. */
const MAX_USER_AGENT = 256;

/**
 * `GET /api/auth/callback`: proves who came back, notes that the sign-in is finished, starts a session with an id and a
 * secret of its own, ends the one that this browser had, and redirects to where the user wanted to be; or closes the window
 * that the user signed in with.
 *
 * @param opened the request's `state`, opened
 * @throws SignInError with the code that the user is told
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function finishSignIn(
  request: ApiRequest,
  options: AuthOptions,
  opened: Promise<OpenedSignIn | undefined>,
): Promise<Reply> {
  const { query, now } = request;
  const { keyring, randomBytes, store } = options;
  const { state: given, error } = parseQuery(query);
  const browser = request.cookies.signIn;
  if (given === undefined || browser === undefined) throw new SignInError('sign_in_expired');
  const signIn = signInOf(await opened, browser, now);
  // Before the provider is asked: a query must not make us discover it, nor read the client secret.
  if (error !== undefined) return rejectedSignIn(reportedError(error), signIn.isInWindow);
  const lastSessionId = await openLastSession(request.cookies.lastSession, { keyring, now });
  const identity = await options.provider.identify({ ...signIn, query, now });
  checkAuthTime(identity, signIn, options);
  const attempt = Buffer.from(randomBytes(16)).toString('base64url');
  const isFirst = await store.finishSignIn({ state: signIn.state, attempt, startedAt: signIn.startedAt });
  if (!isFirst) throw new SignInError('sign_in_expired');
  const context = { store, now };
  const { session, cookieValue } = await startSession(context, {
    subject: identity.subject,
    user: { name: identity.name, email: identity.email },
    providerSid: identity.providerSid,
    device: deviceOf(request),
    policy: options.policy,
    randomBytes,
  });
  const lastSession = await orEnd(context, session, async () => {
    // Looked for now that the session is stored: whoever ends all of them later finds it.
    if (await endIfRevoked(context, session, signIn.startedAt)) return undefined;
    await supersede(session, [signIn.previousSessionId, lastSessionId], now, options);
    return sealLastSession(session.sessionId, { keyring, now, randomBytes });
  });
  if (lastSession === undefined) throw new SignInError('sign_in_revoked');
  const cookies = [setCookie('session', cookieValue), setCookie('lastSession', lastSession)];
  if (!signIn.isInWindow) return clientRedirect(signIn.returnTo, { cookies });
  const { sessionId } = session;
  return signedInPage({ sessionId, activityAt: 0, pulsedAt: 0, status: { serverTime: now } }, cookies);
}

function parseQuery(query: URLSearchParams): { state?: string | undefined; error?: string | undefined } {
  const result = CallbackQuery.safeParse(Object.fromEntries(query));
  if (!result.success) throw new SignInError('sign_in_failed', result.error);
  return result.data;
}

/** A provider that answers from its own session has not asked the user, whatever the request to it said. */
function checkAuthTime(identity: Identity, signIn: SignIn, { missingAuthTime }: AuthOptions): void {
  if (!signIn.reauthenticate) return;
  const { authenticatedAt } = identity;
  const fresh =
    authenticatedAt === undefined
      ? missingAuthTime === 'trust'
      : authenticatedAt >= signIn.startedAt - AUTH_TIME_TOLERANCE_MS;
  if (!fresh) throw new SignInError('reauthentication_required');
}

/**
 * What follows once a session is stored. If it fails, the session is ended, since the browser would never hold it: it keeps
 * its previous one. Where the new one can't be ended either, nobody uses it until it is idle.
 */
async function orEnd<T>(context: SubjectContext, started: Session, steps: () => Promise<T>): Promise<T> {
  try {
    return await steps();
  } catch (cause) {
    const { sessionId } = started;
    await endIfKnown(context, { sessionId }, 'superseded', BY_SYSTEM).catch(() => undefined);
    throw cause;
  }
}

/** Ends what the sign-in supersedes. */
async function supersede(
  started: Session,
  held: readonly (string | undefined)[],
  now: number,
  options: AuthOptions,
): Promise<void> {
  const context = { store: options.store, now };
  for (const sessionId of await supersededBy(started, held, now, options)) {
    // TTL may have taken the row while the user was at the provider: then there is nothing to end.
    const endedBy = held.includes(sessionId) ? undefined : BY_SYSTEM;
    await endIfKnown(context, { sessionId }, 'superseded', endedBy);
  }
}

/**
 * What a sign-in ends: the session that the browser held when it began and the last one that began in it, since it holds
 * one (OWASP ASVS 7.2.4), and the user's oldest where they have more than they may (7.1.2). The index is eventually
 * consistent: of two sign-ins at the same moment, one may not see the other, and the next one ends what is too many.
 */
async function supersededBy(
  started: Session,
  held: readonly (string | undefined)[],
  now: number,
  { store, maxSessions }: AuthOptions,
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

/** As shown in the user's list of sessions. It decides nothing. */
function deviceOf({ headers, viewerAddress: address }: ApiRequest): Device {
  return { userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT), address };
}
