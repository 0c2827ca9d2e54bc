import type { IncomingHttpHeaders } from 'node:http';
import { singleHeaders } from './connect.ts';
import { decide, type SessionGuardOptions } from './decide.ts';

/** What the plugin uses of Fastify, which stays a dependency of the application alone. */
export interface FastifyLike {
  decorateRequest(name: string, value: unknown): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: Fastify's own types of a hook depend on its generics
  addHook(name: 'onRequest', hook: (request: any, reply: any) => Promise<unknown>): unknown;
}

interface GuardedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  session: unknown;
}

interface Reply {
  code(status: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: string): Reply;
}

/**
 * Fastify plugin: `await app.register(sessionGuard(options))` guards every route of that context, and puts the
 * session at `request.session`.
 */
export function sessionGuard(options: SessionGuardOptions) {
  const plugin = async (app: FastifyLike): Promise<void> => {
    app.decorateRequest('session', null);
    app.addHook('onRequest', async (request: GuardedRequest, reply: Reply) => {
      const { method, url } = request;
      const asked = { method, headers: singleHeaders(request.headers), path: url };
      const decision = await decide(asked, options);
      if (decision.reply) {
        const { status, headers, body } = decision.reply;
        return reply
          .code(status)
          .headers({ ...headers })
          .send(body);
      }
      request.session = decision.session;
      return undefined;
    });
  };
  // As fastify-plugin does: the hook is for the context that registers it, not for one of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
