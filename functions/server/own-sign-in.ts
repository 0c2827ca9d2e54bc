import { SessionError } from '../../core/errors.ts';
import type { User } from '../../core/lifecycle.ts';
import type { Policy } from '../../core/policy.ts';
import { signedInPage, wordOf } from '../auth/end-page.ts';
import { openLastSession, sealLastSession } from '../auth/last-session.ts';
import { type Provider, shownText } from '../auth/provider.ts';
import { type ActiveSession, activeSession } from '../guard/session.ts';
import { readCookies, setCookie } from '../http/cookies.ts';
import { assertSameOrigin, cameThroughSite, rejectAroundSite } from '../http/cross-site.ts';
import { SIGN_IN_DEADLINE_MS } from '../http/deadline.ts';
import { deviceOf } from '../http/device.ts';
import { toResponse } from '../http/fetch.ts';
import { clientRedirect } from '../http/redirect-page.ts';
import { type Reply, toHttpReply } from '../http/reply.ts';
import { safeReturnTo } from '../http/return-to.ts';
import { viewerAddress } from '../http/viewer-address.ts';
import type { Keyring } from '../service-secret/keyring.ts';
import { heldSessionId } from '../sessions/context.ts';
import { endIfKnown } from '../sessions/end.ts';
import { replaceSession } from '../sessions/replace.ts';
import { isSubject } from '../sessions/subject.ts';
import type { Store } from '../store/store.ts';
import type { PlainRequest } from './request.ts';

/** What a login of one's own works with. */
export interface OwnSignInOptions {
  readonly store: Store;
  readonly policy: Policy;
  readonly siteUrl: string;
  readonly originSecrets: readonly string[] | undefined;
  readonly basePath: string;
  /** Undefined: there is no secret, and a browser's last session is known by its cookie alone. */
  readonly keyring: Keyring | undefined;
  readonly provider: Provider | undefined;
  readonly maxSessions: number | undefined;
  readonly now: () => number;
  /** Cryptographically secure. */
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Who was proven to sign in. */
export interface SignInRequest {
  /** The user's id, which never changes: 1 to 2,048 bytes of UTF-8. */
  readonly subject: string;
  /** As shown in the page, 256 characters of each. @default neither name nor address */
  readonly user?: User | undefined;
  /**
   * `verified`: the caller has proven that this browser asked for the sign-in, as a SAML response or a token of a form does.
   * @default none: a request that another site caused is rejected, or that site could sign its visitor in as somebody else
   */
  readonly crossSite?: 'verified' | undefined;
  /**
   * The id of the session that this browser had when the sign-in began, as the caller noted it then: a request from another
   * site brings no cookie that names it. @default what the browser's cookies name
   */
  readonly supersedes?: string | undefined;
}

/** What else decides whether a session begins: it does so once, however many requests ask for it. */
export interface Once {
  /** Of its credential. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Consumes what proves the user, the last step of all. If it fails, the session ends. */
  consume(): Promise<void>;
}

/** A session that began. */
export interface SignedIn {
  /** As its guard gives it. */
  readonly session: ActiveSession;
  /** `set-cookie`, to go out with the answer. */
  readonly headers: Headers;
  /**
   * The answer to a login that comes back from another site: a tiny page that sets the cookie and goes on to a path of this
   * site. A browser would withhold the new cookie from a redirect there, since another site caused it.
   *
   * @param returnTo where to go on to; `/` for what is no path of this site
   */
  page(returnTo?: string): Response;
  /** The answer to a login in a small window: a page that tells the tabs of the site, and closes the window. */
  windowPage(): Response;
}

/** A sign-out. */
export interface SignedOut {
  /** `set-cookie`, to go out with the answer. */
  readonly headers: Headers;
  /** Where the browser ends the provider's own session; undefined where there is none. */
  readonly signOutUrl?: string | undefined;
}

/**
 * Starts a session for a user that the caller has proven, in the place of what this browser had.
 *
 * @throws SessionError `ERR_CROSS_SITE`; `ERR_REQUEST_INVALID` for a subject of another form; `ERR_SESSION_ENDED` where all of the user's
 *   sessions were ended in this very moment; `ERR_STORE_UNAVAILABLE`
 */
export async function signIn(
  request: PlainRequest,
  { subject, user, crossSite, supersedes }: SignInRequest,
  options: OwnSignInOptions,
  once?: Once,
): Promise<SignedIn> {
  const { keyring, randomBytes, policy, maxSessions, basePath } = options;
  assertThroughSite(request, options);
  if (crossSite !== 'verified') assertSameOrigin(request.headers, options.siteUrl);
  assertSubject(subject);
  const context = contextOf(options);
  const { now } = context;
  const { credential, lastSession } = readCookies(request);
  const held = [
    supersedes,
    await heldSessionId(context, credential),
    keyring && (await openLastSession(lastSession, { keyring, now })),
  ];
  const device = deviceOf({ ...request, viewerAddress: viewerAddress(request, 0) });
  const started = await replaceSession(
    context,
    {
      subject,
      // A caller without types may have what a database has for nothing.
      user: { name: shownText(user?.name), email: shownText(user?.email) },
      device,
      policy,
      randomBytes: once?.randomBytes ?? randomBytes,
    },
    { beganAt: now, held, maxSessions },
    async ({ sessionId }) => {
      const sealed = keyring && (await sealLastSession(sessionId, { keyring, now, randomBytes }));
      await once?.consume();
      return sealed;
    },
  );
  if (!started) throw new SessionError('ERR_SESSION_ENDED', { reason: 'revoked', endedAt: now });
  const { session, cookieValue, last } = started;
  const cookies = [
    setCookie('session', cookieValue),
    ...(last === undefined ? [] : [setCookie('lastSession', last)]),
  ];
  const respond = (page: Reply) => toResponse(toHttpReply(page), request.method);
  return {
    session: activeSession(session),
    headers: headersOf(cookies),
    page: (returnTo) => respond(clientRedirect(safeReturnTo(returnTo, basePath), { cookies })),
    windowPage: () => respond(signedInPage(wordOf(session.sessionId, now), cookies)),
  };
}

/**
 * Ends the session of this browser. One that had ended, or is not known, is signed out as well.
 *
 * @throws SessionError `ERR_CROSS_SITE`, `ERR_STORE_UNAVAILABLE`
 */
export async function signOut(request: PlainRequest, options: OwnSignInOptions): Promise<SignedOut> {
  assertThroughSite(request, options);
  assertSameOrigin(request.headers, options.siteUrl);
  const { credential } = readCookies(request);
  if (credential) await endIfKnown(contextOf(options), credential, 'signed-out');
  const signOutUrl = await options.provider?.signOutUrl();
  const headers = headersOf([setCookie('session', '', 0), setCookie('lastSession', '', 0)]);
  return { headers, ...(signOutUrl !== undefined && { signOutUrl }) };
}

/** @throws SessionError `ERR_REQUEST_INVALID` for what cannot be a user's id, such as a number: nobody would be found by it */
export function assertSubject(subject: unknown): void {
  if (typeof subject === 'string' && isSubject(subject)) return;
  throw new SessionError('ERR_REQUEST_INVALID', { detail: 'subject: must be a text of 1 to 2048 bytes' });
}

function assertThroughSite({ headers }: PlainRequest, { originSecrets }: OwnSignInOptions): void {
  if (!cameThroughSite(headers, originSecrets)) rejectAroundSite(headers, () => undefined);
}

function contextOf({ store, now }: OwnSignInOptions): { readonly store: Store; readonly now: number } {
  return { store: store.within(AbortSignal.timeout(SIGN_IN_DEADLINE_MS)), now: now() };
}

function headersOf(cookies: readonly string[]): Headers {
  const headers = new Headers({ 'cache-control': 'no-store' });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return headers;
}
