/**
 * The guard for Hono.
 *
 * @module
 */

import type { Exactly, GuardEntryOptions } from './defaults.ts';
import { createCheck } from './fetch.ts';
import type { Guarded } from './session.ts';

export type { GuardEntryOptions } from './defaults.ts';
export type { GuardObserver } from './options.ts';
export type { ActiveSession, EndedSession, Guarded, NoSession, SessionOf } from './session.ts';

/** What the middleware uses of Hono's context. */
export interface HonoContextLike {
  /** The request as the fetch API has it. */
  readonly req: { readonly raw: Request };
  /** Sets a variable of the request. */
  // biome-ignore lint/suspicious/noExplicitAny: Hono types this by the variables of the application
  set: any;
}

/** For `new Hono<{ Variables: GuardVariables }>()`. */
export interface GuardVariables<Options = unknown> {
  /** The session of the request. */
  curfew: Guarded<Options>;
}

/** Hono middleware: `app.use('/api/*', sessionGuard({ tableName, siteUrl }))`; the session is `c.get('curfew').session`. */
export function sessionGuard<const Options extends GuardEntryOptions = Record<never, never>>(
  options?: Exactly<Options>,
): (context: HonoContextLike, next: () => Promise<void>) => Promise<Response | undefined> {
  const check = createCheck<Options>(options);
  return async (context, next) => {
    const { session, response } = await check(context.req.raw);
    if (response) return response;
    context.set('curfew', { session } satisfies Guarded<Options>);
    await next();
    return undefined;
  };
}
