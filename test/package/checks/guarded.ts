import middy from '@middy/core';
import type { ALBEvent, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { type GuardEntryOptions, sessionGuard } from 'curfew/guard';
import { createMemoryStore } from 'curfew/testing';

/** What a handler may know of its session, by the guard in front of it. Compiled, and never run. */
const store = createMemoryStore();

export const rejecting = middy()
  .use(sessionGuard({ store }))
  .handler(async ({ session }) => {
    // @ts-expect-error: behind a guard that rejects, no session has ended
    const reason: string = session.reason;
    return { statusCode: 200, body: `${session.subject}${reason}` };
  });

export const attaching = middy()
  .use(sessionGuard({ store, onEnded: 'attach' }))
  .handler(async ({ session }) => {
    // @ts-expect-error: it may have ended, which has to be asked first
    session.subject;
    if (session.state === 'active') return { statusCode: 200, body: session.subject };
    return { statusCode: 200, body: session.reason };
  });

export const optional = middy()
  .use(sessionGuard({ store, onMissing: 'attach' }))
  .handler(async ({ session }) => {
    // @ts-expect-error: there may be no session
    session.subject;
    return { statusCode: 200, body: session.state === 'none' ? 'nobody' : session.subject };
  });

export const balanced = middy()
  .use(
    sessionGuard<GuardEntryOptions & { readonly onEnded: 'attach' }, ALBEvent>({ store, onEnded: 'attach' }),
  )
  .handler(async ({ httpMethod, curfew: { session } }) => {
    // @ts-expect-error: it may have ended, which has to be asked first
    session.subject;
    return { statusCode: 200, body: httpMethod };
  });

export const connected = middy()
  .use(sessionGuard<Record<never, never>, APIGatewayProxyWebsocketEventV2>({ store }))
  .handler(async ({ requestContext, curfew: { session } }) => {
    // @ts-expect-error: the handshake has no path of its own
    requestContext.http;
    return { statusCode: 200, body: `${requestContext.connectionId} of ${session.subject}` };
  });
