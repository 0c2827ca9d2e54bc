import { randomUUID } from 'node:crypto';
import { REGION } from '../aws.ts';
import type { LocalClock } from '../clock.ts';
import { type Answer, jsonReply, pathOf } from '../http/message.ts';
import type { Functions } from '../lambda/functions.ts';
import { toEvent } from './event.ts';
import { toReply } from './reply.ts';
import { createRouter, type LocalRoute } from './routes.ts';

/** Host of the API, which is what a function behind CloudFront sees: not the site's. */
const DOMAIN_NAME = `curfewlocal.execute-api.${REGION}.amazonaws.com`;

export interface GatewayOptions {
  readonly routes: readonly LocalRoute[];
  readonly functions: Functions;
  readonly clock: LocalClock;
}

/** The HTTP API: what no route of the template matches does not exist. */
export function createGateway({ routes, functions, clock }: GatewayOptions): Answer {
  const match = createRouter(routes);
  return async (request) => {
    const found = match(request.method, pathOf(request));
    if (!found) return jsonReply(404, { message: 'Not Found' });
    const { routeKey, functionId, pathParameters } = found;
    const outcome = await functions.invoke(
      functionId,
      toEvent(request, {
        routeKey,
        pathParameters,
        domainName: DOMAIN_NAME,
        requestId: randomUUID(),
        now: clock.now(),
      }),
    );
    return outcome.ok ? toReply(outcome.result) : jsonReply(500, { message: 'Internal Server Error' });
  };
}
