import { BINDING_CHALLENGE, BINDING_PASS_MS, BINDING_USER } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import type { RunCheck } from '../../core/protocol.ts';
import { setCookie } from '../http/cookies.ts';
import { isSameOrigin } from '../http/cross-site.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest, RequestHeaders } from '../http/request.ts';
import { bindSession, checkRun, type Run } from '../sessions/binding.ts';
import { issuePass } from '../sessions/binding-pass.ts';
import type { Credential } from '../sessions/credential.ts';
import { sha256 } from '../store/hash.ts';
import type { SessionOptions } from './options.ts';

/**
 * The binding of a session to a run of its browser: a random credential in the browser's in-memory cache of HTTP
 * authentication, the one thing there that no restart brings back. It says "still the run that signed in" and proves
 * nobody's identity: the session cookie alone decides who is answered.
 */

const BASIC = /^Basic +([A-Za-z0-9+/]{1,128}={0,2})$/i;
/** The password is 32 random bytes in base64url, 43 characters. */
const USER_AND_PASSWORD = new RegExp(`^${BINDING_USER}:[A-Za-z0-9_-]{43}$`);

const reply = (run: Run): Reply => ({ body: { run } satisfies RunCheck });

/**
 * `GET /api/run/set`: puts the page's credential into the browser's cache, and its hash with the session. Only a
 * request that a page of this site makes by script is challenged, since it has brought the credential; any other
 * would end in a password prompt. So would a second challenge: a request that shows a credential gets none.
 *
 * @throws SessionError `ERR_CROSS_SITE`
 */
export async function set(request: ApiRequest, { store, browserClose }: SessionOptions): Promise<Reply> {
  const { headers, cookies, now } = request;
  if (!isByScriptOfThisSite(headers)) throw new SessionError('ERR_CROSS_SITE');
  if (browserClose === 'cookie' || browserClose === undefined) return reply('unmarked');
  if (headers.authorization === undefined) {
    return { ...reply('unmarked'), status: 401, headers: { 'www-authenticate': BINDING_CHALLENGE } };
  }
  const runHash = runHashOf(headers);
  if (!runHash || !cookies.credential) return reply('unmarked');
  return reply(await bindSession({ store, now }, cookies.credential, runHash));
}

/**
 * `GET /api/run/check?load=navigate|reload|back_forward|probe|set`: whether this is the run of the browser that the
 * session began in. A page of another run ends the session, unless it was reloaded: no restart reloads, and a
 * credential may get lost in a run that goes on. `probe` asks without consequences, since a sibling may know the
 * credential that was lost, and `set` right after setting it, whether the browser has kept it.
 */
export async function check(request: ApiRequest, options: SessionOptions): Promise<Reply> {
  const { cookies, now, query, headers, count } = request;
  const { credential } = cookies;
  const site = headers['sec-fetch-site'];
  if (!credential || (site !== undefined && site !== 'same-origin')) return reply('unmarked');
  const load = query.get('load');
  const ours = isSameOrigin(headers, options.siteOrigin);
  const { run, missed } = await checkRun({ store: options.store, now }, credential, {
    runHash: runHashOf(headers),
    endsIfOther: ours && load !== 'reload' && load !== 'probe',
    afterSet: load === 'set',
  });
  if (missed) count('UnmarkedLoads');
  const passes = query.has('pass') && run !== 'other' && ours;
  return { ...reply(run), ...(passes && { cookies: [passFor(credential, now)] }) };
}

/** For a handler that renders pages, which does not see the credential of the run itself. */
function passFor({ secretHash }: Credential, now: number): string {
  return setCookie('bindingPass', issuePass(secretHash, now), BINDING_PASS_MS / 1_000);
}

/** Browsers without Fetch Metadata say of a navigation, if of nothing else, that it wants HTML. */
function isByScriptOfThisSite(headers: RequestHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined) return !headers.accept?.includes('text/html');
  return site === 'same-origin' && (headers['sec-fetch-dest'] ?? 'empty') === 'empty';
}

/** The hash of the credential that the browser shows for this run. Undefined: none, or not of our form. */
function runHashOf({ authorization }: RequestHeaders): Uint8Array | undefined {
  const text = Buffer.from(BASIC.exec(authorization ?? '')?.[1] ?? '', 'base64').toString();
  return USER_AND_PASSWORD.test(text) ? sha256(text) : undefined;
}
