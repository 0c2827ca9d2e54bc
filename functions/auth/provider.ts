import type { SignInErrorCode } from '../../core/sign-in.ts';

/** What signing in needs of an identity provider. */
export interface Provider {
  /**
   * Where to send the browser.
   *
   * @throws SignInError `provider_unavailable`
   * @throws SessionError `ERR_STORE_UNAVAILABLE` where the client secret can't be read
   */
  authorizationUrl(request: AuthorizationRequest): Promise<URL>;

  /**
   * Proves who came back, from a callback's query without an `error`. Tokens are used up here and go no further.
   *
   * @throws SignInError `provider_unavailable` where the provider was asked and failed, `sign_in_failed`
   * @throws SessionError `ERR_STORE_UNAVAILABLE` where the client secret can't be read
   */
  identify(callback: CallbackProof): Promise<Identity>;

  /** Where a browser ends the provider's own session (RP-initiated logout); undefined where there is none, or it is out of reach. */
  signOutUrl(): Promise<string | undefined>;
}

export interface AuthorizationRequest {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Ask the user to authenticate, even if the provider has a session of theirs. */
  readonly reauthenticate: boolean;
}

export interface CallbackProof {
  readonly query: URLSearchParams;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Epoch ms. */
  readonly now: number;
}

export interface Identity {
  readonly subject: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  /** The provider's session id. */
  readonly providerSid?: string | undefined;
  /** When the user authenticated, epoch ms; undefined where the provider does not say. */
  readonly authenticatedAt?: number | undefined;
}

/** A failed sign-in. Told apart by its code. */
export class SignInError extends Error {
  readonly code: SignInErrorCode;

  constructor(code: SignInErrorCode, cause?: unknown) {
    super(`sign-in: ${code}`, cause === undefined ? undefined : { cause });
    this.name = 'SignInError';
    this.code = code;
  }
}

/** What is shown to the user and stored with every session: 256 characters are enough of a name. Undefined for what is no text. */
export function shownText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 256).toWellFormed() : undefined;
}
