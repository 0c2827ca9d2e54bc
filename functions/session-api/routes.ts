import type { RoutesOf } from '../http/router.ts';
import { check, set } from './binding.ts';
import type { SessionOptions } from './options.ts';
import { close, open, signOut, status, touch } from './session.ts';
import { list, revoke } from './sessions.ts';

/** The session API by route key. */
export function sessionRoutes(options: SessionOptions): RoutesOf<'session'> {
  return {
    'GET /api/session': (request) => status(request, options),
    'POST /api/session/touch': (request) => touch(request, options),
    'POST /api/session/sign-out': (request) => signOut(request, options),
    'POST /api/session/close': (request) => close(request, options),
    'POST /api/session/open': (request) => open(request, options),
    'GET /api/run/set': (request) => set(request, options),
    'GET /api/run/check': (request) => check(request, options),
    'GET /api/sessions': (request) => list(request, options),
    'POST /api/sessions/revoke': (request) => revoke(request, options),
    'GET /api/openapi.json': async () => ({ body: options.openapi }),
  };
}
