import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { decide, type SessionGuardOptions } from './decide.ts';
import type { SessionOf } from './guard.ts';

/** The event that a handler behind {@link sessionGuard} gets. */
export type GuardedEvent<Options = unknown> = APIGatewayProxyEventV2 & { session: SessionOf<Options> };

/**
 * Middy middleware for a handler behind an HTTP API (payload 2.0): puts the session at `event.session`, slides it
 * where the request says that the user is active, and answers a problem document where there is none.
 * A store that fails is 503, never a 401.
 */
export function sessionGuard<const Options extends SessionGuardOptions>(
  options: Options,
): MiddlewareObj<GuardedEvent<Options>, APIGatewayProxyStructuredResultV2> {
  return {
    before: async ({ event }): Promise<APIGatewayProxyStructuredResultV2 | undefined> => {
      const { rawPath, rawQueryString: query } = event;
      const path = query ? `${rawPath}?${query}` : rawPath;
      const request = { headers: event.headers, cookies: event.cookies, path };
      const decision = await decide({ ...request, method: event.requestContext.http.method }, options);
      if (decision.reply) {
        const { status, headers, body } = decision.reply;
        return { statusCode: status, headers: { ...headers }, body };
      }
      event.session = decision.session;
      return undefined;
    },
  };
}
