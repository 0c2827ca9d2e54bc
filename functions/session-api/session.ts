import { CLOSE_GRACE_MS } from '../../core/contract.ts';
import { PageRequest, SessionRequest, sessionStatus, TouchRequest } from '../../core/protocol.ts';
import { readJson } from '../http/body.ts';
import { setCookie } from '../http/cookies.ts';
import type { Reply } from '../http/reply.ts';
import { type ApiRequest, requireCredential, requireNamedCredential } from '../http/request.ts';
import { checkSession } from '../sessions/check.ts';
import { cancelCloseGrace, startCloseGrace } from '../sessions/close-grace.ts';
import { endIfKnown } from '../sessions/end.ts';
import { touchSession } from '../sessions/touch.ts';
import type { SessionOptions } from './options.ts';

/** `GET /api/session`: never extends, and writes nothing for a live session. */
export async function status(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const { now } = request;
  const session = await checkSession({ store, now }, requireCredential(request));
  return { body: sessionStatus(session, now) };
}

/** `POST /api/session/touch`: the user was active `idleForMs` ago. */
export async function touch(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const { now, count } = request;
  const body = await readJson(request, TouchRequest);
  const credential = requireNamedCredential(request, body);
  const { session, written } = await touchSession({ store, now }, credential, body.idleForMs, body.at);
  count('Touches');
  if (written) count('TouchWrites');
  return { body: sessionStatus(session, now) };
}

/**
 * `POST /api/session/sign-out`: ends the session once. A repeat has the same answer, and so has a session that had
 * ended before or is no longer known: the user is signed out, which is what they asked for. It asks for no mark of the
 * run: it tells nothing, and a session that the user leaves must not live on.
 */
export async function signOut(request: ApiRequest, options: SessionOptions): Promise<Reply> {
  const { store, provider, clearSiteData } = options;
  const credential = requireNamedCredential(request, await readJson(request, SessionRequest));
  const ended = await endIfKnown({ store, now: request.now }, credential, 'signed-out');
  const signOutUrl = await provider?.signOutUrl();
  return {
    cookies: [setCookie('session', '', 0), setCookie('lastSession', '', 0)],
    ...(clearSiteData && { headers: { 'clear-site-data': '"cache", "storage"' } }),
    body: { ...(signOutUrl !== undefined && { signOutUrl }) },
    // The log must not say of a session whose secret nobody has shown that it was signed out.
    ...(!ended && { code: 'ERR_SESSION_UNKNOWN' }),
  };
}

/** `POST /api/session/close`: the last page is going. Where the policy has no close grace, nothing happens. */
export async function close(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const context = { store, now: request.now };
  const body = await readJson(request, PageRequest);
  const credential = requireNamedCredential(request, body);
  const session = await checkSession(context, credential);
  if (session.browserClose === 'last-page') {
    await startCloseGrace(context, credential, { graceMs: CLOSE_GRACE_MS, at: body.at });
  }
  return { status: 202 };
}

/** `POST /api/session/open`: a live page is here, which cancels the close grace. Never extends. */
export async function open(request: ApiRequest, { store }: SessionOptions): Promise<Reply> {
  const { now } = request;
  const body = await readJson(request, PageRequest);
  const credential = requireNamedCredential(request, body);
  return { body: sessionStatus(await cancelCloseGrace({ store, now }, credential, body.at), now) };
}
