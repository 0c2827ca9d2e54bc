import { CallbackQuery } from '../../core/protocol.ts';
import { setCookie } from '../http/cookies.ts';
import { deviceOf } from '../http/device.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import { replaceSession } from '../sessions/replace.ts';
import { isSubject } from '../sessions/subject.ts';
import { signedInPage, wordOf } from './end-page.ts';
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
  if (error !== undefined) return rejectedSignIn(reportedError(error), signIn.isInWindow, options.basePath);
  const lastSessionId = await openLastSession(request.cookies.lastSession, { keyring, now });
  const identity = await options.provider.identify({ ...signIn, query, now });
  if (!isSubject(identity.subject)) {
    throw new SignInError('sign_in_failed', new Error('sub: can’t be the id of a user'));
  }
  checkAuthTime(identity, signIn, options);
  const attempt = Buffer.from(randomBytes(16)).toString('base64url');
  const isFirst = await store.finishSignIn({ state: signIn.state, attempt, startedAt: signIn.startedAt });
  if (!isFirst) throw new SignInError('sign_in_expired');
  const started = await replaceSession(
    { store, now },
    {
      subject: identity.subject,
      user: { name: identity.name, email: identity.email },
      providerSid: identity.providerSid,
      device: deviceOf(request),
      policy: options.policy,
      randomBytes,
    },
    {
      beganAt: signIn.startedAt,
      held: [signIn.previousSessionId, lastSessionId],
      maxSessions: options.maxSessions,
    },
    ({ sessionId }) => sealLastSession(sessionId, { keyring, now, randomBytes }),
  );
  if (!started) throw new SignInError('sign_in_revoked');
  const cookies = [setCookie('session', started.cookieValue), setCookie('lastSession', started.last)];
  if (!signIn.isInWindow) return clientRedirect(signIn.returnTo, { cookies });
  return signedInPage(wordOf(started.session.sessionId, now), cookies);
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
