import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** What of an HTTP request becomes the event of an HTTP API, payload format 2.0. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
}

export interface EventContext {
  /** The route that matched, `GET /api/session`. */
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Host of the API, which is what a function behind CloudFront sees: not the site's. */
  readonly domainName: string;
  readonly requestId: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Hop-by-hop headers (RFC 9110 §7.6.1) never reach a function. */
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|te|trailer|upgrade)$/;
const TEXT =
  /^(?:text\/|application\/(?:json|xml|javascript|x-www-form-urlencoded|[\w.+-]+\+(?:json|xml))\b)/;

/** @returns the event that API Gateway would make of the request */
export function toEvent(request: HttpRequest, context: EventContext): APIGatewayProxyEventV2 {
  const [rawPath, rawQueryString] = splitOnce(request.url, '?');
  const { headers, cookies } = readHeaders(request.rawHeaders);
  headers.host = context.domainName;
  // As behind CloudFront: what the client claimed, who it is, and the distribution's own address.
  const claimed = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = [...(claimed ? [claimed] : []), request.sourceIp, '127.0.0.1'].join(', ');
  headers['x-forwarded-proto'] = 'https';
  headers['x-forwarded-port'] = '443';
  const query = readQuery(rawQueryString);
  return {
    version: '2.0',
    routeKey: context.routeKey,
    rawPath: decodePath(rawPath),
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query && { queryStringParameters: query }),
    ...(Object.keys(context.pathParameters).length > 0 && { pathParameters: { ...context.pathParameters } }),
    requestContext: {
      accountId: '000000000000',
      apiId: context.domainName.split('.')[0]!,
      domainName: context.domainName,
      domainPrefix: context.domainName.split('.')[0]!,
      http: {
        method: request.method,
        path: decodePath(rawPath),
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: context.requestId,
      routeKey: context.routeKey,
      stage: '$default',
      time: clfTime(context.now),
      timeEpoch: context.now,
    },
    ...readBody(request.body, headers['content-type'] ?? ''),
  };
}

/** Repeated headers joined by a comma, names in lower case, cookies apart: as payload 2.0 has them. */
function readHeaders(raw: readonly string[]): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = Object.create(null);
  const cookies: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    const value = raw[index + 1]!;
    if (HOP_BY_HOP.test(name)) continue;
    if (name === 'cookie')
      cookies.push(
        ...value
          .split(';')
          .map((pair) => pair.trim())
          .filter(Boolean),
      );
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return { headers, cookies };
}

function readQuery(raw: string): Record<string, string> | undefined {
  if (raw === '') return undefined;
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(raw)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  return query;
}

function readBody(body: Buffer, contentType: string): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  return TEXT.test(contentType)
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

/** What goes back to the client. */
export interface HttpReply {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** A reply of the gateway itself: these are its own words. */
export function gatewayReply(status: number, message: string): HttpReply {
  return {
    status,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/**
 * The reply that API Gateway makes of what a function returned. A value without `statusCode` is taken as the body
 * of a 200; `multiValueHeaders` is ignored, as it is there; what can't be a reply is a 500.
 */
export function toReply(result: unknown): HttpReply {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    return {
      status: 200,
      headers: [['content-type', 'application/json']],
      body: Buffer.from(typeof result === 'string' ? result : (JSON.stringify(result) ?? '')),
    };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return gatewayReply(500, 'Internal Server Error');
  if (body !== undefined && body !== null && typeof body !== 'string')
    return gatewayReply(500, 'Internal Server Error');
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries((headers as Record<string, unknown> | undefined) ?? {})) {
    if (value === undefined || value === null || HOP_BY_HOP.test(name.toLowerCase())) continue;
    if (/^content-length$/i.test(name)) continue;
    pairs.push([name.toLowerCase(), String(value)]);
  }
  for (const cookie of Array.isArray(cookies) ? cookies : []) pairs.push(['set-cookie', String(cookie)]);
  return {
    status,
    headers: pairs,
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** Writes a reply. HEAD gets the headers of a GET, and no body. */
export function writeReply(response: ServerResponse, reply: HttpReply, method: string): void {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of reply.headers) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  const bodyless = reply.status === 204 || reply.status === 304;
  response.writeHead(reply.status, bodyless ? headers : { ...headers, 'content-length': reply.body.length });
  response.end(method === 'HEAD' || bodyless ? undefined : reply.body);
}

/** API Gateway's limit for a payload. */
export const MAX_BODY = 10 * 1024 * 1024;

/** Reads a body whole. @returns undefined when it is over {@link MAX_BODY} */
export async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A header that came once, or the first of several. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2026:19:03:58 +0000`, the common log format that the event carries. */
function clfTime(now: number): string {
  const [date, time] = new Date(now).toISOString().split('T') as [string, string];
  const [year, month, day] = date.split('-') as [string, string, string];
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
