import { setCookie } from '../http/cookies.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import { safeReturnTo } from '../http/return-to.ts';
import { readOwned } from '../sessions/context.ts';
import { sha256 } from '../store/hash.ts';
import type { AuthOptions } from './options.ts';

/** How long a sign-in may be under way, ms: the user types a password, maybe a second factor. */
export const SIGN_IN_LIFETIME_MS = 600_000;

/**
 * `GET /api/auth/sign-in?returnTo=/path`: remembers the sign-in and sends the browser to the provider.
 *
 * @throws SignInError `provider_unavailable`
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function beginSignIn(request: ApiRequest, options: AuthOptions): Promise<Reply> {
  const random = () => Buffer.from(options.randomBytes(32)).toString('base64url');
  const browser = request.cookies.signIn ?? random();
  const proof = { state: random(), nonce: random(), codeVerifier: random() };
  const reauthenticate = mustReauthenticate(request, options);
  const location = await options.provider.authorizationUrl({ ...proof, reauthenticate });
  await options.store.put({
    ...proof,
    browserHash: sha256(browser),
    returnTo: safeReturnTo(request.query.get('returnTo')),
    startedAt: request.now,
    reauthenticate,
    previousSessionId: await previousSessionId(request, options),
  });
  return {
    status: 302,
    headers: { location: location.href, 'referrer-policy': 'no-referrer' },
    cookies: [setCookie('signIn', browser, SIGN_IN_LIFETIME_MS / 1_000)],
  };
}

/** A cookie that has a session's form is enough: the session may have ended, or be gone, long ago. */
function mustReauthenticate({ cookies }: ApiRequest, { reauthentication }: AuthOptions): boolean {
  return reauthentication === 'always' || cookies.credential !== undefined;
}

/**
 * The session that this browser has, its secret verified. Read now, since the callback comes from another site
 * and carries no Strict cookie.
 */
async function previousSessionId(
  { cookies: { credential } }: ApiRequest,
  { store }: AuthOptions,
): Promise<string | undefined> {
  const stored = credential && (await readOwned({ store }, credential));
  return stored?.session.state === 'active' ? stored.session.sessionId : undefined;
}
