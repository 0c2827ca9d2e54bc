import { BY_SYSTEM, type Device, evaluate, type Session } from '../../core/lifecycle.ts';
import { CallbackQuery } from '../../core/protocol.ts';
import { setCookie } from '../http/cookies.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import { endIfKnown } from '../sessions/end.ts';
import { pagesBySubject } from '../sessions/list.ts';
import { startSession } from '../sessions/start.ts';
import { sameHash, sha256 } from '../store/hash.ts';
import type { SignIn } from '../store/sign-in-store.ts';
import { rejectedSignIn } from './failure.ts';
import { reportedError } from './openid-errors.ts';
import type { AuthOptions } from './options.ts';
import { type Identity, SignInError } from './provider.ts';
import { SIGN_IN_LIFETIME_MS } from './sign-in.ts';

/**
 * How far the provider's clock, which counts whole seconds, may be behind ours, ms. The user can't have
 * authenticated before the sign-in began.
 */
const AUTH_TIME_TOLERANCE_MS = 30_000;
/** The longest user agent that is kept, characters. Real ones are under 200. */
const MAX_USER_AGENT = 256;

/**
 * `GET /api/auth/callback`: proves who came back, starts a session with an id and a secret of its own, ends the
 * one that this browser had, and redirects to where the user wanted to be.
 *
 * @throws SignInError with the code that the user is told
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function finishSignIn(request: ApiRequest, options: AuthOptions): Promise<Reply> {
  const { state, error } = parseQuery(request.query);
  const signIn = await takeSignIn(request, state, options);
  // Before the provider is asked: a query must not make us discover it, nor read the client secret.
  if (error !== undefined) return rejectedSignIn(reportedError(error));
  const { query, now } = request;
  const identity = await options.provider.identify({ ...signIn, query, now });
  checkAuthTime(identity, signIn, options);
  const context = { store: options.store, now };
  const { session, cookieValue } = await startSession(context, {
    subject: identity.subject,
    user: { name: identity.name, email: identity.email },
    providerSid: identity.providerSid,
    device: deviceOf(request),
    policy: options.policy,
    randomBytes: options.randomBytes,
  });
  await supersede(session, signIn, now, options);
  return clientRedirect(signIn.returnTo, { cookies: [setCookie('session', cookieValue)] });
}

/** Takes the sign-in that this browser began: its state is used up. */
async function takeSignIn(
  request: ApiRequest,
  state: string | undefined,
  { store }: AuthOptions,
): Promise<SignIn> {
  const browser = request.cookies.signIn;
  // Checked first: a request without a sign-in cookie must not use up the state of the browser that has one.
  if (state === undefined || browser === undefined) throw new SignInError('sign_in_expired');
  const signIn = await store.take(state);
  if (!signIn) throw new SignInError('sign_in_expired');
  if (!sameHash(signIn.browserHash, sha256(browser))) throw new SignInError('sign_in_mismatch');
  if (request.now >= signIn.startedAt + SIGN_IN_LIFETIME_MS) throw new SignInError('sign_in_expired');
  return signIn;
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

/** Ends what the sign-in supersedes; or else the new session, which the browser would never hold. */
async function supersede(started: Session, signIn: SignIn, now: number, options: AuthOptions): Promise<void> {
  const context = { store: options.store, now };
  try {
    for (const sessionId of await supersededBy(started, signIn, now, options)) {
      // TTL may have taken the row while the user was at the provider: then there is nothing to end.
      const endedBy = sessionId === signIn.previousSessionId ? undefined : BY_SYSTEM;
      await endIfKnown(context, { sessionId }, 'superseded', endedBy);
    }
  } catch (cause) {
    // The browser keeps its previous session. Where the new one can't be ended either, it is idle from now on.
    await endIfKnown(context, { sessionId: started.sessionId }, 'superseded', BY_SYSTEM).catch(
      () => undefined,
    );
    throw cause;
  }
}

/**
 * What a sign-in ends: the session that the browser held, since it holds one (OWASP ASVS 7.2.4), and the user's
 * oldest where they have more than they may (7.1.2). The index is eventually consistent: of two sign-ins at the
 * same moment, one may not see the other, and the next one ends what is too many.
 */
async function supersededBy(
  started: Session,
  { previousSessionId }: SignIn,
  now: number,
  { store, maxSessions }: AuthOptions,
): Promise<ReadonlySet<string>> {
  const ended = new Set(previousSessionId === undefined ? [] : [previousSessionId]);
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
