import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parseCookie, stringifySetCookie } from 'cookie';
import { isSessionError, SessionError } from '../../core/errors.ts';
import { BY_SYSTEM, evaluate, type Session } from '../../core/lifecycle.ts';
import { trimSpaces } from '../../core/spaces.ts';
import { readCookies, setCookie } from '../http/cookies.ts';
import { SIGN_IN_DEADLINE_MS } from '../http/deadline.ts';
import type { Log } from '../http/observe.ts';
import type { RequestHeaders } from '../http/request.ts';
import { type Context, readOwned } from '../sessions/context.ts';
import { createCredential, SECRET_BYTES, SESSION_ID_BYTES } from '../sessions/credential.ts';
import { endIfKnown } from '../sessions/end.ts';
import type { Next } from './node.ts';
import type { Claim } from './old-sessions.ts';
import { type OwnSignInOptions, type SignInRequest, signIn } from './own-sign-in.ts';
import type { NodeRequest, PlainRequest } from './request.ts';

/** Where the sessions of express-session are, in a table of connect-dynamodb, and whose they are. */
export interface MoveOptions {
  /** `table` of connect-dynamodb. */
  readonly tableName: string;
  /** `client` of connect-dynamodb. @default one that gives up in time */
  readonly client?: DynamoDBClient | undefined;
  /** `prefix` of connect-dynamodb. @default 'sess:' */
  readonly prefix?: string | undefined;
  /** `hashKey` of connect-dynamodb. @default 'id' */
  readonly hashKey?: string | undefined;
  /** `secret` of express-session. */
  readonly secret: string | readonly string[];
  /** `name` of express-session. @default 'connect.sid' */
  readonly name?: string | undefined;
  /** `cookie.path` and `cookie.domain` of express-session, without which a browser would keep the old cookie. @default the path `/`, no domain */
  readonly cookie?: { readonly path?: string | undefined; readonly domain?: string | undefined } | undefined;
  /**
   * False: no session is moved from here, and one that was moved elsewhere goes on. It is what runs before the first move in
   * every process, and after a roll-back. @default true
   */
  readonly moves?: boolean | undefined;
  /**
   * Whose session it is; undefined: nobody's, and it stays. It may be asked more than once for a session: what it copies from
   * there into a table of the application, it writes so that a repeat changes nothing.
   */
  readonly who: (old: Readonly<Record<string, unknown>>) => Moved | undefined | Promise<Moved | undefined>;
}

/** A user whom an old session has proven. */
export type Moved = Pick<SignInRequest, 'subject' | 'user'>;

/**
 * How long the old cookie is answered with the session that it was moved to, ms: for requests that were sent beside the one
 * that moved it, and for a browser that never got its answer.
 */
const HANDOVER_MS = 60_000;
/** How often, and after how many ms, a request looks whether the one before it has begun the session. */
const WAITS = 20;
const WAIT_MS = 100;

/** What the old session's id is made into, with the salt of its claim. */
const USE = 'curfew moved session';

/** What a request goes on with. */
interface Outcome {
  /** `set-cookie` of the new session. None: no session began here. */
  readonly cookies: readonly string[];
  /** The request that begins the session may still fail: the browser keeps the old cookie until it has not. */
  readonly isUnsure?: boolean;
}

/** What works on the table. Loaded by the first move: a server that moves nobody needs no AWS SDK beside it. */
async function load(client: DynamoDBClient | undefined) {
  const { createDynamoClient } = await import('../store/dynamodb/client.ts');
  const { oldSessions } = await import('./old-sessions.ts');
  return { client: client ?? createDynamoClient(), oldSessions };
}

/**
 * Middleware that moves a browser from its session of express-session to one of Curfew: it stands in front of `session()`.
 *
 * @param plain reads a request
 * @throws Error naming the option that is missing
 */
export function sessionMover(
  options: MoveOptions,
  own: OwnSignInOptions & { readonly log: Log },
  plain: (request: NodeRequest) => PlainRequest,
): (request: NodeRequest, response: ServerResponse, next: Next) => void {
  const { tableName, name = 'connect.sid', prefix = 'sess:', hashKey = 'id' } = options;
  const { cookie, moves = true, who } = options;
  const secrets = [options.secret ?? []].flat();
  if (!tableName) throw new Error('the option tableName must name the table of connect-dynamodb');
  if (secrets.length === 0 || secrets.includes(''))
    throw new Error('the option secret must be that of express-session');
  const cleared = stringifySetCookie({
    name,
    value: '',
    path: cookie?.path ?? '/',
    ...(cookie?.domain !== undefined && { domain: cookie.domain }),
    maxAge: 0,
    secure: true,
    httpOnly: true,
  });

  let loaded: ReturnType<typeof load> | undefined;
  async function move(request: PlainRequest, id: string): Promise<Outcome | undefined> {
    const now = own.now();
    const signal = AbortSignal.timeout(SIGN_IN_DEADLINE_MS);
    loaded ??= load(options.client);
    const { client, oldSessions } = await loaded;
    const table = oldSessions({ client, tableName, prefix, hashKey }, signal);
    const context = { store: own.store.within(signal), now };
    const { log } = own;

    const begin = async (claim: Claim, user: Moved): Promise<Outcome> => {
      try {
        const { session, headers } = await signIn(request, { ...user, crossSite: 'verified' }, own, {
          randomBytes: credentialBytes(id, claim),
          async consume() {
            if (!(await table.consume(id))) throw new SessionError('ERR_SESSION_ENDED');
          },
        });
        log.info('session moved', { sessionId: session.sessionId });
        return { cookies: headers.getSetCookie() };
      } catch (error) {
        await table.forget(id, claim).catch(() => undefined);
        // Signed out in the meantime, there or here.
        if (isSessionError(error) && error.code === 'ERR_SESSION_ENDED') return { cookies: [] };
        throw error;
      }
    };

    /** The session that another request begins, or has begun. */
    const join = async (claim: Claim, user: Moved | undefined): Promise<Outcome> => {
      const { credential, cookieValue } = createCredential(credentialBytes(id, claim));
      for (let waits = 0; ; waits += 1) {
        if (await context.store.read(credential.sessionId)) {
          return { cookies: [setCookie('session', cookieValue)], isUnsure: user !== undefined };
        }
        if (waits === WAITS) break;
        await setTimeout(WAIT_MS);
      }
      // It stopped half-way. Who consumes the old session is one of those that come here.
      return user ? begin(claim, user) : { cookies: [] };
    };

    /** Two sessions in one browser: the old one ends, and Curfew's stays if it is the same user's. */
    const resolve = async (sessionId: string, isSameUser: boolean): Promise<Outcome> => {
      log.error('an old session is live beside a new one', { sessionId, isSameUser });
      await table.consume(id);
      // Nobody can say which of the two sits there.
      if (!isSameUser) await endIfKnown(context, { sessionId }, 'superseded', BY_SYSTEM);
      return { cookies: [] };
    };

    /** Whether the session of a claim was ended as it began, since a step failed, and the claim could not be taken back. */
    const wasGivenUp = async (claim: Claim): Promise<boolean> => {
      const { credential } = createCredential(credentialBytes(id, claim));
      const session = (await context.store.read(credential.sessionId))?.session;
      if (session?.state !== 'ended') return false;
      return session.endReason === 'superseded' && session.endedBy?.type === BY_SYSTEM.type;
    };

    const [old, claimed] = await Promise.all([table.read(id, now), table.readClaim(id)]);
    const isOver = old && claimed && (await wasGivenUp(claimed));
    if (isOver) await table.forget(id, claimed);
    const known = isOver ? undefined : claimed;
    if (known && now >= known.claimedAt + HANDOVER_MS) {
      const { credential } = createCredential(credentialBytes(id, known));
      // A request that was under way has written it back.
      return old ? resolve(credential.sessionId, true) : { cookies: [] };
    }
    const user = old && (await who(old.content));
    const current = await liveSession(request, context);
    // It has signed in since, and the answer to that has left the old cookie.
    if (known) return current ? { cookies: [] } : join(known, user);
    if (!user || !moves) return undefined;
    if (current) return resolve(current.sessionId, current.subject === user.subject);
    const mine: Claim = { salt: own.randomBytes(SECRET_BYTES), claimedAt: now };
    await table.claim(id, mine, old);
    const claim = (await table.readClaim(id)) ?? mine;
    return Buffer.from(claim.salt).equals(mine.salt) ? begin(claim, user) : join(claim, user);
  }

  return (request, response, next) => {
    const asked = plain(request);
    const id = signedId(asked.headers.cookie, name, secrets);
    if (id === undefined || !keepsCookies(asked.headers)) return next();
    move(asked, id).then((outcome) => {
      // Such as by a time limit of the application's: what would be set now comes too late, and the browser keeps the old cookie.
      if (outcome && !response.headersSent) {
        const { cookies, isUnsure = false } = outcome;
        // Or a cache would give it to somebody else.
        response.setHeader('cache-control', 'no-store');
        response.appendHeader('set-cookie', [...cookies, ...(isUnsure ? [] : [cleared])]);
        request.headers.cookie = asIfSent(request.headers.cookie, name, cookies);
      }
      next();
    }, next);
  };
}

/** The live session of Curfew that the browser has. */
async function liveSession(request: PlainRequest, context: Context): Promise<Session | undefined> {
  const { credential } = readCookies(request);
  const stored = credential && (await readOwned(context, credential));
  return stored && evaluate(stored.session, context.now).state === 'live' ? stored.session : undefined;
}

/** The id that express-session has signed; undefined: the request has none of its. */
function signedId(header: string | undefined, name: string, secrets: readonly string[]): string | undefined {
  const [, id, signature] = /^s:(.+)\.([^.]+)$/s.exec(parseCookie(header ?? '')[name] ?? '') ?? [];
  if (id === undefined || signature === undefined) return undefined;
  const isSigned = secrets.some((secret) => {
    const expected = Buffer.from(createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, ''));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isSigned ? id : undefined;
}

/**
 * Browsers discard a `Strict` cookie in the answer to what another site's page asks for, unless the user goes there: the old
 * session would be gone, and the new one lost.
 */
function keepsCookies(headers: RequestHeaders): boolean {
  if (headers['sec-fetch-site'] !== 'cross-site') return true;
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** Bytes of a credential that only the holder of the old id can make, by the claim. They come in the order of the first request. */
function credentialBytes(id: string, { salt }: Claim): (size: number) => Uint8Array {
  const bytes = new Uint8Array(hkdfSync('sha256', id, salt, USE, SESSION_ID_BYTES + SECRET_BYTES));
  let taken = 0;
  return (size) => {
    taken += size;
    return bytes.subarray(taken - size, taken);
  };
}

/** The cookies of a request as the browser will send them from now on. */
function asIfSent(header: string | undefined, name: string, cookies: readonly string[]): string {
  const set = cookies.map((cookie) => cookie.split(';', 1).join());
  const replaced = [name, ...set.map((pair) => pair.split('=', 1).join())];
  const kept = (header ?? '')
    .split(';')
    .map(trimSpaces)
    .filter((pair) => !replaced.includes(pair.split('=', 1).join()));
  return [...kept, ...set].join('; ');
}
