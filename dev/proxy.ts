import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createProxyServer, proxyUpgrade } from 'httpxy';
import { escapeHtml } from '../core/html.ts';
import { forbiddenBy, isPage, withPanel } from './inject.ts';
import { messagePage, PAGE_HEADERS } from './machine/page.ts';
import { checkRequest, createMiddleware } from './middleware.ts';
import { ROUTES } from './protocol.ts';
import { isDocument, originOf, pathOf, refusal } from './requests.ts';
import { addSessionHeaders, removeSessionHeaders } from './session-headers.ts';
import type { World } from './world.ts';

/** A server that stands in front of another. */
export interface DevProxy {
  /** Answers requests. */
  readonly listener: RequestListener;
  /** Hands on what becomes a WebSocket: the application's own, and hot reload. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/**
 * Curfew in front of a server in any language: it answers what is Curfew's, tells the server of the session of any other request,
 * and adds the panel to its pages.
 *
 * @param target origin of the server
 */
export function createDevProxy(world: World, target: string): DevProxy {
  const middleware = createMiddleware(world);
  // Its own addresses are those of the browser: the server behind it sees the host that the user does.
  const proxy = createProxyServer({ target, xfwd: true, autoRewrite: true, secure: false });
  proxy.on('proxyRes', (reply, request, response) => addPanel(world, reply, request, response));
  proxy.on('error', (_error, _request, response) => {
    if (response && 'writeHead' in response) sendNothingThere(target, response);
  });
  return {
    listener: (request, response) => {
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
      upgrade(world, target, request, socket, head).catch(() => socket.destroy());
    },
  };
}

async function upgrade(
  world: World,
  target: string,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  if (refusal(request) !== undefined) {
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    return;
  }
  // The other side may go at any time.
  socket.on('error', () => socket.destroy());
  removeSessionHeaders(request);
  const at = world.now();
  const { session, touched, why } = await checkRequest(world.curfewFor(originOf(request)), request);
  addSessionHeaders(request, session);
  const told = { at, method: 'GET', path: pathOf(request), touched, why };
  // Where it fails, the browser has been answered.
  proxyUpgrade(target, request, socket, head, { xfwd: true, secure: false }).then(
    () => world.report({ ...told, status: 101 }),
    () => world.report({ ...told, status: 502 }),
  );
}

function addPanel(
  world: World,
  reply: IncomingMessage,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== 'GET' || !isDocument(request) || !isPage(reply.statusCode, reply.headers)) return;
  const directive = forbiddenBy(reply.headers);
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
