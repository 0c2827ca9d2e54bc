/**
 * Why a sign-in failed, as the query `error` of the page that the browser is sent to (`/?error=<code>`). The codes are part
 * of the wire contract: new ones are added, none is renamed.
 */
export const SIGN_IN_ERRORS = [
  /** The user, or the provider's policy, declined. */
  'access_denied',
  /** The sign-in began over ten minutes ago, never began here, or is finished already: begin again. */
  'sign_in_expired',
  /** The sign-in began in another browser, perhaps an attacker's, who wants the user to be signed in as somebody else. */
  'sign_in_mismatch',
  /** All of the user's sessions were ended after the sign-in began: begin again. */
  'sign_in_revoked',
  /** The provider let the user in without asking them to authenticate anew. */
  'reauthentication_required',
  /** The provider answers with an error or not at all. */
  'provider_unavailable',
  /** What the provider answered could not be verified. */
  'sign_in_failed',
  /** The session store, or the secret that is needed, is throttled or out of reach. */
  'temporarily_unavailable',
] as const;

/** Why a sign-in came to nothing: the `error` in the address that the browser goes on to. */
export type SignInErrorCode = (typeof SIGN_IN_ERRORS)[number];

/**
 * `display` of a sign-in in a small window, as in OpenID Connect Core §3.1.2.1: it ends with a page that tells the tabs of the
 * site and closes the window, in place of one that goes on to `returnTo`.
 */
export const IN_WINDOW = 'popup';

/**
 * What that page tells the tabs, over their channel and in their storage: as one of them does that knows of a session
 * nothing but its id. They ask the server.
 */
export interface SignInWord {
  readonly sessionId: string;
  readonly activityAt: 0;
  readonly pulsedAt: 0;
  /** When it began, epoch ms. */
  readonly status: { readonly serverTime: number };
}
