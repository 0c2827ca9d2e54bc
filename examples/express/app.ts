import { type GuardEntryOptions, type Guarded, sessionGuard } from 'curfew/express';
import express, { type Application } from 'express';

declare global {
  namespace Express {
    /** Requests behind the guard have a session. */
    interface Request {
      curfew: Guarded;
    }
  }
}

/** The application: under /api, a request has a live session or is answered with a problem document. */
export function createApp(guard: GuardEntryOptions): Application {
  const app = express();
  app.get('/health', (_request, response) => void response.send('ok'));
  app.use('/api', sessionGuard(guard));
  app.get('/api/me', ({ curfew }, response) => void response.json({ subject: curfew.session.subject }));
  app.post('/api/orders', ({ curfew }, response) => {
    response.status(201).json({ orderedBy: curfew.session.subject });
  });
  return app;
}
