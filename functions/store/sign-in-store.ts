/** Sign-ins under way. The methods throw `ERR_STORE_UNAVAILABLE` as the other ports do. */
export interface SignInStore {
  put(signIn: SignIn): Promise<void>;
  /** Reads and deletes in one step: a state is used once. Undefined: never begun here, or used already. */
  take(state: string): Promise<SignIn | undefined>;
}

/** A sign-in under way: between leaving for the identity provider and coming back. */
export interface SignIn {
  /** OAuth `state`, random, used once. */
  readonly state: string;
  /** SHA-256 of the value of the browser's sign-in cookie: only that browser may finish. */
  readonly browserHash: Uint8Array;
  readonly codeVerifier: string;
  readonly nonce: string;
  /** A path on this site. */
  readonly returnTo: string;
  /** Epoch ms. Its age is checked when it is used; TTL only tidies up. */
  readonly startedAt: number;
  /** Whether the user was asked to authenticate anew: the provider's `auth_time` is held to it. */
  readonly reauthenticate: boolean;
  /** The session that this browser had, its secret verified: superseded when the sign-in succeeds. */
  readonly previousSessionId?: string | undefined;
}
