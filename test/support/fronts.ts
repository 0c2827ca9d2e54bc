import { createServer, type IncomingMessage, request as nodeRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { createFetchHandler } from '../../functions/http/fetch.ts';
import { createLambdaHandler } from '../../functions/http/lambda.ts';
import type { Router } from '../../functions/http/router.ts';
import { fastifyPlugin, honoMiddleware } from '../../functions/server/frameworks.ts';
import { nodeHandler } from '../../functions/server/node.ts';
import { type Answer, answerOf, event, type Sent, toAnswer } from './http.ts';
import { frontRequest, LAMBDA_FRONTS } from './lambda-fronts.ts';
import { serve } from './serve.ts';

/** What stands before the router on one platform. */
export interface Front {
  send(sent: Sent): Promise<Answer>;
  close(): Promise<void>;
}

/** Every platform that the API runs on, each from its adapter outward. */
export const FRONTS: Readonly<Record<string, (router: Router) => Promise<Front>>> = {
  async Lambda(router) {
    const handler = createLambdaHandler(router);
    return {
      send: async (sent) => answerOf(await handler(event(sent), {} as Context)),
      close: async () => undefined,
    };
  },

  'Lambda, function URL': lambda('function-url'),
  'Lambda, REST API': lambda('rest-api'),
  'Lambda, load balancer': lambda('load-balancer'),
  'Lambda, load balancer with multi-value headers': lambda('load-balancer-multi-value'),

  async fetch(router) {
    const handler = createFetchHandler(router);
    return {
      async send(sent) {
        const { method, url, headers, body } = plainRequest(sent, 'https://app.example.com');
        const request = new Request(url, { method, headers, ...(body !== undefined && { body }) });
        const response = await handler(request, { sourceIp: '192.0.2.1' });
        if (!response) throw new Error(`${sent.path} is none of the API's`);
        return answerOfResponse(response);
      },
      close: async () => undefined,
    };
  },

  async 'fetch behind node:http'(router) {
    const { origin, close } = await serve(createFetchHandler(router));
    return { send: sender(origin), close };
  },

  async 'node:http'(router) {
    return listening(createServer(nodeHandler({ router })));
  },

  async Express(router) {
    const app = express().disable('x-powered-by').use(nodeHandler({ router }));
    return listening(createServer(app));
  },

  async 'Express, behind a parser of bodies'(router) {
    const app = express().disable('x-powered-by');
    app.use(express.text({ type: '*/*', limit: '1mb' }), nodeHandler({ router }));
    return listening(createServer(app));
  },

  async Fastify(router) {
    const app = fastify();
    await app.register(fastifyPlugin({ router }));
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    return { send: sender(origin), close: () => app.close() };
  },

  async Hono(router) {
    const app = new Hono();
    const handle = createFetchHandler(router);
    app.use(honoMiddleware({ handle: (request) => handle(request, { sourceIp: '192.0.2.1' }) }));
    return {
      async send(sent) {
        const { method, url, headers, body } = plainRequest(sent, 'https://app.example.com');
        return answerOfResponse(
          await app.request(url, { method, headers, ...(body !== undefined && { body }) }),
        );
      },
      close: async () => undefined,
    };
  },
};

function lambda(name: keyof typeof LAMBDA_FRONTS): (router: Router) => Promise<Front> {
  const front = LAMBDA_FRONTS[name];
  return async (router) => {
    const handler = createLambdaHandler(router);
    return {
      send: async (sent) =>
        front.answer(await handler(front.event(frontRequest(sent)) as APIGatewayProxyEvent, {} as Context)),
      close: async () => undefined,
    };
  };
}

async function listening(server: Server): Promise<Front> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    send: sender(`http://127.0.0.1:${port}`),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends to a server, over a connection of its own. */
function sender(origin: string): Front['send'] {
  return async (sent) => {
    const { method, url, headers, body } = plainRequest(sent, origin);
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      nodeRequest(url, { method, headers, agent: false }, resolve).on('error', reject).end(body);
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
    const { 'set-cookie': cookies = [], ...rest } = incoming.headers;
    const text = Buffer.concat(chunks).toString();
    return toAnswer(incoming.statusCode ?? 0, rest as Record<string, string>, cookies, text);
  };
}

/** A request as a browser sends it: cookies in one header. */
function plainRequest({ method = 'GET', path, query, cookies, body, ...sent }: Sent, origin: string) {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return {
    method,
    url: `${origin}${path}${query ? `?${query}` : ''}`,
    headers: {
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
      ...sent.headers,
      ...(cookies && { cookie: cookies.join('; ') }),
    },
    body: text,
  };
}

export async function answerOfResponse(response: Response): Promise<Answer> {
  const cookies = response.headers.getSetCookie();
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'));
  return toAnswer(response.status, headers, cookies, await response.text());
}
