import { randomUUID } from 'node:crypto';
import type { LocalClock } from './clock.ts';
import type { FunctionPool } from './function-pool.ts';
import { gatewayReply, type HttpReply, type HttpRequest, toEvent, toReply } from './http-event.ts';
import { createRouter, type LocalRoute } from './routes.ts';

export interface GatewayOptions {
  readonly routes: readonly LocalRoute[];
  /** The function behind an integration, by its logical id. */
  readonly integrations: ReadonlyMap<string, FunctionPool>;
  /** Host of the API as the functions see it. */
  readonly domainName: string;
  readonly clock: LocalClock;
  readonly log: (name: string, line: string) => void;
}

/** The HTTP API: what no route of the template matches does not exist. */
export function createGateway(options: GatewayOptions): (request: HttpRequest) => Promise<HttpReply> {
  const match = createRouter(options.routes);
  return async (request) => {
    const route = match(request.method, request.url.split('?')[0]!);
    const pool = route && options.integrations.get(route.target);
    if (!route || !pool) return gatewayReply(404, 'Not Found');
    const event = toEvent(request, {
      ...route,
      domainName: options.domainName,
      requestId: randomUUID(),
      now: options.clock.now(),
    });
    const outcome = await pool.invoke(event);
    if (outcome.ok) return toReply(outcome.result);
    options.log(pool.definition.name, outcome.error);
    return gatewayReply(500, 'Internal Server Error');
  };
}
