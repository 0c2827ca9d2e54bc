/**
 * Why a sign-in came to nothing, as the query `error` of the page that the browser is sent on to
 * (`/?error=<code>`). Part of the wire contract: they are added to, never renamed.
 */
export const SIGN_IN_ERRORS = [
  /** The user, or the provider's policy, said no. */
  'access_denied',
  /** Begun over ten minutes ago, never begun here, or finished already: begin again. */
  'sign_in_expired',
  /** Begun in another browser: whoever sent the user here may want to sign them in as somebody else. */
  'sign_in_mismatch',
  /** The provider let the user in without asking them to authenticate anew. */
  'reauthentication_required',
  /** The provider answers with an error or not at all. */
  'provider_unavailable',
  /** What the provider answered could not be verified. */
  'sign_in_failed',
  /** The session store is throttled or out of reach. */
  'temporarily_unavailable',
] as const;

export type SignInErrorCode = (typeof SIGN_IN_ERRORS)[number];
