import type { Policy } from '../../core/policy.ts';
import { setSignInCookie, signInValue } from '../http/cookies.ts';
import type { ApiRequest, Reply } from '../http/request.ts';
import { safeReturnTo } from '../http/return-to.ts';
import { sameHash, sha256 } from '../store/hash.ts';
import type { SessionStore } from '../store/session-store.ts';
import type { SignInStore } from '../store/sign-in-store.ts';
import type { Provider } from './provider.ts';

/** How long a sign-in may be under way, ms: the user types a password, maybe a second factor. */
export const SIGN_IN_LIFETIME_MS = 600_000;

export interface AuthOptions {
  /** Origin of the site as users see it. */
  readonly siteUrl: string;
  /** The rules of new sessions. */
  readonly policy: Policy;
  readonly provider: Provider;
  readonly store: SessionStore & SignInStore;
  /** Cryptographically secure. */
  readonly randomBytes: (size: number) => Uint8Array;
  /**
   * `always`: every sign-in asks the user to authenticate anew, or the provider's own session would undo the
   * timeout. `after-end`: only where the browser shows a session cookie, in any state.
   */
  readonly reauthentication: 'always' | 'after-end';
  /** `trust` accepts a provider that does not say when the user authenticated. */
  readonly missingAuthTime: 'refuse' | 'trust';
  /** Live sessions that a user may have at once; the oldest is ended for a new one. @default undefined: any number */
  readonly maxSessions?: number | undefined;
  /** Proxies between the user and the API, each of which adds its peer to `X-Forwarded-For`: CloudFront is 1. */
  readonly proxyHops: number;
}

/** `GET /api/auth/sign-in?returnTo=/path`: remembers the sign-in and sends the browser to the provider. */
export async function beginSignIn(request: ApiRequest, options: AuthOptions): Promise<Reply> {
  const random = () => Buffer.from(options.randomBytes(32)).toString('base64url');
  const browser = signInValue(request.event) ?? random();
  const proof = { state: random(), nonce: random(), codeVerifier: random() };
  const reauthenticate = mustReauthenticate(request, options);
  const location = await options.provider.authorizationUrl({ ...proof, reauthenticate });
  await options.store.put({
    ...proof,
    browserHash: sha256(browser),
    returnTo: safeReturnTo(request.query.get('returnTo'), options.siteUrl),
    startedAt: request.now,
    reauthenticate,
    previousSessionId: await ownSessionId(request, options),
  });
  return {
    status: 302,
    headers: { location: location.href, 'referrer-policy': 'no-referrer' },
    cookies: [setSignInCookie(browser, SIGN_IN_LIFETIME_MS / 1_000)],
  };
}

/** A cookie that is a session's by its form is enough: the session may have ended, or be gone, long ago. */
function mustReauthenticate({ credential }: ApiRequest, { reauthentication }: AuthOptions): boolean {
  return reauthentication === 'always' || credential !== undefined;
}

/**
 * The session that this browser has, its secret verified. Asked now, since the callback comes from another site
 * and carries no Strict cookie.
 */
async function ownSessionId({ credential }: ApiRequest, { store }: AuthOptions): Promise<string | undefined> {
  if (!credential) return undefined;
  const stored = await store.read(credential.sessionId);
  const own = stored?.session.state === 'active' && sameHash(stored.secretHash, credential.secretHash);
  return own ? credential.sessionId : undefined;
}
