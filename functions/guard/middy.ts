/**
 * The guard for Lambda handlers, as Middy middleware. Needs `@middy/core`.
 *
 * @module
 */

import type { MiddlewareObj } from '@middy/core';
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyWebsocketEventV2,
} from 'aws-lambda';
import { readGuardMetrics } from '../environment.ts';
import { readHttpEvent } from '../http/http-event.ts';
import { type LambdaResult, toLambdaResult } from '../http/lambda-result.ts';
import { createMetrics } from '../http/metrics.ts';
import { type Exactly, type GuardEntryOptions, withDefaults } from './defaults.ts';
import { guardObserver } from './observe.ts';
import { admitOrReply } from './reply.ts';
import { type Guarded, type SessionOf, sessionFor } from './session.ts';

export type { GuardEntryOptions } from './defaults.ts';
export type { GuardObserver } from './options.ts';
export type { ActiveSession, EndedSession, Guarded, NoSession, SessionOf } from './session.ts';

/** What the guard tells apart by itself: requests of an HTTP API or a function URL, of a REST API, of a load balancer, and `$connect` of a WebSocket API. */
export type GuardableEvent =
  | APIGatewayProxyEventV2
  | APIGatewayProxyEvent
  | ALBEvent
  | APIGatewayProxyWebsocketEventV2;

/** The event that a handler behind {@link sessionGuard} gets. */
export type GuardedEvent<Options = unknown, Event extends GuardableEvent = APIGatewayProxyEventV2> = Event & {
  /** The session of the request. */
  curfew: Guarded<Options>;
  /** The same, where the first release had it. @deprecated `curfew.session` */
  session: SessionOf<Options>;
};

/**
 * Middy middleware that guards a Lambda handler behind an HTTP API (payload format 2.0 or 1.0), a function URL, a REST API, an
 * Application Load Balancer or `$connect` of a WebSocket API: puts the session at `event.curfew.session`,
 * slides it where the request says that the user is active, and answers a problem document where there is none, in the form that the front
 * wants. A store that fails is 503, never a 401. Put it first.
 *
 * ```ts
 * export const handler = middy()
 *   .use(sessionGuard())
 *   .handler(async (event) => ({ statusCode: 200, body: event.curfew.session.subject }));
 * ```
 *
 * The fronts are told apart by the event; its type is that of payload format 2.0 unless it is named:
 * `sessionGuard<{}, ALBEvent>()`. Any other event is a `TypeError` that says what it is.
 *
 * Metrics `Touches`, `TouchWrites` and `Refusals` go to the log in the embedded format, namespace `Curfew`,
 * unless an `observer` takes their place.
 */
export function sessionGuard<
  const Options extends GuardEntryOptions = Record<never, never>,
  Event extends GuardableEvent = APIGatewayProxyEventV2,
>(options?: Exactly<Options>): MiddlewareObj<GuardedEvent<Options, Event>, LambdaResult> {
  const given: GuardEntryOptions = options ?? {};
  const observer =
    given.observer ?? guardObserver({ metrics: createMetrics(readGuardMetrics().SESSION_SERVICE) });
  const guard = withDefaults({ ...given, observer });
  return {
    before: async ({ event, context }): Promise<LambdaResult | undefined> => {
      const { front, method, path, query, headers, cookies } = readHttpEvent(event);
      // Something else than Lambda may run the handler, with a context of its own.
      const remainingMs = context.getRemainingTimeInMillis?.();
      const asked = { method, path: query ? `${path}?${query}` : path, headers, cookies, remainingMs };
      const { session, reply } = await admitOrReply(asked, guard);
      if (reply) return toLambdaResult(reply, front);
      event.curfew = { session: sessionFor<Options>(session) };
      event.session = event.curfew.session;
      return undefined;
    },
  };
}
