import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { BASE_PATH, DEFAULT_SERVICE } from '../../core/contract.ts';
import openapi from '../../docs/openapi.json' with { type: 'json' };
import { openIdProvider } from '../auth/openid.ts';
import type { Provider } from '../auth/provider.ts';
import { authRoutes } from '../auth/routes.ts';
import type { GuardEntryOptions } from '../guard/defaults.ts';
import type { Checked } from '../guard/fetch.ts';
import { admitOrReply, problemReply } from '../guard/reply.ts';
import { sessionFor } from '../guard/session.ts';
import { SIGN_IN_DEADLINE_MS } from '../http/deadline.ts';
import { createFetchHandler, type FetchHandler, toResponse } from '../http/fetch.ts';
import type { Log, MetricSink } from '../http/observe.ts';
import { describeError } from '../http/problem.ts';
import { createRouter, type Router } from '../http/router.ts';
import { createDraftKeys } from '../service-secret/draft-keys.ts';
import { createKeyring } from '../service-secret/keyring.ts';
import { sessionRoutes } from '../session-api/routes.ts';
import { recordRevocation } from '../sessions/not-before.ts';
import { revokeSubject } from '../sessions/revoke.ts';
import { type SweepReport, sweep } from '../sweep/sweep.ts';
import { announcing } from './announce.ts';
import { describedFor } from './description.ts';
import { joinRouters, underBasePath } from './mount.ts';
import { type MoveOptions, sessionMover } from './move.ts';
import { type CurfewOptions, checkOptions, type IdentityOptions, policyOf } from './options.ts';
import { type ListedSessions, listSessions } from './own-list.ts';
import {
  assertSubject,
  type SignedIn,
  type SignedOut,
  type SignInRequest,
  signIn,
  signOut,
} from './own-sign-in.ts';
import { type AnyRequest, type NodeRequest, toPlainRequest } from './request.ts';

/** How a request is checked: what a guard may be told of it. */
export type CheckOptions = Pick<
  GuardEntryOptions,
  'onEnded' | 'onMissing' | 'bounce' | 'signInPath' | 'observer'
>;

/** Curfew inside a server. */
export interface Curfew {
  /** Answers a request of the API. Undefined: the path is none of its, and the body has not been read. */
  readonly handle: FetchHandler;
  /** The same, and 404 for any other path. */
  fetch(request: Request): Promise<Response>;
  /** What a guard does: the session to continue with, or the response to give in place of the handler's. */
  check<const Options extends CheckOptions = Record<never, never>>(
    request: AnyRequest,
    options?: Options,
  ): Promise<Checked<Options>>;
  /**
   * Starts a session for a user that the application has proven, and ends the one that this browser had.
   *
   * @throws SessionError `ERR_CROSS_SITE`, `ERR_REQUEST_INVALID`, `ERR_SESSION_ENDED`, `ERR_STORE_UNAVAILABLE`; each has the `status` to answer
   */
  signIn(request: AnyRequest, who: SignInRequest): Promise<SignedIn>;
  /** Ends the session of this browser. @throws SessionError `ERR_CROSS_SITE`, `ERR_STORE_UNAVAILABLE` */
  signOut(request: AnyRequest): Promise<SignedOut>;
  /**
   * Middleware for Express that moves browsers here from their sessions of express-session in a table of connect-dynamodb, once
   * each and without signing anybody out: `app.use(curfew.moveFrom({ … }))`, in front of `session()` and of what is guarded.
   *
   * @throws Error naming the option that is missing
   */
  moveFrom(
    old: MoveOptions,
  ): (request: NodeRequest, response: ServerResponse, next: (error?: unknown) => void) => void;
  /**
   * A page of a user's live sessions, newest first.
   *
   * @throws SessionError `ERR_REQUEST_INVALID` for what is no subject and for a cursor of another user, `ERR_STORE_UNAVAILABLE`
   */
  list(subject: string, page?: { readonly cursor?: string | null | undefined }): Promise<ListedSessions>;
  /**
   * Ends a user's sessions, those included whose sign-in is under way, and those that begin in the same millisecond. Up to 1,000 at
   * once: `remaining` says whether to repeat it.
   *
   * @param options.except the id of a session that is left alone; then a sign-in under way is, too
   * @throws SessionError `ERR_REQUEST_INVALID` for what is no subject, `ERR_STORE_UNAVAILABLE`
   */
  revoke(
    subject: string,
    options?: { readonly except?: string | undefined },
  ): Promise<{ readonly revoked: number; readonly remaining: number }>;
  /**
   * The response to what `signIn` and `signOut` throw, where the framework does not make one by the error's `status`: a problem document
   * (RFC 9457).
   *
   * @throws the error itself where it is none of theirs, or a defect
   */
  problem(error: unknown): Response;
  /** Ends what has expired: every minute, where no deployed sweep does. It never throws: failures are logged, and in the report. */
  sweep(): Promise<SweepReport>;
  /** Options for `sessionGuard` of `curfew/express`, `curfew/fastify`, `curfew/hono` and `curfew/guard`. */
  readonly guard: Pick<GuardEntryOptions, 'siteUrl' | 'originSecrets' | 'basePath' | 'signInPath'> &
    Required<Pick<GuardEntryOptions, 'store' | 'now'>>;
  /** The routes, whatever the platform: what the adapters are made of. */
  readonly router: Router;
}

/** Writes under way at once in a sweep. */
const SWEEP_CONCURRENCY = 32;

/**
 * Curfew inside a server of one's own: every route of the API, the check of a request, and the sign-in of users whom the
 * application itself has proven.
 *
 * ```ts
 * const curfew = createCurfew({ store: memoryStore(), siteUrl: 'https://app.example.com' });
 * app.use(nodeHandler(curfew));
 * app.use('/orders', sessionGuard(curfew.guard));
 * ```
 *
 * @throws Error naming the option that is missing or wrong
 * @throws SessionError `ERR_POLICY_INVALID` for a policy that breaks a rule
 */
export function createCurfew(options: CurfewOptions): Curfew {
  const secrets = checkOptions(options);
  const { siteUrl, originSecrets, basePath = BASE_PATH, trustProxy = 0, maxSessions } = options;
  const policy = policyOf(options);
  const now = options.now ?? (() => Date.now());
  const log = options.logger ?? FAILURES_TO_CONSOLE;
  const store = announced(options, log);
  const keyring = secrets.length > 0 ? createKeyring(async () => secrets) : undefined;
  const provider = options.identity && providerOf(options.identity, { siteUrl, basePath });
  const served = { log, metrics: NO_METRICS, now, siteOrigin: siteUrl, originSecrets, basePath };

  const sessionRouter = createRouter({
    ...served,
    routes: sessionRoutes({
      store,
      siteOrigin: siteUrl,
      provider,
      browserClose: policy.browserClose,
      clearSiteData: options.clearSiteData ?? false,
      draftKeys: keyring && createDraftKeys(keyring),
      openapi: describedFor(openapi, { basePath, hasIdentity: provider !== undefined }),
    }),
  });
  const authRouter =
    provider &&
    keyring &&
    createRouter({
      ...served,
      deadlineMs: SIGN_IN_DEADLINE_MS,
      routes: authRoutes({
        store,
        policy,
        provider,
        keyring,
        basePath,
        maxSessions,
        randomBytes,
        reauthentication: options.identity?.reauthentication ?? 'always',
        missingAuthTime: options.identity?.missingAuthTime ?? 'refuse',
      }),
    });
  const router = underBasePath(joinRouters(sessionRouter, authRouter), { basePath, trustProxy });
  const handle = createFetchHandler(router);
  // Without an identity, the path of sign-in is the application's own.
  const signInPath = provider ? undefined : '/';
  const guard = { store, now, siteUrl, originSecrets, basePath, signInPath };
  const own = { ...guard, policy, keyring, provider, maxSessions, randomBytes };

  return {
    router,
    guard,
    handle,
    fetch: async (request) => (await handle(request)) ?? notFound(),
    async check<const Options extends CheckOptions>(request: AnyRequest, checked?: Options) {
      const asked = toPlainRequest(request, trustProxy);
      const { session, reply } = await admitOrReply(asked, {
        ...guard,
        ...checked,
        signInPath: checked?.signInPath ?? signInPath,
      });
      return reply
        ? { response: toResponse(reply, asked.method) }
        : { session: sessionFor<Options>(session) };
    },
    signIn: (request, who) => signIn(toPlainRequest(request, trustProxy), who, own),
    signOut: (request) => signOut(toPlainRequest(request, trustProxy), own),
    moveFrom: (old) => sessionMover(old, { ...own, log }, (request) => toPlainRequest(request, trustProxy)),
    list: (subject, page) => listSessions({ store, now: now() }, subject, page?.cursor),
    async revoke(subject, { except } = {}) {
      assertSubject(subject);
      const context = { store, now: now() };
      // A caller without types may have null for none.
      if ((except ?? undefined) === undefined) await recordRevocation(context, subject, { type: 'subject' });
      const { revoked, remaining } = await revokeSubject(context, subject, { except });
      return { revoked, remaining };
    },
    problem: (error) => toResponse(problemReply(error, guard), 'GET'),
    sweep: () =>
      sweep({
        store,
        now,
        concurrency: SWEEP_CONCURRENCY,
        hasTime: () => true,
        onFailure: ({ cause, ...failure }) =>
          log.error('sweep failed', { ...failure, failure: describeError(cause) }),
      }),
  };
}

/** Never kept by what is on the way: the next to ask may be somebody whom the application answers. */
function notFound(): Response {
  return new Response('Not found', { status: 404, headers: { 'cache-control': 'no-store' } });
}

/** The store, which tells of each beginning and end where somebody wants to know. */
function announced({ store, onEvent, serviceName: service = DEFAULT_SERVICE }: CurfewOptions, log: Log) {
  if (!onEvent) return store;
  return announcing(store, service, async (event) => {
    try {
      await onEvent(event);
    } catch (cause) {
      log.error('onEvent failed', { eventId: event.detail.eventId, failure: describeError(cause) });
    }
  });
}

function providerOf(
  { issuer, clientId, clientSecret, logoutUrl }: IdentityOptions,
  { siteUrl, basePath }: { readonly siteUrl: string; readonly basePath: string },
): Provider {
  return openIdProvider({
    issuer,
    clientId,
    logoutUrl,
    siteOrigin: siteUrl,
    basePath,
    clientSecret: clientSecret === undefined ? undefined : async () => clientSecret,
  });
}

const FAILURES_TO_CONSOLE: Log = {
  info: () => undefined,
  error: (message, fields) => console.error(message, fields),
};

/** Metrics are of the deployed functions, whose lines CloudWatch reads. */
const NO_METRICS: MetricSink = {
  addMetric: () => undefined,
  singleMetric: () => NO_METRIC,
  hasStoredMetrics: () => false,
  publishStoredMetrics: () => undefined,
};
const NO_METRIC: ReturnType<MetricSink['singleMetric']> = {
  addDimension: () => NO_METRIC,
  setTimestamp: () => NO_METRIC,
  addMetric: () => undefined,
};
