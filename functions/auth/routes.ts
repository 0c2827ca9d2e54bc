import type { RoutesOf } from '../http/router.ts';
import { finishSignIn } from './callback.ts';
import { failedSignIn } from './failure.ts';
import type { AuthOptions } from './options.ts';
import { beginSignIn } from './sign-in.ts';

/** `/api/auth/*`: pages of a browser on its way, so a failure redirects to the site and is no problem document. */
export function authRoutes(options: AuthOptions): RoutesOf<'auth'> {
  return {
    'GET /api/auth/sign-in': (request) => beginSignIn(request, options).catch(failedSignIn),
    'GET /api/auth/callback': (request) => finishSignIn(request, options).catch(failedSignIn),
  };
}
