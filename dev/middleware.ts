import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type ErrorCode, SessionError } from '../core/errors.ts';
import { joinHeaders } from '../functions/guard/node-headers.ts';
import type { GuardedSession } from '../functions/guard/session.ts';
import { readCookies } from '../functions/http/cookies.ts';
import { problemDocument, problemHeaders } from '../functions/http/problem.ts';
import type { HttpReply } from '../functions/http/reply.ts';
import type { HttpRequest } from '../functions/http/request.ts';
import type { Curfew } from '../functions/server/curfew.ts';
import { type Next, nodeHandler } from '../functions/server/node.ts';
import type { NodeRequest } from '../functions/server/request.ts';
import { advise, otherOrigin, portCookie } from './advice.ts';
import { answerPanel, isPanelPath } from './panel-routes.ts';
import { SLOW_MS, type WhyTouched } from './protocol.ts';
import { isProduction, NOT_IN_PRODUCTION, originOf, pathOf, refusal } from './requests.ts';
import { addSessionHeaders, removeSessionHeaders } from './session-headers.ts';
import { answerSignIn, failSignIn, showsCookie, signInPath } from './sign-in.ts';
import type { World } from './world.ts';

/** What Express, Connect, Vite, webpack's dev server and middie of Fastify take. */
export type ConnectMiddleware = (request: NodeRequest, response: ServerResponse, next: Next) => void;

/** A file of variables was read after the middleware was made. */
const LOADED_TOO_EARLY = `${NOT_IN_PRODUCTION}, as it is now: set it, or read the file that does, before curfew/dev is loaded.\n`;

/** Answers what is Curfew's, and tells the application behind it of the session of any other request. */
export function createMiddleware(world: World): ConnectMiddleware {
  return (request, response, next) => {
    const refused = isProduction(world.io.environment()) ? LOADED_TOO_EARLY : refusal(request);
    if (refused !== undefined) {
      response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(refused);
      return;
    }
    removeSessionHeaders(request);
    const answer = isPanelPath(pathOf(request)) ? answerPanel : answerOrPass;
    answer(world, request, response, next).catch(next);
  };
}

async function answerOrPass(
  world: World,
  request: NodeRequest,
  response: ServerResponse,
  next: Next,
): Promise<void> {
  const origin = originOf(request);
  const curfew = world.curfewFor(origin);
  advise(world, request, origin);
  const path = pathOf(request);
  const isSignIn = path === signInPath(world);
  const isApi = curfew.router.has(path) || (!world.hasProvider && isSignIn);
  if (!isApi && !path.startsWith(`${world.basePath}/`)) return pass(world, curfew, request, response, next);
  const explain = isApi ? watchApi(world, request, response) : undefined;
  if (await isFaulty(world, request, response, explain)) return;
  if (!isApi) return pass(world, curfew, request, response, next);
  const elsewhere = otherOrigin(request, origin);
  if (elsewhere !== undefined) {
    world.sayOnce(elsewhere);
    return sendProblem(world, response, new SessionError('ERR_CROSS_SITE', { detail: elsewhere }));
  }
  if (isSignIn) response.appendHeader('set-cookie', portCookie(origin));
  if (isSignIn && (!world.hasProvider || !showsCookie(request)))
    return answerSignIn(world, curfew, request, response);
  const isAtProvider = path.startsWith(`${world.basePath}/auth/`);
  const { router } = isAtProvider ? world.providerCurfewFor(origin) : curfew;
  const answer = async (asked: HttpRequest) => {
    const reply = await router.answer(asked);
    if (problemCode(reply) === 'ERR_RUN_UNCONFIRMED') explain?.('other-run');
    return reply;
  };
  nodeHandler({ router: { ...router, answer } })(request, response, next);
}

function problemCode({ headers, body = '' }: HttpReply): unknown {
  return headers['content-type'] === 'application/problem+json' ? JSON.parse(body).code : undefined;
}

/**
 * Lets what is broken on purpose happen.
 *
 * @param explain is told before the answer, at whose end the panel is. Undefined: nobody watches this request yet
 * @returns whether the request has its answer by it
 */
async function isFaulty(
  world: World,
  request: NodeRequest,
  response: ServerResponse,
  explain: Explain | undefined,
): Promise<boolean> {
  const { server, provider } = world.faults;
  const isSigningIn = pathOf(request).startsWith(`${world.basePath}/auth/`);
  if (server === 'slow') await setTimeout(SLOW_MS);
  const isWhole = server === 'up' || server === 'slow';
  if (isWhole && !(isSigningIn && provider === 'down')) return false;
  (explain ?? watchApi(world, request, response))('fault');
  if (server === 'unreachable') {
    request.socket.destroy();
    return true;
  }
  const outage = new SessionError('ERR_STORE_UNAVAILABLE', { detail: 'down, as you chose in the panel' });
  if (isSigningIn) {
    const error = server === 'down' ? outage : Object.assign(new Error(), { code: 'provider_unavailable' });
    await failSignIn(world, error, request, response);
  } else sendProblem(world, response, outage);
  return true;
}

/** Is told why a request touched the session or not, where its status alone does not say so. */
type Explain = (reason: WhyTouched) => void;

function sendProblem({ basePath }: World, response: ServerResponse, error: SessionError): void {
  response.writeHead(error.status, { ...problemHeaders(error), 'cache-control': 'no-store' });
  response.end(JSON.stringify(problemDocument(error, basePath)));
}

/** Hands a request on to the application, which is told of its session. */
async function pass(
  world: World,
  curfew: Curfew,
  request: NodeRequest,
  response: ServerResponse,
  next: Next,
): Promise<void> {
  const at = world.now();
  const { session, touched, why } = await checkRequest(curfew, request);
  addSessionHeaders(request, session);
  if (isTold(request)) tellAtEnd(world, request, response, () => ({ at, touched, why }));
  next();
}

/** What a request says of its session, and what it does to it. */
export async function checkRequest(
  curfew: Curfew,
  request: NodeRequest,
): Promise<{ readonly session: GuardedSession; readonly touched: boolean; readonly why: WhyTouched }> {
  const headers = joinHeaders(request.headers);
  const none = (why: WhyTouched) => ({ session: { state: 'none' }, touched: false, why }) as const;
  // Without a cookie there is no session to protect from other sites: a web hook, or the callback of another login, may pass.
  if (!readCookies({ headers }).credential) return none('no-session');
  let written: boolean | undefined;
  let refused: ErrorCode | undefined;
  const { session } = await curfew.check(request, {
    onEnded: 'attach',
    onMissing: 'attach',
    observer: {
      touched: (isWritten: boolean) => {
        written = isWritten;
      },
      refused: (code: ErrorCode) => {
        refused = code;
      },
    },
  });
  if (!session) return none(refused === 'ERR_CROSS_SITE' ? 'other-site' : 'other-run');
  if (session.state === 'none') return none('unknown');
  if (session.state === 'ended') return { session, touched: false, why: 'over' };
  if (written === undefined) return { session, touched: false, why: 'passive' };
  const because = headers['curfew-idle-for'] === undefined ? 'navigation' : 'active';
  return { session, touched: written, why: written ? because : 'covered' };
}

/** Values of `Sec-Fetch-Dest` of requests that the panel does not list: a page makes many of them, and none says anything of the session. */
const LOADED = new Set([
  'script',
  'style',
  'image',
  'font',
  'audio',
  'video',
  'manifest',
  'serviceworker',
  'worker',
]);

function isTold({ headers }: NodeRequest): boolean {
  return !LOADED.has(String(headers['sec-fetch-dest']));
}

/** Tells the panel of a request of the API once it is answered. */
function watchApi(world: World, request: NodeRequest, response: ServerResponse): Explain {
  const at = world.now();
  const sessionId = readCookies({ headers: joinHeaders(request.headers) }).credential?.sessionId;
  const deadlineOf = () =>
    sessionId === undefined ? undefined : world.row(sessionId)?.session.idleExpiresAt;
  const [before, count] = [deadlineOf(), world.sessionCount];
  const path = pathOf(request).slice(world.basePath.length);
  let told: WhyTouched | undefined;
  tellAtEnd(world, request, response, (status) => {
    const touched = status === 200 && path === '/session/touch' && deadlineOf() !== before;
    return { at, touched, why: told ?? why(status, touched) };
  });
  return (reason) => {
    told = reason;
  };

  function why(status: number, touched: boolean): WhyTouched {
    if (status === 403) return 'other-site';
    if (status === 401) {
      if (sessionId === undefined) return 'no-session';
      return world.row(sessionId) ? 'over' : 'unknown';
    }
    if (path === '/session/touch' && status === 200) return touched ? 'pulse' : 'old-pulse';
    if (path === '/session/sign-out' && status === 200) return 'signed-out';
    return path.startsWith('/auth/') && world.sessionCount > count ? 'signed-in' : 'api';
  }
}

function tellAtEnd(
  world: World,
  request: NodeRequest,
  response: ServerResponse,
  tell: (status: number) => { readonly at: number; readonly touched: boolean; readonly why: WhyTouched },
): void {
  response.once('close', () => {
    const status = response.headersSent ? response.statusCode : 0;
    world.report({ method: request.method ?? 'GET', path: pathOf(request), status, ...tell(status) });
  });
}
