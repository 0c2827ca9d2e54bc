/**
 * The guard for Express, Connect and `node:http`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Exactly, type GuardEntryOptions, withDefaults } from './defaults.ts';
import { joinHeaders } from './node-headers.ts';
import { admitOrReply } from './reply.ts';
import { type Guarded, sessionFor } from './session.ts';

export type { GuardEntryOptions } from './defaults.ts';
export type { GuardObserver } from './options.ts';
export type { ActiveSession, EndedSession, Guarded, NoSession, SessionOf } from './session.ts';

/** A request behind the guard: Express's, Connect's, or that of `node:http`. */
export type GuardedRequest<Options = unknown> = IncomingMessage & {
  /** The session of the request. */
  curfew: Guarded<Options>;
  /** Express: the path as it came, wherever the router is mounted. */
  originalUrl?: string;
};

/** A request before the guard has seen it. */
export type GuardableRequest = IncomingMessage & {
  /** Where the guard puts the session. */
  curfew?: unknown;
  /** Express: the path as it came, wherever the router is mounted. */
  originalUrl?: string;
};

/** Continues with the next handler, or with the application's error handler. */
export type Next = (error?: unknown) => void;

/**
 * Middleware for Express, Connect and `node:http`: `app.use('/api', sessionGuard({ tableName, siteUrl }))`. The session
 * is at `request.curfew.session`, and `request.session` stays with express-session, which may run beside it. Without one the
 * answer is a problem document. A defect goes to the application's own error handler.
 */
export function sessionGuard<const Options extends GuardEntryOptions = Record<never, never>>(
  options?: Exactly<Options>,
): (request: GuardableRequest, response: ServerResponse, next: Next) => void {
  const guard = withDefaults(options ?? {});
  return (request, response, next) => {
    const { method = 'GET', originalUrl, url = '/' } = request;
    const asked = { method, headers: joinHeaders(request.headers), path: originalUrl ?? url };
    admitOrReply(asked, guard).then(({ session, reply }) => {
      if (reply) {
        // Unless it has been answered meanwhile, such as by a time limit of the application's.
        if (!response.headersSent) response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
        return;
      }
      request.curfew = { session: sessionFor<Options>(session) } satisfies Guarded<Options>;
      next();
    }, next);
  };
}
