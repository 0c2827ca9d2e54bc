import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { noJson, tooLarge } from '../http/body.ts';
import { readStream } from '../http/fetch.ts';
import type { HttpReply } from '../http/reply.ts';
import type { HttpRequest } from '../http/request.ts';
import type { Router } from '../http/router.ts';
import { type NodeRequest, toPlainRequest } from './request.ts';

/** Continues with the next handler. */
export type Next = (error?: unknown) => void;

/**
 * The routes of the API for Express, Connect and `node:http`: `app.use(nodeHandler(curfew))`. Any other request goes on to
 * the next handler, its body unread; without one it is 404. A body that a parser in front has read is taken from `request.body`.
 */
export function nodeHandler({
  router,
}: {
  readonly router: Router;
}): (request: NodeRequest, response: ServerResponse, next?: Next) => void {
  return (request, response, next = (error) => endWith(response, error ? 500 : 404)) => {
    const asked = toHttpRequest(request);
    if (!router.has(asked.path)) return next();
    // What is left to fail is the application's own clock or logger.
    router.answer(asked).then((reply) => writeReply(response, reply, asked.method), next);
  };
}

function endWith(response: ServerResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status, { 'cache-control': 'no-store' });
  response.end();
}

/** Sends a `Response`, such as the page of a sign-in, as the answer to a request of `node:http` or Express. */
export async function sendResponse(target: ServerResponse, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'));
  send(target, { status: response.status, headers, cookies: response.headers.getSetCookie(), body });
}

function writeReply(response: ServerResponse, reply: HttpReply, method: string): void {
  send(response, { ...reply, body: method === 'HEAD' ? undefined : reply.body });
}

/** Cookies that the application has set on the response go out, too. */
function send(
  target: ServerResponse,
  {
    status,
    headers,
    cookies,
    body,
  }: Omit<HttpReply, 'body'> & { readonly body: string | Buffer | undefined },
): void {
  // Such as by a time limit of the application's.
  if (target.headersSent) return;
  const set = [target.getHeader('set-cookie') ?? []].flat().map(String);
  const kept = set.filter((line) => !cookies.some((cookie) => nameOf(cookie) === nameOf(line)));
  const all = [...kept, ...cookies];
  target.writeHead(status, { ...headers, ...(all.length > 0 && { 'set-cookie': all }) }).end(body);
}

function nameOf(cookie: string): string {
  return cookie.split('=', 1).join();
}

/** A request of `node:http` as every platform can describe it. */
export function toHttpRequest(request: NodeRequest): HttpRequest {
  const { path, ...plain } = toPlainRequest(request);
  const [pathname = '/', ...query] = path.split('?');
  return {
    ...plain,
    path: pathname,
    query: new URLSearchParams(query.join('?')),
    readBody: (maxBytes, signal) => readBody(request, maxBytes, signal),
  };
}

async function readBody(
  request: NodeRequest,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (request.readableEnded) return parsedBody(request, maxBytes);
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  // Node's type of a web stream differs from the global one in what a reader may be.
  return readStream(Readable.toWeb(request) as ReadableStream<Uint8Array>, maxBytes, signal);
}

function parsedBody({ body }: NodeRequest, maxBytes: number): string {
  if (body === undefined) throw new TypeError('the body of the request has been read before');
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : jsonOf(body);
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge(maxBytes);
  return text;
}

/** A parser takes a document that is nested deeper than it can be written again: the sender's doing, and no defect. */
function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw noJson(cause);
  }
}
