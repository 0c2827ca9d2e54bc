import type { ServerResponse } from 'node:http';
import { createLambdaHandler, type LambdaHandler } from '../http/lambda.ts';
import type { Router } from '../http/router.ts';
import type { Curfew } from './curfew.ts';
import { nodeHandler } from './node.ts';
import type { NodeRequest } from './request.ts';

/** What the plugin uses of Fastify, which stays a dependency of the application alone. */
export interface FastifyLike {
  /** Runs before any handler, and before a body is read. */
  // biome-ignore lint/suspicious/noExplicitAny: Fastify's own types of a hook depend on its generics
  addHook(name: 'onRequest', hook: (request: any, reply: any) => Promise<unknown>): unknown;
}

interface FastifyRequest {
  readonly raw: NodeRequest;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  /** Leaves the answer to whoever has the raw response. */
  hijack(): unknown;
}

/** The routes of the API as a Fastify plugin: `await app.register(fastifyPlugin(curfew))`. */
export function fastifyPlugin({ router }: { readonly router: Router }): (app: FastifyLike) => Promise<void> {
  const handler = nodeHandler({ router });
  const plugin = async (app: FastifyLike): Promise<void> => {
    app.addHook('onRequest', async ({ raw }: FastifyRequest, reply: FastifyReply) => {
      if (!router.has(pathOf(raw))) return;
      reply.hijack();
      handler(raw, reply.raw);
    });
  };
  // As fastify-plugin does: the hook is for the context that registers it, not for one of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

function pathOf({ url = '/' }: NodeRequest): string {
  return url.split('?')[0] ?? '/';
}

/** What the middleware uses of Hono's context. */
export interface HonoContextLike {
  /** The request as the fetch API has it. */
  readonly req: { readonly raw: Request };
}

/** The routes of the API as Hono middleware: `app.use(honoMiddleware(curfew))`. */
export function honoMiddleware({
  handle,
}: Pick<Curfew, 'handle'>): (
  context: HonoContextLike,
  next: () => Promise<void>,
) => Promise<Response | undefined> {
  return async ({ req }, next) => {
    const response = await handle(req.raw);
    if (response) return response;
    await next();
    return undefined;
  };
}

/** The routes of the API as the handler of a Lambda function: behind an HTTP API, a function URL, a REST API or an Application Load Balancer. */
export function lambdaHandler({ router }: { readonly router: Router }): LambdaHandler {
  return createLambdaHandler(router);
}
