import { type GuardEntryOptions, type Guarded, sessionGuard } from 'curfew/fastify';
import fastify, { type FastifyInstance } from 'fastify';

declare module 'fastify' {
  /** Requests behind the guard have a session. */
  interface FastifyRequest {
    curfew: Guarded;
  }
}

/** The application: the guard holds for the routes of the context that it is registered in. */
export function createApp(guard: GuardEntryOptions): FastifyInstance {
  const app = fastify();
  app.get('/health', async () => 'ok');
  app.register(async (api) => {
    await api.register(sessionGuard(guard));
    api.get('/api/me', async ({ curfew }) => ({ subject: curfew.session.subject }));
  });
  return app;
}
