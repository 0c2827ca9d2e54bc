import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { SessionId } from '../../core/protocol.ts';
import type { Keyring } from '../service-secret/keyring.ts';
import { open, type Sealing, seal } from '../service-secret/seal.ts';
import { sameHash, sha256 } from '../store/hash.ts';
import { SignInError } from './provider.ts';

/** How long a sign-in may be under way, ms: the user types a password, maybe a second factor. */
export const SIGN_IN_LIFETIME_MS = 600_000;

/** A sign-in under way: between leaving for the identity provider and coming back. The browser carries it, sealed. */
export interface SignIn {
  /** A path on this site. */
  readonly returnTo: string;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Whether the user was asked to authenticate anew: the provider's `auth_time` is held to it. */
  readonly reauthenticate: boolean;
  /** Whether the user signs in by a small window, which closes at the end: `display=popup`. */
  readonly isInWindow: boolean;
  /** The session that this browser had, its secret verified: superseded when the sign-in succeeds. */
  readonly previousSessionId?: string | undefined;
}

/** What goes to the provider (OpenID Connect Core §3.1.2.1, RFC 7636), and what has to come back from it. */
export interface SignInProof {
  /** The sign-in itself, sealed. At most about 3,000 characters, nearly all of them `returnTo`. */
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** As it is sealed: short, since it is a part of two addresses. Fields that another release adds are dropped. */
const Content = z.object({
  to: z.string(),
  at: z.number(),
  again: z.boolean(),
  window: z.optional(z.boolean()),
  previous: z.optional(SessionId),
  /** SHA-256 of the browser's value: only that browser may finish. */
  browser: z.string(),
  /** Random, of this sign-in. */
  salt: z.string(),
});

/**
 * Seals a sign-in for the browser that begins it.
 *
 * @param browser the browser's own value, which its sign-in cookie holds
 * @throws SessionError `ERR_STORE_UNAVAILABLE` where the service secret can't be read
 */
export async function sealSignIn(
  { returnTo, startedAt, reauthenticate, isInWindow, previousSessionId }: SignIn,
  browser: string,
  options: { readonly keyring: Keyring; readonly randomBytes: (size: number) => Uint8Array },
): Promise<SignInProof> {
  const salt = toText(options.randomBytes(32));
  const content: z.infer<typeof Content> = {
    to: returnTo,
    at: startedAt,
    again: reauthenticate,
    ...(isInWindow && { window: true }),
    previous: previousSessionId,
    browser: toText(sha256(browser)),
    salt,
  };
  const sealing = sealingOf(options.keyring, startedAt);
  const state = await seal(sealing, JSON.stringify(content), options.randomBytes);
  return { state, ...proofOf(salt, browser) };
}

/** A sign-in that was sealed here, opened: whoever brings it back, and however late. */
export interface OpenedSignIn extends SignIn, Pick<SignInProof, 'state'> {
  /** SHA-256 of the value of the browser that began it. */
  readonly browserHash: Uint8Array;
  readonly salt: string;
}

/**
 * Opens the sign-in that a request brings back: once for all that it tells.
 *
 * @param now epoch ms
 * @returns undefined: it never began here
 * @throws SessionError `ERR_STORE_UNAVAILABLE` where the service secret can't be read
 */
export async function openSignIn(
  state: string,
  { keyring, now }: { readonly keyring: Keyring; readonly now: number },
): Promise<OpenedSignIn | undefined> {
  const text = await open(sealingOf(keyring, now), state);
  const { data } = Content.safeParse(text === undefined ? undefined : JSON.parse(text));
  return (
    data && {
      state,
      returnTo: data.to,
      startedAt: data.at,
      reauthenticate: data.again,
      isInWindow: data.window ?? false,
      previousSessionId: data.previous,
      browserHash: fromText(data.browser),
      salt: data.salt,
    }
  );
}

/**
 * The sign-in, if this browser may finish it now, with what has to come back from the provider.
 *
 * @param now epoch ms
 * @throws SignInError `sign_in_expired` for one that is too old, or that never began here; `sign_in_mismatch` for
 *   another browser's
 */
export function signInOf(
  opened: OpenedSignIn | undefined,
  browser: string,
  now: number,
): SignIn & SignInProof {
  if (opened === undefined) throw new SignInError('sign_in_expired');
  const { browserHash, salt, ...signIn } = opened;
  if (!sameHash(browserHash, sha256(browser))) throw new SignInError('sign_in_mismatch');
  if (now >= signIn.startedAt + SIGN_IN_LIFETIME_MS) throw new SignInError('sign_in_expired');
  return { ...signIn, ...proofOf(salt, browser) };
}

function sealingOf(keyring: Keyring, now: number): Sealing {
  return { keyring, use: 'sign-in', now };
}

/**
 * Nonce and PKCE verifier. The salt is sealed and the browser's value in its cookie alone, so that neither the provider,
 * nor another browser, nor this one can derive them from an address that they see.
 */
function proofOf(salt: string, browser: string): Omit<SignInProof, 'state'> {
  const derive = (what: string) =>
    createHmac('sha256', fromText(salt)).update(`${what} ${browser}`).digest('base64url');
  return { nonce: derive('nonce'), codeVerifier: derive('verifier') };
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function fromText(text: string): Uint8Array {
  return Buffer.from(text, 'base64url');
}
