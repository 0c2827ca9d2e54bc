import { untilDeadline } from '../http/deadline.ts';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../http/request.ts';
import type { RoutesOf } from '../http/router.ts';
import { finishSignIn } from './callback.ts';
import { failedSignIn } from './failure.ts';
import { assertTopLevelNavigation } from './navigation.ts';
import type { AuthOptions } from './options.ts';
import { beginSignIn, beginsInWindow } from './sign-in.ts';
import { openSignIn } from './sign-in-state.ts';

/**
 * `/api/auth/*`: pages of a browser on its way, so a failure redirects to the site and is no problem document. A request to
 * sign in that is no page's has one.
 */
export function authRoutes(options: AuthOptions): RoutesOf<'auth'> {
  /**
   * Out of time, the browser gets the page that says so, as for any other failure.
   *
   * @param isInWindow whether the page is in a small window
   */
  async function answer(
    { signal, count }: ApiRequest,
    step: (options: AuthOptions) => Promise<Reply>,
    isInWindow: boolean | Promise<boolean>,
    counted: 'SignInsBegun' | 'SignInsFinished',
  ): Promise<Reply> {
    const bounded = { ...options, store: options.store.within(signal) };
    let saysItThere = false;
    const steps = async () => {
      saysItThere = await isInWindow;
      return step(bounded);
    };
    const reply = await untilDeadline(signal, steps()).catch((error) =>
      failedSignIn(error, saysItThere, options.basePath),
    );
    const hasFailed = reply.code !== undefined;
    if (!hasFailed) count(counted);
    // A zero for what has not finished: alarms compare the numbers, and one that was never reported is no number.
    if (hasFailed || counted === 'SignInsBegun') count('SignInsFinished', 0);
    return reply;
  }

  return {
    'GET /api/auth/sign-in': async (request) => {
      assertTopLevelNavigation(request.headers);
      const begin = (bounded: AuthOptions) => beginSignIn(request, bounded);
      return answer(request, begin, beginsInWindow(request), 'SignInsBegun');
    },
    'GET /api/auth/callback': (request) => {
      const { query, now } = request;
      const opened = openSignIn(query.get('state') ?? '', { keyring: options.keyring, now });
      // Where the service secret can't be read, nobody can tell, and the answer is that of a page.
      const isInWindow = opened.then(
        (signIn) => signIn?.isInWindow ?? false,
        () => false,
      );
      const finish = (bounded: AuthOptions) => finishSignIn(request, bounded, opened);
      return answer(request, finish, isInWindow, 'SignInsFinished');
    },
  };
}
