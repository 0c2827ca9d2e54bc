import { createHttpHandler, get, type HttpHandler, type StackOptions } from '../http/stack.ts';
import { failedSignIn, finishSignIn } from './callback.ts';
import { type AuthOptions, beginSignIn } from './sign-in.ts';

/** `/api/auth/*`: pages of a browser on its way, so a failure goes on to the site and is no problem document. */
export function createAuthHandler(options: AuthOptions & Omit<StackOptions, 'routes'>): HttpHandler {
  return createHttpHandler({
    ...options,
    routes: [
      get('/api/auth/sign-in', (request) => beginSignIn(request, options).catch(failedSignIn)),
      get('/api/auth/callback', (request) => finishSignIn(request, options).catch(failedSignIn)),
    ],
  });
}
