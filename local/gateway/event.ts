import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { trimSpaces } from '../../core/spaces.ts';
import { ACCOUNT } from '../aws.ts';
import { type HttpRequest, splitOnce } from '../http/message.ts';

/** What an event says beside the request. */
export interface EventContext {
  /** The route that matched, `GET /api/session`. */
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Host of the API. */
  readonly domainName: string;
  readonly requestId: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Hop-by-hop headers (RFC 9110 §7.6.1): those of a request never reach a function, nor those of its reply a client. */
export const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|te|trailer|upgrade)$/;
const TEXT =
  /^(?:text\/|application\/(?:json|xml|javascript|x-www-form-urlencoded|[\w.+-]+\+(?:json|xml))\b)/;

/** @returns the event of an HTTP API, payload format 2.0, that API Gateway would make of the request */
export function toEvent(request: HttpRequest, context: EventContext): APIGatewayProxyEventV2 {
  const { method, sourceIp } = request;
  const { routeKey, pathParameters, domainName, requestId, now } = context;
  const [rawPath, rawQueryString] = splitOnce(request.url, '?');
  const [domainPrefix] = splitOnce(domainName, '.');
  const path = decodePath(rawPath);
  const { headers, cookies } = readHeaders(request, domainName);
  const query = readQuery(rawQueryString);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query && { queryStringParameters: query }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters: { ...pathParameters } }),
    requestContext: {
      accountId: ACCOUNT,
      apiId: domainPrefix,
      domainName,
      domainPrefix,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: headers['user-agent'] ?? '' },
      requestId,
      routeKey,
      stage: '$default',
      time: logTime(now),
      timeEpoch: now,
    },
    ...readPayload(request.body, headers['content-type'] ?? ''),
  };
}

/** Names in lower case, repeated headers joined by a comma, cookies apart; what CloudFront and the gateway add. */
function readHeaders({ rawHeaders, sourceIp }: HttpRequest, host: string) {
  const headers: Record<string, string> = Object.create(null);
  const cookies: string[] = [];
  for (const [index, value] of rawHeaders.entries()) {
    if (index % 2 === 0) continue;
    const name = String(rawHeaders[index - 1]).toLowerCase();
    if (HOP_BY_HOP.test(name)) continue;
    if (name === 'cookie') cookies.push(...readCookies(value));
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  headers.host = host;
  // What the client claimed, its own address, and the distribution's.
  const claimed = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = [...(claimed ? [claimed] : []), sourceIp, '127.0.0.1'].join(', ');
  headers['x-forwarded-proto'] = 'https';
  headers['x-forwarded-port'] = '443';
  return { headers, cookies };
}

/** The pairs of a Cookie header, byte for byte but for the spaces and tabs around each. */
function readCookies(header: string): string[] {
  return header
    .split(';')
    .map(trimSpaces)
    .filter((pair) => pair !== '');
}

function readQuery(raw: string): Record<string, string> | undefined {
  if (raw === '') return undefined;
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(raw)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`;
  }
  return query;
}

function readPayload(body: Buffer, contentType: string): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  return TEXT.test(contentType)
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** `12/Mar/2026:19:03:58 +0000`, the common log format. */
function logTime(now: number): string {
  const [, day, month, year, time] = new Date(now).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
