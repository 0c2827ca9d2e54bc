import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { MAX_BODY_BYTES } from '../../../functions/http/body.ts';
import type { HttpReply } from '../../../functions/http/reply.ts';
import type { HttpRequest } from '../../../functions/http/request.ts';
import type { Router } from '../../../functions/http/router.ts';
import { nodeHandler, sendResponse } from '../../../functions/server/node.ts';

const OK: HttpReply = { status: 200, headers: {}, cookies: [], body: 'ok' };

/** A router that has each path, and answers as it is told. */
const routerOf = (answer: (request: HttpRequest) => Promise<HttpReply>): Router => ({
  has: () => true,
  answer,
  fail: () => OK,
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A connection that has sent this. */
function sending(port: number, ...lines: string[]): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.write(lines.join('\r\n'));
  return socket;
}

const ask = async (listener: RequestListener) => fetch(`http://127.0.0.1:${await listening(listener)}/`);

describe('a body', () => {
  /** What becomes of reading it. */
  const reading = () => {
    const events = new EventEmitter();
    const asked = once(events, 'asked');
    const outcome = once(events, 'outcome');
    const router = routerOf(async ({ readBody }) => {
      const body = readBody(MAX_BODY_BYTES);
      events.emit('asked');
      events.emit('outcome', await body.catch((error: { code: string }) => error.code));
      return OK;
    });
    return { outcome, asked, listener: nodeHandler({ router }) };
  };

  test('that a peer stops sending is the peer’s fault, and no defect', async () => {
    const { outcome, asked, listener } = reading();
    const port = await listening(listener);
    const socket = sending(port, 'POST / HTTP/1.1', 'host: app', 'content-length: 100', '', '{');
    await asked;
    socket.destroy();
    expect(await outcome).toEqual(['ERR_REQUEST_INVALID']);
  });

  test('of unknown length that is too large is answered all the same', async () => {
    const { outcome, listener } = reading();
    const port = await listening(listener);
    const large = 'x'.repeat(MAX_BODY_BYTES + 1);
    const head = ['POST / HTTP/1.1', 'host: app', 'connection: close', 'transfer-encoding: chunked', ''];
    const socket = sending(port, ...head, large.length.toString(16), large, '0', '', '');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(await outcome).toEqual(['ERR_TOO_LARGE']);
  });
});

test('a body that a parser in front has read is the sender’s fault where it is nested too deeply', async () => {
  const depth = 50_000;
  const nested = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  const outcomes: unknown[] = [];
  const router = routerOf(async ({ readBody }) => {
    outcomes.push(await readBody(MAX_BODY_BYTES).catch((error: { code: string }) => error.code));
    return OK;
  });
  const handler = nodeHandler({ router });
  const port = await listening(async (request, response) => {
    await text(request);
    handler(Object.assign(request, { body: nested }), response);
  });
  expect(await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '…' })).text()).toBe('ok');
  expect(outcomes).toEqual(['ERR_REQUEST_INVALID']);
});

describe('cookies that the application has set', () => {
  const reply = { ...OK, cookies: ['session=new; Path=/', 'last=1'] };
  const response = () => {
    const headers = new Headers(reply.cookies.map((cookie) => ['set-cookie', cookie]));
    return new Response('ok', { headers });
  };
  const send: [string, RequestListener][] = [
    ['nodeHandler', nodeHandler({ router: routerOf(async () => reply) })],
    ['sendResponse', (_request, target) => void sendResponse(target, response())],
  ];

  test.each(send)('go out with those of %s, of which each counts more', async (_, listener) => {
    const answer = await ask((request, target) => {
      target.appendHeader('set-cookie', 'locale=da');
      target.appendHeader('set-cookie', 'session=old; Path=/');
      listener(request, target);
    });
    expect(answer.headers.getSetCookie()).toEqual(['locale=da', ...reply.cookies]);
  });

  test('go out where there are no others', async () => {
    const answer = await ask((_request, target) => {
      target.setHeader('set-cookie', 'locale=da');
      void sendResponse(target, new Response('ok', { status: 201 }));
    });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([201, ['locale=da']]);
  });
});

describe('a request', () => {
  test('that the application has answered meanwhile is left at that', async () => {
    const events = new EventEmitter();
    const router = routerOf(() => once(events, 'ready').then(() => OK));
    const written: unknown[] = [];
    const answer = await ask((request, target) => {
      nodeHandler({ router })(request, target);
      target.writeHead(503).end('too late');
      // A second head would be an error that nobody catches.
      jest.spyOn(target, 'writeHead').mockImplementation((...head: unknown[]) => {
        written.push(head);
        return target;
      });
    });
    events.emit('ready');
    await new Promise(setImmediate);
    expect([answer.status, await answer.text(), written]).toEqual([503, 'too late', []]);
  });

  test('that cannot be answered goes to the application’s own handler of errors, or is 500', async () => {
    const router = routerOf(() => Promise.reject(new Error('the logger')));
    const failures: unknown[] = [];
    const handled = await ask((request, target) => {
      nodeHandler({ router })(request, target, (error) => {
        failures.push(error);
        target.writeHead(502).end();
      });
    });
    expect([handled.status, failures]).toEqual([502, [new Error('the logger')]]);
    const failed = await ask(nodeHandler({ router }));
    expect([failed.status, failed.headers.get('cache-control')]).toEqual([500, 'no-store']);
  });

  test('of a path that nobody has is 404, which nothing on the way keeps', async () => {
    const answer = await ask(nodeHandler({ router: { ...routerOf(async () => OK), has: () => false } }));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  test('that has the context of a Lambda event on it, as an adapter leaves it there, is one of Node', async () => {
    const seen: string[] = [];
    const router = routerOf(async ({ method, path }) => {
      seen.push(`${method} ${path}`);
      return OK;
    });
    const answer = await ask((request, target) => {
      Object.assign(request, { requestContext: { http: { method: 'DELETE', path: '/other' } } });
      nodeHandler({ router })(request, target);
    });
    expect([answer.status, seen]).toEqual([200, ['GET /']]);
  });
});
