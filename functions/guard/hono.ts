import type { SessionGuardOptions } from './decide.ts';
import { checkRequest } from './fetch.ts';
import type { SessionOf } from './guard.ts';

/** What the middleware uses of Hono's context. */
export interface HonoContextLike {
  readonly req: { readonly raw: Request };
  // biome-ignore lint/suspicious/noExplicitAny: Hono types this by the variables of the application
  set: any;
}

/** For `new Hono<{ Variables: GuardVariables }>()`. */
export interface GuardVariables<Options = unknown> {
  session: SessionOf<Options>;
}

/** Hono middleware: `app.use('/api/*', sessionGuard(options))`; the session is `c.get('session')`. */
export function sessionGuard<const Options extends SessionGuardOptions>(options: Options) {
  return async (context: HonoContextLike, next: () => Promise<void>): Promise<Response | undefined> => {
    const { session, response } = await checkRequest(context.req.raw, options);
    if (response) return response;
    context.set('session', session);
    await next();
    return undefined;
  };
}
