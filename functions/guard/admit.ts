import { isSessionError, SessionError } from '../../core/errors.ts';
import type { Session } from '../../core/lifecycle.ts';
import { wireReason } from '../../core/protocol.ts';
import { readCookies } from '../http/cookies.ts';
import { assertSameOrigin, cameThroughSite, rejectAroundSite } from '../http/cross-site.ts';
import { requestDeadline } from '../http/deadline.ts';
import { missingSession } from '../http/mark.ts';
import type { Reply } from '../http/reply.ts';
import type { HttpRequest } from '../http/request.ts';
import { checkStored, toLiveSession } from '../sessions/check.ts';
import { type Context, readOwned, unknownSession } from '../sessions/context.ts';
import type { Credential } from '../sessions/credential.ts';
import { touchCoalesced } from '../sessions/touch.ts';
import { activityAge } from './activity.ts';
import type { GuardOptions } from './options.ts';
import { bindingCheck, isPassed, needsSameSiteRetry, retrySameSite } from './pages.ts';
import { activeSession, type EndedSession, type GuardedSession, type NoSession } from './session.ts';
import { tell } from './tell.ts';

/** What the guard looks at of a request, in any framework. */
export interface GuardRequest extends Pick<HttpRequest, 'method' | 'headers' | 'cookies'> {
  /** Path and query as they came. */
  readonly path: string;
  /** What is left of the time limit of the function that handles it, ms. @default no limit */
  readonly remainingMs?: number | undefined;
}

/** Either the session that the handler runs with, or a page that the browser has to load first. */
export type Admission =
  | { readonly session: GuardedSession; readonly page?: undefined }
  | { readonly session?: undefined; readonly page: Reply };

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Admits a request: one reading of the clock, one parse of the cookies, and one strongly consistent read of the row,
 * none without a cookie of our form. Where the request says that the user is active, at most one write in a touch
 * interval.
 *
 * @throws SessionError `ERR_CROSS_SITE`, `ERR_SESSION_MISSING`, `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ENDED`,
 *   `ERR_RUN_UNCONFIRMED`, `ERR_STORE_UNAVAILABLE`
 */
export async function admit(request: GuardRequest, options: GuardOptions): Promise<Admission> {
  return decide(request, options).catch((error: unknown) => {
    if (isSessionError(error)) tell(() => options.observer?.refused?.(error.code));
    return { session: attached(error, options) };
  });
}

async function decide(request: GuardRequest, options: GuardOptions): Promise<Admission> {
  const { siteUrl, originSecrets, bounce = false, basePath, observer } = options;
  if (!cameThroughSite(request.headers, originSecrets)) {
    rejectAroundSite(request.headers, () => tell(() => observer?.wrongOriginSecret?.()));
  }
  const { credential, bindingPass } = readCookies(request);
  if (bounce && !credential && needsSameSiteRetry(request))
    return { page: retrySameSite(request.path, basePath) };
  if (mayChangeState(request)) assertSameOrigin(request.headers, siteUrl);
  if (!credential) {
    throw options.onMissing === 'attach'
      ? new SessionError('ERR_SESSION_MISSING')
      : missingSession(request.headers);
  }
  const store = options.store.within(AbortSignal.timeout(requestDeadline(request.remainingMs)));
  const context = { store, now: options.now() };
  const stored = await readOwned(context, credential);
  if (!stored) throw unknownSession();
  const hasPass = bounce && isPassed(request, stored, bindingPass, context.now, basePath);
  const check = bounce && !hasPass && bindingCheck(request, stored, credential, context.now, options);
  if (check) {
    if (check.status === 403) tell(() => observer?.refused?.('ERR_RUN_UNCONFIRMED'));
    return { page: check };
  }
  const live = hasPass
    ? await toLiveSession(context, stored.session)
    : await checkStored(context, credential, stored);
  const session = await slide(context, credential, live, request, options);
  return { session: activeSession(session) };
}

/** A safe method changes nothing (RFC 9110 §9.2.1), unless it opens a WebSocket or another protocol. */
function mayChangeState({ method, headers }: GuardRequest): boolean {
  return !SAFE_METHODS.has(method) || headers.upgrade !== undefined;
}

/** The session after the request's activity, if it says that there was any. */
async function slide(
  context: Context,
  credential: Credential,
  session: Session,
  { headers }: GuardRequest,
  { observer }: GuardOptions,
): Promise<Session> {
  const idleForMs = activityAge(headers, observer);
  if (idleForMs === undefined) return session;
  const touched = await touchCoalesced(context, credential, session, idleForMs);
  tell(() => observer?.touched?.(touched.written));
  return touched.session;
}

/** What the handler is given instead of a live session. @throws the error, where the options say so */
function attached(error: unknown, { onEnded, onMissing }: GuardOptions): EndedSession | NoSession {
  if (!isSessionError(error)) throw error;
  const { code, reason, endedAt } = error;
  const hasEnded = code === 'ERR_SESSION_ENDED' && reason !== undefined && endedAt !== undefined;
  if (hasEnded && onEnded === 'attach') return { state: 'ended', reason: wireReason(reason), endedAt };
  const isMissing = code === 'ERR_SESSION_MISSING' || code === 'ERR_SESSION_UNKNOWN';
  if (isMissing && onMissing === 'attach') return { state: 'none' };
  throw error;
}
