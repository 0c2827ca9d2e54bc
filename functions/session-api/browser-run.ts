import { BINDING_PASS_MS } from '../../core/contract.ts';
import { SessionError } from '../../core/errors.ts';
import type { RunCheck } from '../../core/protocol.ts';
import { setRunPassCookie } from '../http/cookies.ts';
import { isSameOrigin } from '../http/cross-site.ts';
import type { ApiRequest, Reply } from '../http/request.ts';
import type { StackOptions } from '../http/stack.ts';
import { bindSession, checkRun } from '../sessions/binding.ts';
import { issuePass } from '../sessions/binding-pass.ts';
import type { Credential } from '../sessions/credential.ts';
import { sha256 } from '../store/hash.ts';
import type { SessionOptions } from './handler.ts';

/**
 * The mark of a browser's run: a random credential in the browser's in-memory cache of HTTP authentication, the
 * one thing there that no restart brings back. It says "still the run that signed in" and proves nobody: who asks
 * is told by the session cookie alone.
 */

/** Never to be read by anybody: a browser that showed it would be asking its user for a password. */
const CHALLENGE = 'Basic realm="browser run", charset="UTF-8"';
const BASIC = /^Basic +([A-Za-z0-9+/]{1,128}={0,2})$/i;
/** User name `run`; the password is 32 random bytes in base64url, 43 characters. */
const USER_AND_MARK = /^run:[A-Za-z0-9_-]{43}$/;

const reply = (run: RunCheck['run']): Reply => ({ body: { run } satisfies RunCheck });

/**
 * `GET /api/run/set`: puts the page's credential into the browser's cache, and its hash with the session. Only a
 * request that a page of this site makes by script is challenged, since it has brought the credential; any other
 * would end in a password prompt. So would a second challenge: who shows a credential gets none.
 *
 * @throws SessionError `ERR_CROSS_SITE`
 */
export async function set(request: ApiRequest, { store, browserClose }: SessionOptions): Promise<Reply> {
  const { headers, credential, now } = request;
  if (!isByScriptOfThisSite(headers)) throw new SessionError('ERR_CROSS_SITE');
  if (browserClose === 'cookie' || browserClose === undefined) return reply('unmarked');
  if (headers.authorization === undefined) {
    return { ...reply('unmarked'), status: 401, headers: { 'www-authenticate': CHALLENGE } };
  }
  const runHash = runHashOf(headers);
  if (!runHash || !credential) return reply('unmarked');
  return reply(await bindSession({ store, now }, credential, runHash));
}

/**
 * `GET /api/run/check?load=navigate|reload|back_forward|probe|set`: whether this is the run of the browser that the session
 * was begun in. A page of another run ends the session, unless it was reloaded: no restart reloads, and a mark may
 * get lost in a run that goes on. `probe` asks without consequences, since a sibling may know the mark that was lost,
 * and `set` right after setting it, whether the browser has kept it.
 */
export async function check(
  request: ApiRequest,
  { store, siteUrl }: SessionOptions & Pick<StackOptions, 'siteUrl'>,
): Promise<Reply> {
  const { credential, now, query, headers, count } = request;
  const site = headers['sec-fetch-site'];
  if (!credential || (site !== undefined && site !== 'same-origin')) return reply('unmarked');
  const load = query.get('load');
  const { run, missed } = await checkRun({ store, now }, credential, {
    runHash: runHashOf(headers),
    endsIfOther: isSameOrigin(headers, siteUrl) && load !== 'reload' && load !== 'probe',
    afterSet: load === 'set',
  });
  if (missed) count('UnmarkedLoads');
  const passes = query.has('pass') && run !== 'other' && isSameOrigin(headers, siteUrl);
  return { ...reply(run), ...(passes && { cookies: [passFor(credential, now)] }) };
}

/** For a handler that renders pages: it does not see the mark itself. */
function passFor({ secretHash }: Credential, now: number): string {
  return setRunPassCookie(issuePass(secretHash, now), BINDING_PASS_MS / 1_000);
}

type Headers = ApiRequest['headers'];

/** Browsers without Fetch Metadata say of a navigation, if of nothing else, that it wants HTML. */
function isByScriptOfThisSite(headers: Headers): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined) return !headers.accept?.includes('text/html');
  return site === 'same-origin' && (headers['sec-fetch-dest'] ?? 'empty') === 'empty';
}

/** The hash of the mark that the browser shows. Undefined: none, or none of ours by its form. */
function runHashOf({ authorization }: Headers): Uint8Array | undefined {
  const text = Buffer.from(BASIC.exec(authorization ?? '')?.[1] ?? '', 'base64').toString();
  return USER_AND_MARK.test(text) ? sha256(text) : undefined;
}
