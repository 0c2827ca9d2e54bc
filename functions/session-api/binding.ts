import { BINDING_CHALLENGE, BINDING_PASS_MS, MARK_SCOPE, MARK_SCOPE_BEFORE } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import type { RunCheck } from '../../core/protocol.ts';
import { setCookie } from '../http/cookies.ts';
import { isSameOrigin } from '../http/cross-site.ts';
import { shownMark } from '../http/mark.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest, RequestHeaders } from '../http/request.ts';
import { bindSession, checkRun, type Run } from '../sessions/binding.ts';
import { issuePass, issuePassOfBefore } from '../sessions/binding-pass.ts';
import type { MarkScope, StoredSession } from '../store/stored-session.ts';
import type { SessionOptions } from './options.ts';

/**
 * The binding of a session to a run of its browser: a random credential in the browser's in-memory cache of HTTP
 * authentication, the mark of this run, and the one thing there that no restart brings back. It says "still the run that
 * signed in" and proves nobody's identity: the session cookie alone decides who is answered.
 */

const reply = (run: Run): Reply => ({ body: { run } satisfies RunCheck });

/**
 * `GET /api/mark`: puts the page's mark into the browser's cache, and its hash with the session. Only a request that a
 * page of this site makes by script is challenged, since it has brought the mark; any other would end in a password
 * prompt. So would a second challenge: a request that shows a credential gets none.
 *
 * @throws SessionError `ERR_CROSS_SITE`
 */
export async function setMark(request: ApiRequest, options: SessionOptions): Promise<Reply> {
  return bindTo(MARK_SCOPE, request, options);
}

/**
 * `GET /api/run/set`: as {@link setMark} for pages of the last release, whose browser will show the mark under `/api/run/`
 * only. Their sessions are held to what that release held them to.
 *
 * @throws SessionError `ERR_CROSS_SITE`
 */
export async function setMarkOfBefore(request: ApiRequest, options: SessionOptions): Promise<Reply> {
  return bindTo(MARK_SCOPE_BEFORE, request, options);
}

async function bindTo(
  scope: MarkScope,
  { headers, cookies, now }: ApiRequest,
  { store, browserClose }: SessionOptions,
): Promise<Reply> {
  if (!isByScriptOfThisSite(headers)) throw new SessionError('ERR_CROSS_SITE');
  if (browserClose === 'cookie' || browserClose === undefined) return reply('unmarked');
  if (headers.authorization === undefined) {
    return { ...reply('unmarked'), status: 401, headers: { 'www-authenticate': BINDING_CHALLENGE } };
  }
  const { credential } = cookies;
  if (!credential?.runHash) return reply('unmarked');
  return reply(await bindSession({ store, now }, credential, credential.runHash, scope));
}

/**
 * `GET /api/run/check?load=navigate|reload|back_forward|probe|set`: whether this is the run of the browser that the
 * session began in. A page of another run ends the session, unless it was reloaded: no restart reloads, and a
 * mark may get lost in a run that goes on. `probe` asks without consequences, since a page may know the mark that was
 * lost, and learns the one that its browser shows; `set` asks right after setting it, whether the browser has kept it.
 */
export async function check(request: ApiRequest, options: SessionOptions): Promise<Reply> {
  const { cookies, now, query, headers, count } = request;
  const { credential } = cookies;
  const site = headers['sec-fetch-site'];
  if (!credential || (site !== undefined && site !== 'same-origin')) return reply('unmarked');
  const load = query.get('load');
  const ours = isSameOrigin(headers, options.siteOrigin);
  const { run, missed, stored } = await checkRun({ store: options.store, now }, credential, {
    runHash: credential.runHash,
    endsIfOther: ours && load !== 'reload' && load !== 'probe',
    afterSet: load === 'set',
  });
  if (missed) count('UnmarkedLoads');
  const passes = query.has('pass') && run !== 'other' && ours;
  const mark = ours && run === 'same' && load === 'probe' ? shownMark(headers) : undefined;
  return {
    body: { run, ...(mark !== undefined && { mark }) } satisfies RunCheck,
    ...(passes && stored && { cookies: [passFor(stored, now, query.get('pass') === '')] }),
  };
}

/** For a handler that renders pages outside `/api/`, where the browser does not show the mark. */
function passFor(stored: StoredSession, now: number, isForGuardOfBefore: boolean): string {
  const pass = isForGuardOfBefore ? issuePassOfBefore(stored, now) : issuePass(stored, now);
  return setCookie('bindingPass', pass, BINDING_PASS_MS / 1_000);
}

/** Browsers without Fetch Metadata say of a navigation, if of nothing else, that it wants HTML. */
function isByScriptOfThisSite(headers: RequestHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined) return !headers.accept?.includes('text/html');
  return site === 'same-origin' && (headers['sec-fetch-dest'] ?? 'empty') === 'empty';
}
