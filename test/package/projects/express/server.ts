import { type GuardedRequest, sessionGuard } from 'curfew/express';
import { createMemoryStore, signIn } from 'curfew/testing';
import express from 'express';

const store = createMemoryStore();
const { cookie } = await signIn(store, { subject: 'ada' });
const app = express();
app.use('/api', sessionGuard({ store, siteUrl: 'https://app.example.com' }));
app.get('/api/me', (request, response) => {
  const { session } = request as unknown as GuardedRequest<object>;
  // @ts-expect-error: there is no such field
  session.secret;
  response.json(session.subject);
});
// @ts-expect-error: the option is named otherwise
sessionGuard({ store, table: 'sessions' });

const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as { port: number };
  const ask = async (headers: Record<string, string>, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}/api/me`, { method, headers });
    return [response.status, response.headers.get('content-type')?.split(';')[0]];
  };
  console.log(JSON.stringify([await ask({ cookie }), await ask({}), await ask({ cookie }, 'POST')]));
  server.close();
});
