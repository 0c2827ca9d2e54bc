import { type ActiveSession, type GuardEntryOptions, sessionGuard } from 'curfew/express';
import express, { type Application } from 'express';

declare global {
  namespace Express {
    /** Requests behind the guard have a session. */
    interface Request {
      session: ActiveSession;
    }
  }
}

/** The application: under /api, a request has a live session or is answered with a problem document. */
export function createApp(guard: GuardEntryOptions): Application {
  const app = express();
  app.get('/health', (_request, response) => void response.send('ok'));
  app.use('/api', sessionGuard(guard));
  app.get('/api/me', ({ session }, response) => void response.json({ subject: session.subject }));
  app.post('/api/orders', ({ session }, response) => {
    response.status(201).json({ orderedBy: session.subject });
  });
  return app;
}
