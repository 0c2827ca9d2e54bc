import { isSessionError } from '../../core/errors.ts';
import { type SessionRequest, sessionStatus, type TouchRequest } from '../../core/protocol.ts';
import { clearSessionCookie } from '../http/cookies.ts';
import { type ApiRequest, type Reply, requireBoundCredential, requireCredential } from '../http/request.ts';
import { checkSession } from '../sessions/check.ts';
import { cancelCloseGrace, startCloseGrace } from '../sessions/close-grace.ts';
import type { Context } from '../sessions/context.ts';
import type { Credential } from '../sessions/credential.ts';
import { endSession } from '../sessions/end.ts';
import { touchSession } from '../sessions/touch.ts';
import type { SessionOptions } from './handler.ts';

/** How long a live page has to say that it is there, after one said that it goes. ms. */
const CLOSE_LEASE_MS = 30_000;

/** `GET /api/session`: never extends, and writes nothing for a live session. */
export async function status(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const { now } = request;
  const session = await checkSession({ store, now }, requireCredential(request));
  return { body: sessionStatus(session, now) };
}

/** `POST /api/session/touch`: the user was active `idleForMs` ago. */
export async function touch(request: ApiRequest<TouchRequest>, { store }: SessionOptions): Promise<Reply> {
  const { now, body, count } = request;
  const credential = requireBoundCredential(request);
  const { session, written } = await touchSession({ store, now }, credential, body.idleForMs);
  count('Touches');
  if (written) count('TouchWrites');
  return { body: sessionStatus(session, now) };
}

/**
 * `POST /api/session/sign-out`: ends the session once. A repeat is orUnavailable alike, and so is one that had ended
 * already or that nobody knows any more: the user is signed out, which is what they asked for.
 */
export async function signOut(request: ApiRequest<SessionRequest>, options: SessionOptions): Promise<Reply> {
  const { store, provider, clearSiteData } = options;
  await endOnce({ store, now: request.now }, requireBoundCredential(request));
  const signOutUrl = await provider?.signOutUrl();
  return {
    cookies: [clearSessionCookie()],
    ...(clearSiteData && { headers: { 'clear-site-data': '"cache", "storage"' } }),
    body: { ...(signOutUrl !== undefined && { signOutUrl }) },
  };
}

async function endOnce(context: Context, credential: Credential): Promise<void> {
  await endSession(context, credential, 'signed-out').catch((error) => {
    if (!isSessionError(error) || error.code !== 'ERR_SESSION_UNKNOWN') throw error;
  });
}

/** `POST /api/session/close`: the last page is going. Where the policy has no close lease, nothing happens. */
export async function close(request: ApiRequest<SessionRequest>, { store }: SessionOptions): Promise<Reply> {
  const context = { store, now: request.now };
  const credential = requireBoundCredential(request);
  const session = await checkSession(context, credential);
  if (session.browserClose === 'last-page') await startCloseGrace(context, credential, CLOSE_LEASE_MS);
  return { status: 202 };
}

/** `POST /api/session/open`: a live page is here, the close lease is lifted. Never extends. */
export async function open(request: ApiRequest<SessionRequest>, { store }: SessionOptions): Promise<Reply> {
  const { now } = request;
  const session = await cancelCloseGrace({ store, now }, requireBoundCredential(request));
  return { body: sessionStatus(session, now) };
}
