import type { EndReason } from '../../core/contract.ts';
import { type ErrorCode, isSessionError, SessionError } from '../../core/errors.ts';
import { expiresAt, type Session, type User } from '../../core/lifecycle.ts';
import { wireReason } from '../../core/protocol.ts';
import { readCookies } from '../http/cookies.ts';
import { assertSameOrigin } from '../http/cross-site.ts';
import { checkSession } from '../sessions/check.ts';
import { touchCoalesced } from '../sessions/touch.ts';
import type { SessionStore } from '../store/session-store.ts';

/** A live session, as a guarded handler sees it. Nothing in it is secret. */
export interface ActiveSession {
  readonly state: 'active';
  readonly sessionId: string;
  /** Who owns it: the identity provider's `sub`. */
  readonly subject: string;
  readonly user: User;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. Up to a touch interval behind. */
  readonly lastActivityAt: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** The session has ended: the request carries the fact, for the handler to say so in its own words. */
export interface EndedSession {
  readonly state: 'ended';
  readonly reason: EndReason;
  /** Epoch ms. */
  readonly endedAt: number;
}

/** No session cookie, or one that nobody knows. */
export interface NoSession {
  readonly state: 'none';
}

export interface GuardOptions {
  readonly store: SessionStore;
  /** The clock, read once a request. Epoch ms. */
  readonly now: () => number;
  /**
   * Origin of the site. With it, requests that may change state (any method but GET, HEAD and OPTIONS) are
   * refused with 403 unless they come from the site itself: a sibling subdomain's carry the cookie too.
   * @default undefined: not checked here
   */
  readonly siteUrl?: string | undefined;
  /** `attach` runs the handler, with the reason, when the session has ended. @default 'reject': 401 */
  readonly onEnded?: 'reject' | 'attach' | undefined;
  /** `attach` runs the handler, with `{state: 'none'}`, for who has no session. @default 'reject': 401 */
  readonly onMissing?: 'reject' | 'attach' | undefined;
  readonly observer?: GuardObserver | undefined;
}

/** Hears what the guard does, for metrics. */
export interface GuardObserver {
  /** An active request, and whether it cost a write. */
  touched?(written: boolean): void;
  /** A refusal, or `ERR_REQUEST_INVALID` for a `Curfew-Idle-For` that does not parse. */
  refused?(code: ErrorCode): void;
}

/** What the guard looks at of a request, whatever the framework. */
export interface GuardRequest {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** One each, where the platform has taken them out of the header. */
  readonly cookies?: string[] | undefined;
}

/** What a handler behind a guard with these options is given. */
export type SessionOf<Options> =
  | ActiveSession
  | (Options extends { readonly onEnded: 'attach' } ? EndedSession : never)
  | (Options extends { readonly onMissing: 'attach' } ? NoSession : never);

/** The header that says how long ago the user was last active, ms. */
export const IDLE_FOR_HEADER = 'curfew-idle-for';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Checks the session of a request: one strongly consistent read, none without a cookie of our form; and where the
 * request says that the user is active, at most one write in a touch interval.
 *
 * @throws SessionError `ERR_CROSS_SITE`, `ERR_SESSION_MISSING`, `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ENDED`,
 *   `ERR_STORE_UNAVAILABLE`
 */
export async function guard<Options extends GuardOptions>(
  request: GuardRequest,
  options: Options,
): Promise<SessionOf<Options>> {
  const checked = admit(request, options).catch((error: unknown) => {
    if (isSessionError(error)) options.observer?.refused?.(error.code);
    return attached(error, options);
  });
  return (await checked) as SessionOf<Options>;
}

async function admit(request: GuardRequest, options: GuardOptions): Promise<ActiveSession> {
  const { store, observer, siteUrl } = options;
  if (siteUrl !== undefined && !SAFE_METHODS.has(request.method)) assertSameOrigin(request.headers, siteUrl);
  const credential = readCookies(request).credential;
  if (!credential) throw new SessionError('ERR_SESSION_MISSING');
  const context = { store, now: options.now() };
  const session = await checkSession(context, credential);
  const idleForMs = activityAge(request.headers, observer);
  if (idleForMs === undefined) return activeSession(session);
  const touched = await touchCoalesced(context, credential, session, idleForMs);
  observer?.touched?.(touched.written);
  return activeSession(touched.session);
}

/** What the handler is given instead of a live session. @throws the error, where the options say so */
function attached(error: unknown, { onEnded, onMissing }: GuardOptions): EndedSession | NoSession {
  if (!isSessionError(error)) throw error;
  const { code, reason, endedAt } = error;
  const hasEnded = code === 'ERR_SESSION_ENDED' && reason !== undefined && endedAt !== undefined;
  if (hasEnded && onEnded === 'attach') {
    return { state: 'ended', reason: wireReason(reason), endedAt };
  }
  const none = code === 'ERR_SESSION_MISSING' || code === 'ERR_SESSION_UNKNOWN';
  if (none && onMissing === 'attach') return { state: 'none' };
  throw error;
}

/**
 * How long ago the user was active by what the request says, ms; undefined: it says nothing, so it is passive. A
 * malformed header is passive too, since no client may extend a session by a mistake, nor lose a request by one.
 */
export function activityAge(headers: GuardRequest['headers'], observer?: GuardObserver): number | undefined {
  const said = headers[IDLE_FOR_HEADER];
  if (said === undefined) return isUserNavigation(headers) ? 0 : undefined;
  if (/^\d{1,15}$/.test(said)) return Number(said);
  observer?.refused?.('ERR_REQUEST_INVALID');
  return undefined;
}

/** A page that the user asked for: a link, a form or the address bar, not a script, frame or reload by itself (W3C Fetch Metadata). */
function isUserNavigation(headers: GuardRequest['headers']): boolean {
  return (
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    headers['sec-fetch-user'] === '?1'
  );
}

function activeSession(session: Session): ActiveSession {
  const { sessionId, subject, user, createdAt, lastActivityAt } = session;
  return {
    state: 'active',
    sessionId,
    subject,
    user,
    createdAt,
    lastActivityAt,
    expiresAt: expiresAt(session),
  };
}

/** Whether a navigation came from another site without our cookie, which is `Strict` and stays behind then. */
export function needsBounce(request: GuardRequest): boolean {
  const { method, headers } = request;
  const navigation = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return (
    method === 'GET' &&
    navigation &&
    headers['sec-fetch-site'] === 'cross-site' &&
    readCookies(request).credential === undefined
  );
}
