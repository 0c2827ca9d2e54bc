import type { IncomingMessage } from 'node:http';
import { joinHeaders } from '../guard/node-headers.ts';
import { readHttpEvent } from '../http/http-event.ts';
import type { LambdaEvent } from '../http/lambda.ts';
import type { HttpRequest } from '../http/request.ts';

/**
 * A request as the fetch API has it, or as `node:http`, Express, Connect and Fastify (`request.raw`) do, or the event of a Lambda
 * function.
 */
export type AnyRequest = Request | NodeRequest | LambdaEvent;

/** A request of `node:http`, with what frameworks add to it. */
export interface NodeRequest extends IncomingMessage {
  /** Express and Connect: the path as it came, wherever the router is mounted. */
  originalUrl?: string | undefined;
  /** What a parser in front has made of the body. */
  body?: unknown;
}

/** What is looked at of a request, whichever kind it is. */
export interface PlainRequest extends Pick<HttpRequest, 'method' | 'headers' | 'cookies' | 'sourceIp'> {
  /** Path and query as they came. */
  readonly path: string;
}

/** @param trustProxy how many proxies in front append to `X-Forwarded-For` */
export function toPlainRequest(request: AnyRequest, trustProxy = 0): PlainRequest {
  const plain = plainOf(request);
  return { ...plain, sourceIp: forwardedFor(plain.headers, trustProxy) ?? plain.sourceIp };
}

function plainOf(request: AnyRequest): PlainRequest {
  // First: adapters that make such a request of an event leave the event's context on it.
  if (isNodeRequest(request)) return ofNode(request);
  return 'requestContext' in request ? ofEvent(request) : ofFetch(request);
}

/** What the outermost of so many proxies wrote; undefined: none wrote anything there, or none is trusted. */
export function forwardedFor(headers: HttpRequest['headers'], trustProxy: number): string | undefined {
  return trustProxy === 0 ? undefined : headers['x-forwarded-for']?.split(',').at(-trustProxy);
}

function ofNode({ method = 'GET', headers, originalUrl, url = '/', socket }: NodeRequest): PlainRequest {
  return { method, headers: joinHeaders(headers), path: originalUrl ?? url, sourceIp: socket.remoteAddress };
}

function ofFetch({ method, headers, url }: Request): PlainRequest {
  const { pathname, search } = new URL(url);
  return { method, headers: Object.fromEntries(headers), path: pathname + search, sourceIp: undefined };
}

function ofEvent(event: LambdaEvent): PlainRequest {
  const { method, headers, cookies, path, query, sourceIp } = readHttpEvent(event);
  return { method, headers, cookies, path: query === '' ? path : `${path}?${query}`, sourceIp };
}

function isNodeRequest(request: AnyRequest): request is NodeRequest {
  return 'socket' in request;
}
