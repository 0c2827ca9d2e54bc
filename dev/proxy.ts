import type { IncomingMessage, RequestListener, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'httpxy';
import { escapeHtml } from '../core/html.ts';
import { parseUrl } from '../functions/http/url.ts';
import { forbiddenBy, isPage, withPanel } from './inject.ts';
import { messagePage, PAGE_HEADERS } from './machine/page.ts';
import { checkRequest, createMiddleware } from './middleware.ts';
import { ROUTES } from './protocol.ts';
import { isDocument, originOf, pathOf, refusal } from './requests.ts';
import { addSessionHeaders, removeSessionHeaders } from './session-headers.ts';
import type { World } from './world.ts';

/** A server that stands in front of another. */
export interface DevProxy {
  /** For the server that it answers in: what asks for another protocol than WebSocket is answered as if it did not (Node 24.9). */
  readonly serverOptions: Pick<ServerOptions, 'shouldUpgradeCallback'>;
  /** Answers requests. */
  readonly listener: RequestListener;
  /** Hands on what becomes a WebSocket: the application's own, and hot reload. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Ends the WebSockets that are open, which a server that closes waits for. */
  close(): void;
}

/**
 * Curfew in front of a server in any language: it answers what is Curfew's, tells the server of the session of any other request,
 * and adds the panel to its pages.
 *
 * @param target origin of the server
 */
export function createDevProxy(world: World, target: string): DevProxy {
  const middleware = createMiddleware(world);
  const sockets = new Set<Duplex>();
  // `Host` goes on as the browser sent it, so that the application makes addresses that lead here.
  const proxy = createProxyServer({ target, xfwd: true, secure: false });
  proxy.on('proxyRes', (reply, request, response) => {
    stayInFront(reply, target, originOf(request));
    addPanel(world, reply, request, response);
  });
  proxy.on('error', (_error, _request, response) => {
    if (response && 'writeHead' in response) sendNothingThere(target, response);
  });
  return {
    serverOptions: { shouldUpgradeCallback: isWebSocket },
    listener: (request, response) => {
      // Whatever it asked for, it is answered in HTTP/1.1.
      delete request.headers.upgrade;
      middleware(request, response, (error) => {
        if (error) {
          sendFailure(world, error, response);
          return;
        }
        // The panel is added to what can be read.
        if (isDocument(request)) request.headers['accept-encoding'] = 'identity';
        void proxy.web(request, response);
      });
    },
    upgrade: (request, socket, head) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      // The other side may go at any time.
      socket.on('error', () => socket.destroy());
      // By its type any stream, and by Node always the socket of the connection.
      upgrade(world, target, request, socket as Socket, head).catch(() => socket.destroy());
    },
    close() {
      for (const socket of sockets) socket.destroy(new Error('the server stops'));
    },
  };
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

async function upgrade(
  world: World,
  target: string,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  if (refusal(request) !== undefined) return endSocket(socket, '403 Forbidden');
  // Where Node does not ask `serverOptions`.
  if (!isWebSocket(request)) return endSocket(socket, '501 Not Implemented');
  removeSessionHeaders(request);
  const at = world.now();
  const { session, touched, why } = await checkRequest(world.curfewFor(originOf(request)), request);
  addSessionHeaders(request, session);
  if (socket.destroyed) return;
  let isAnswered = false;
  const answered = (status = 502) => {
    isAnswered = true;
    world.report({ at, method: request.method ?? 'GET', path: pathOf(request), touched, why, status });
  };
  const proxy = createProxyServer({ target, xfwd: true, secure: false });
  proxy.on('proxyReqWs', (sent) => {
    sent.once('response', ({ statusCode }) => answered(statusCode));
    sent.once('upgrade', (_, behind) => {
      answered(101);
      socket.once('close', () => behind.destroy());
    });
  });
  proxy.on('error', () => {
    if (isAnswered) return;
    // Or it is the browser that has gone, which nobody answered.
    answered(socket.destroyed ? 0 : 502);
    endSocket(socket, '502 Bad Gateway');
  });
  await proxy.ws(request, socket, {}, head);
}

/** Answers on a socket that is not upgraded. */
function endSocket(socket: Socket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`, () => socket.destroy());
}

/**
 * A redirect to the application's own address stays in front of it, and so does one by http to this address, where the application does
 * not know that it is behind TLS. One without a host stays as it is.
 */
function stayInFront({ headers }: IncomingMessage, target: string, origin: string): void {
  const { location = '' } = headers;
  const url = /^(https?:)?\/\//i.test(location) ? parseUrl(location, target) : undefined;
  if (url && (url.host === new URL(target).host || url.origin === origin.replace(/^https:/, 'http:'))) {
    headers.location = `${origin}${url.pathname}${url.search}${url.hash}`;
  }
}

function addPanel(
  world: World,
  reply: IncomingMessage,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== 'GET' || !isDocument(request) || !isPage(reply.statusCode, reply.headers)) return;
  const directive = forbiddenBy(reply.headers, originOf(request));
  if (directive !== undefined) {
    world.sayOnce(
      `${pathOf(request)} forbids the panel by ${directive} of its Content-Security-Policy. It is at ${originOf(request)}${ROUTES.panel}.`,
    );
    return;
  }
  delete reply.headers['content-length'];
  const { write } = response;
  // The reply is piped, in buffers: `write` is called with one alone.
  response.write = ((first: Buffer) => {
    response.write = write;
    return response.write(withPanel(first));
  }) as typeof write;
}

/** The page comes again by itself once the server is there. */
function sendNothingThere(target: string, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = `<p>Nothing answers at <b>${escapeHtml(target)}</b>. Start your application there: this page then loads by itself.</p>`;
  response.writeHead(502, { ...PAGE_HEADERS, refresh: '1' });
  response.end(messagePage('Curfew on this machine', 'Your application isn’t there yet', text));
}

function sendFailure({ io }: World, error: unknown, response: ServerResponse): void {
  io.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error\n');
}
