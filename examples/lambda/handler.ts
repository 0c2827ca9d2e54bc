import middy from '@middy/core';
import { type GuardEntryOptions, sessionGuard } from 'curfew/guard';

/** A handler that only runs with a live session. */
export const createOrders = (guard: GuardEntryOptions = {}) =>
  middy()
    .use(sessionGuard(guard))
    .handler(async ({ curfew: { session } }) => ({ statusCode: 200, body: `orders of ${session.subject}` }));

/** A handler that renders a page: it also runs after the end, to say so in its own words. */
export const createPage = (guard: GuardEntryOptions = {}) =>
  middy()
    .use(sessionGuard({ ...guard, onEnded: 'attach', bounce: true }))
    .handler(async ({ curfew: { session } }) => ({
      statusCode: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: session.state === 'ended' ? `<p>Signed out: ${session.reason}</p>` : '<p>Your orders</p>',
    }));
