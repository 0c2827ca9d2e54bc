/** The functions that answer requests. */
export type RouteFunction = 'auth' | 'session';

export interface Route {
  readonly method: 'GET' | 'POST' | 'ANY';
  /** As in the template of an HTTP API: `{proxy+}` stands for the rest of the path. */
  readonly path: string;
  readonly function: RouteFunction;
}

/**
 * Every path of the API, and the function that answers it: the template is made from this list, and so is each
 * function's router, so that neither knows a path that the other does not.
 */
export const ROUTES = [
  { method: 'GET', path: '/api/auth/sign-in', function: 'auth' },
  { method: 'GET', path: '/api/auth/callback', function: 'auth' },
  { method: 'GET', path: '/api/session', function: 'session' },
  { method: 'POST', path: '/api/session/touch', function: 'session' },
  { method: 'POST', path: '/api/session/sign-out', function: 'session' },
  { method: 'POST', path: '/api/session/close', function: 'session' },
  { method: 'POST', path: '/api/session/open', function: 'session' },
  { method: 'POST', path: '/api/session/draft-key', function: 'session' },
  { method: 'GET', path: '/api/mark', function: 'session' },
  // For pages and guards of the last release.
  { method: 'GET', path: '/api/run/set', function: 'session' },
  { method: 'GET', path: '/api/run/check', function: 'session' },
  { method: 'GET', path: '/api/sessions', function: 'session' },
  { method: 'POST', path: '/api/sessions/revoke', function: 'session' },
  { method: 'GET', path: '/api/openapi.json', function: 'session' },
] as const satisfies readonly Route[];

type KeyOf<Known extends Route> = Known extends Route ? `${Known['method']} ${Known['path']}` : never;

/** Method and path of a route, as API Gateway spells its key: `GET /api/session`. Of one function, or of all. */
export type RouteKey<Name extends RouteFunction = RouteFunction> = KeyOf<
  Extract<(typeof ROUTES)[number], { function: Name }>
>;

/**
 * Every request that no route above matches, including another method of one of them. A function answers it, since the
 * gateway's own 404 is not a problem document.
 */
export const CATCH_ALL: Route = { method: 'ANY', path: '/api/{proxy+}', function: 'session' };
