import middy from '@middy/core';
import { sessionGuard } from '../../functions/guard/middy.ts';

/** A guarded handler as a user writes it. */
export const handler = middy()
  .use(sessionGuard())
  .handler(async () => ({ statusCode: 200, body: 'guarded' }));
