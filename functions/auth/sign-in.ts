import { IN_WINDOW } from '../../core/sign-in.ts';
import { setCookie } from '../http/cookies.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import { safeReturnTo } from '../http/return-to.ts';
import { heldSessionId } from '../sessions/context.ts';
import type { AuthOptions } from './options.ts';
import { SIGN_IN_LIFETIME_MS, sealSignIn } from './sign-in-state.ts';

/**
 * `GET /api/auth/sign-in?returnTo=/path&display=popup`: sends the browser to the provider with the sign-in, sealed. Nothing is stored.
 *
 * @throws SignInError `provider_unavailable`
 * @throws SessionError `ERR_STORE_UNAVAILABLE`
 */
export async function beginSignIn(request: ApiRequest, options: AuthOptions): Promise<Reply> {
  const browser = request.cookies.signIn ?? Buffer.from(options.randomBytes(32)).toString('base64url');
  const isInWindow = beginsInWindow(request);
  const signIn = {
    returnTo: isInWindow ? '/' : safeReturnTo(request.query.get('returnTo'), options.basePath),
    isInWindow,
    startedAt: request.now,
    reauthenticate: mustReauthenticate(request, options),
    // Read now, since the callback comes from another site and carries no Strict cookie.
    previousSessionId: await heldSessionId(options, request.cookies.credential),
  };
  const proof = await sealSignIn(signIn, browser, options);
  const { reauthenticate } = signIn;
  const location = await options.provider.authorizationUrl({ ...proof, reauthenticate });
  return {
    status: 302,
    headers: { location: location.href, 'referrer-policy': 'no-referrer' },
    cookies: [setCookie('signIn', browser, SIGN_IN_LIFETIME_MS / 1_000)],
  };
}

/** Whether a request begins a sign-in in a small window. */
export function beginsInWindow({ query }: Pick<ApiRequest, 'query'>): boolean {
  return query.get('display') === IN_WINDOW;
}

/**
 * A cookie is enough: the session may have ended, or be gone, long ago. That of the last session comes along from another
 * site's link, too.
 */
function mustReauthenticate({ cookies }: ApiRequest, { reauthentication }: AuthOptions): boolean {
  return (
    reauthentication === 'always' || cookies.credential !== undefined || cookies.lastSession !== undefined
  );
}
