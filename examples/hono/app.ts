import { type GuardEntryOptions, type GuardVariables, sessionGuard } from 'curfew/hono';
import { Hono } from 'hono';

/** The application, for any server that Hono runs on. */
export function createApp(guard: GuardEntryOptions) {
  const app = new Hono<{ Variables: GuardVariables }>();
  app.get('/health', (context) => context.text('ok'));
  app.use('/api/*', sessionGuard(guard));
  app.get('/api/me', (context) => context.json({ subject: context.get('curfew').session.subject }));
  return app;
}
