import type { AuthOptions } from '../../functions/auth/options.ts';
import { authRoutes } from '../../functions/auth/routes.ts';
import { createFetchHandler, type FetchHandler } from '../../functions/http/fetch.ts';
import { createLambdaHandler, type LambdaHandler } from '../../functions/http/lambda.ts';
import { createRouter, type Router, type RouterOptions } from '../../functions/http/router.ts';
import type { SessionOptions } from '../../functions/session-api/options.ts';
import { sessionRoutes } from '../../functions/session-api/routes.ts';

type Site = Omit<RouterOptions, 'routes' | 'siteOrigin'> & { readonly siteUrl: string };
type Flat<Options> = Omit<Options, 'siteOrigin'> & Site;

/** The session API, as function `session` composes it. */
export function createSessionRouter({ siteUrl, ...options }: Flat<SessionOptions>): Router {
  const routes = sessionRoutes({ ...options, siteOrigin: siteUrl });
  return createRouter({ ...options, siteOrigin: siteUrl, routes });
}

/** The session API as it is deployed. */
export function createSessionHandler(options: Flat<SessionOptions>): LambdaHandler {
  return createLambdaHandler(createSessionRouter(options));
}

/** The session API in a server of the fetch API. */
export function createSessionFetch(options: Flat<SessionOptions>): FetchHandler {
  return createFetchHandler(createSessionRouter(options));
}

/**
 * Every route in one router, as a server has them that is not Lambda.
 *
 * @param authStore the store of the sign-in, where it has another client. @default `store`
 */
export function createApiRouter({
  siteUrl,
  authStore,
  ...options
}: Flat<SessionOptions> & AuthOptions & { readonly authStore?: AuthOptions['store'] }): Router {
  const auth = authRoutes({ ...options, store: authStore ?? options.store });
  const routes = { ...sessionRoutes({ ...options, siteOrigin: siteUrl }), ...auth };
  return createRouter({ ...options, siteOrigin: siteUrl, routes });
}

/** Signing in, as it is deployed. */
export function createAuthHandler({ siteUrl, ...options }: Flat<AuthOptions>): LambdaHandler {
  const routes = authRoutes(options);
  return createLambdaHandler(createRouter({ ...options, siteOrigin: siteUrl, routes }));
}
