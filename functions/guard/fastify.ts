/**
 * The guard for Fastify, as a plugin.
 *
 * @module
 */

import type { IncomingHttpHeaders } from 'node:http';
import { type GuardEntryOptions, withDefaults } from './defaults.ts';
import { joinHeaders } from './node-headers.ts';
import { admitOrReply } from './reply.ts';

export type { GuardEntryOptions } from './defaults.ts';
export type { GuardObserver } from './options.ts';
export type { ActiveSession, EndedSession, Guarded, NoSession, SessionOf } from './session.ts';

/** What the plugin uses of Fastify, which stays a dependency of the application alone. */
export interface FastifyLike {
  /** Declares `request.curfew`. */
  decorateRequest(name: string, value: unknown): unknown;
  /** Runs the guard before any handler. */
  // biome-ignore lint/suspicious/noExplicitAny: Fastify's own types of a hook depend on its generics
  addHook(name: 'onRequest', hook: (request: any, reply: any) => Promise<unknown>): unknown;
}

interface GuardableRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  curfew: unknown;
}

interface FastifyReply {
  code(status: number): FastifyReply;
  headers(headers: Record<string, string>): FastifyReply;
  send(body: string | undefined): FastifyReply;
}

/**
 * Fastify plugin: `await app.register(sessionGuard({ tableName, siteUrl }))` guards every route of that context. The
 * session is at `request.curfew.session`, which an application declares once:
 *
 * ```ts
 * declare module 'fastify' {
 *   interface FastifyRequest { curfew: Guarded }
 * }
 * ```
 */
export function sessionGuard(options: GuardEntryOptions = {}): (app: FastifyLike) => Promise<void> {
  const guard = withDefaults(options);
  const plugin = async (app: FastifyLike): Promise<void> => {
    app.decorateRequest('curfew', null);
    app.addHook('onRequest', async (request: GuardableRequest, response: FastifyReply) => {
      const { method, url: path } = request;
      const { session, reply } = await admitOrReply(
        { method, path, headers: joinHeaders(request.headers) },
        guard,
      );
      if (reply) {
        return response
          .code(reply.status)
          .headers({ ...reply.headers })
          .send(reply.body);
      }
      request.curfew = { session };
      return undefined;
    });
  };
  // As fastify-plugin does: the hook is for the context that registers it, not for one of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
