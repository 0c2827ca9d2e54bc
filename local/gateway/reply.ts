import { type HttpReply, jsonReply } from '../http/message.ts';
import { isRecord } from '../json.ts';
import { HOP_BY_HOP } from './event.ts';

const INTERNAL_ERROR = jsonReply(500, { message: 'Internal Server Error' });

/**
 * The reply that API Gateway makes of what a function returned. A value without `statusCode` is taken as the body
 * of a 200; `multiValueHeaders` is ignored, as it is there; what can't be a reply is a 500.
 */
export function toReply(result: unknown): HttpReply {
  if (!isRecord(result) || !('statusCode' in result)) return okReply(result);
  const { statusCode, headers, cookies, body = null, isBase64Encoded } = result;
  const status = typeof statusCode === 'string' ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
    return INTERNAL_ERROR;
  if (body !== null && typeof body !== 'string') return INTERNAL_ERROR;
  return {
    status,
    headers: [...replyHeaders(headers), ...setCookies(cookies)],
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function okReply(result: unknown): HttpReply {
  return {
    status: 200,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(typeof result === 'string' ? result : (JSON.stringify(result) ?? '')),
  };
}

function replyHeaders(headers: unknown): [string, string][] {
  if (!isRecord(headers)) return [];
  return Object.entries(headers)
    .filter(([, value]) => isScalar(value))
    .map(([name, value]): [string, string] => [name.toLowerCase(), String(value)])
    .filter(([name]) => name !== 'content-length' && !HOP_BY_HOP.test(name));
}

function setCookies(cookies: unknown): [string, string][] {
  return Array.isArray(cookies)
    ? cookies.filter(isScalar).map((cookie) => ['set-cookie', String(cookie)])
    : [];
}

/** What has one text. An object may even have a `toString` that is none. */
function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
