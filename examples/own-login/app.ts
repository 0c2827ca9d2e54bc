import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Guarded, sessionGuard } from 'curfew/express';
import { type CurfewOptions, createCurfew, nodeHandler, sendResponse } from 'curfew/server';
import express, { type Application } from 'express';
import { findUser } from './users.ts';

declare global {
  namespace Express {
    /** Requests behind the guard have a session. */
    interface Request {
      curfew: Guarded;
    }
  }
}

const SITE = path.join(import.meta.dirname, 'site');
/** The client and the dialog, as they are installed. */
const CURFEW = fileURLToPath(new URL('.', import.meta.resolve('curfew/client')));

/** An application with a login of its own: a form, and passwords that it keeps itself. */
export function createApp(options: CurfewOptions): Application {
  const curfew = createCurfew(options);
  // Ends what has expired, also where no request comes any more.
  setInterval(() => curfew.sweep().catch(console.error), 60_000).unref();

  const app = express();
  app.use(nodeHandler(curfew));
  app.get('/login', (_request, response) => response.sendFile('login.html', { root: SITE }));
  app.post('/login', express.urlencoded(), async (request, response) => {
    const { name, password } = request.body ?? {};
    const user = await findUser(String(name), String(password));
    if (!user) return response.redirect(303, `${request.originalUrl}#wrong`);
    const signedIn = await curfew.signIn(request, { subject: user.id, user: { name: user.name } });
    const isInWindow = request.query.display === 'popup';
    return sendResponse(response, isInWindow ? signedIn.windowPage() : signedIn.page('/'));
  });
  app.get('/orders', sessionGuard(curfew.guard), ({ curfew: { session } }, response) => {
    response.json({ orderedBy: session.user.name });
  });
  app.use('/curfew', express.static(CURFEW));
  app.use(express.static(SITE));
  return app;
}
