import { untilDeadline } from '../http/deadline.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import type { RoutesOf } from '../http/router.ts';
import { finishSignIn } from './callback.ts';
import { failedSignIn } from './failure.ts';
import { assertTopLevelNavigation } from './navigation.ts';
import type { AuthOptions } from './options.ts';
import { beginSignIn } from './sign-in.ts';

/**
 * `/api/auth/*`: pages of a browser on its way, so a failure redirects to the site and is no problem document. A request to
 * sign in that is no page's has one.
 */
export function authRoutes(options: AuthOptions): RoutesOf<'auth'> {
  /** Out of time, the browser gets the page that says so, as for any other failure. */
  async function answer(
    request: ApiRequest,
    step: (request: ApiRequest, options: AuthOptions) => Promise<Reply>,
    counted: 'SignInsBegun' | 'SignInsFinished',
  ): Promise<Reply> {
    const { signal, count } = request;
    const bounded = { ...options, store: options.store.within(signal) };
    const reply = await untilDeadline(signal, step(request, bounded)).catch(failedSignIn);
    const hasFailed = reply.code !== undefined;
    if (!hasFailed) count(counted);
    // A zero for what has not finished: alarms compare the numbers, and one that was never reported is no number.
    if (hasFailed || counted === 'SignInsBegun') count('SignInsFinished', 0);
    return reply;
  }

  return {
    'GET /api/auth/sign-in': async (request) => {
      assertTopLevelNavigation(request.headers);
      return answer(request, beginSignIn, 'SignInsBegun');
    },
    'GET /api/auth/callback': (request) => answer(request, finishSignIn, 'SignInsFinished'),
  };
}
