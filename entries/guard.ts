import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { GuardObserver } from '../functions/guard/guard.ts';
import { type GuardedEvent, sessionGuard as guardWith } from '../functions/guard/middy.ts';
import { guardObserver } from '../functions/guard/observe.ts';
import { type Exactly, type GuardEntryOptions, withDefaults } from './defaults.ts';

export type { ActiveSession, EndedSession, NoSession, SessionOf } from '../functions/guard/guard.ts';
export type { GuardEntryOptions, GuardedEvent, GuardObserver };

/**
 * Middy middleware that guards a Lambda handler behind an HTTP API (payload 2.0). Put it first.
 *
 * ```ts
 * export const handler = middy()
 *   .use(sessionGuard())
 *   .handler(async (event) => ({ statusCode: 200, body: event.session.subject }));
 * ```
 *
 * Metrics `Touches`, `TouchWrites` and `Refusals` go to the log in the embedded format, namespace `Curfew`,
 * unless an `observer` takes their place.
 */
export function sessionGuard<const Options extends GuardEntryOptions = Record<never, never>>(
  options?: Exactly<Options>,
): MiddlewareObj<GuardedEvent<Options>, APIGatewayProxyStructuredResultV2> {
  const given = (options ?? {}) as unknown as Options;
  const observer = given.observer ?? guardObserver({ metrics: metrics() });
  return guardWith({ ...withDefaults(given), observer }) as unknown as MiddlewareObj<
    GuardedEvent<Options>,
    APIGatewayProxyStructuredResultV2
  >;
}

function metrics(): Metrics {
  return new Metrics({ namespace: 'Curfew', serviceName: 'curfew' });
}
