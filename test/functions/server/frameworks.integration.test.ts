import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import {
  type Curfew,
  createCurfew,
  fastifyPlugin,
  honoMiddleware,
  memoryStore,
  nodeHandler,
} from '../../../functions/server/server.ts';

const SITE = 'http://localhost:3000';
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Ask = (path: string, init: RequestInit) => Promise<Response>;

async function listening(server: Server): Promise<Ask> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init);
}

/** An application that has a route of its own behind the line of its adapter: it answers what the body says, and signs in. */
const APPLICATIONS: Record<string, (curfew: Curfew) => Promise<Ask>> = {
  async Express(curfew) {
    const app = express();
    app.set('env', 'test');
    app.use(nodeHandler(curfew));
    app.post('/login', express.json(), async (request, response) => {
      response.setHeaders((await curfew.signIn(request, request.body)).headers);
      response.json(request.body);
    });
    return listening(createServer(app));
  },

  async 'node:http'(curfew) {
    const handler = nodeHandler(curfew);
    return listening(
      createServer((request, response) =>
        handler(request, response, async () => {
          const body = (await json(request)) as { subject: string };
          await curfew.signIn(request, body).then(
            ({ headers }) => response.setHeaders(headers).end(JSON.stringify(body)),
            (error) => response.writeHead(error.status).end(JSON.stringify({ code: error.code })),
          );
        }),
      ),
    );
  },

  async Fastify(curfew) {
    const app = fastify();
    await app.register(fastifyPlugin(curfew));
    app.post('/login', async (request, reply) => {
      const { headers } = await curfew.signIn(request.raw, request.body as { subject: string });
      return reply.headers({ 'set-cookie': headers.getSetCookie() }).send(request.body);
    });
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    stops.push(() => app.close());
    return (path, init) => fetch(origin + path, init);
  },

  async Hono(curfew) {
    const app = new Hono();
    app.use(honoMiddleware(curfew));
    app.onError((error) => curfew.problem(error));
    app.post('/login', async (context) => {
      const body = await context.req.json();
      const { headers } = await curfew.signIn(context.req.raw, body);
      return Response.json(body, { headers });
    });
    return async (path, init) => app.request(SITE + path, init);
  },
};

test.each(Object.entries(APPLICATIONS))(
  'a body that is none of the API’s is whole for a route of %s, which signs in, and rejects another site’s request',
  async (_, start) => {
    const ask = await start(createCurfew({ store: memoryStore(), siteUrl: SITE }));
    const login = (site: string) =>
      ask('/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': site },
        body: '{"subject":"ada"}',
      });
    const answer = await login('same-origin');
    expect([answer.status, await answer.json()]).toEqual([200, { subject: 'ada' }]);
    const [cookie = ''] = answer.headers.getSetCookie().map((line) => line.split(';')[0]!);
    const mine = await ask('/api/session', { headers: { cookie } });
    expect(await mine.json()).toMatchObject({ subject: 'ada' });
    const forged = await login('cross-site');
    expect([forged.status, forged.headers.getSetCookie()]).toEqual([403, []]);
  },
);
