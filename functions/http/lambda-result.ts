import { STATUS_CODES } from 'node:http';
import type { LambdaFront } from './http-event.ts';
import type { HttpReply } from './reply.ts';

/** A reply in the form of one of the fronts, which reject what others have. */
export interface LambdaResult {
  statusCode: number;
  /** Code and phrase, for a load balancer. */
  statusDescription?: string;
  headers?: Record<string, string>;
  /** For a REST API, and a load balancer with lists. */
  multiValueHeaders?: Record<string, string[]>;
  /** For payload format 2.0. */
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

const FORMS: Readonly<Record<LambdaFront, (reply: HttpReply) => LambdaResult>> = {
  'http-api': ({ status, headers, cookies, body }) => ({
    statusCode: status,
    headers: { ...headers },
    ...(cookies.length > 0 && { cookies: [...cookies] }),
    ...(body !== undefined && { body }),
  }),
  'rest-api': ({ status, headers, cookies, body = '' }) => ({
    statusCode: status,
    headers: { ...headers },
    ...(cookies.length > 0 && { multiValueHeaders: { 'set-cookie': [...cookies] } }),
    body,
  }),
  'load-balancer': (reply) => ({
    ...balanced(reply),
    headers: {
      ...reply.headers,
      ...Object.fromEntries(reply.cookies.map((cookie, index) => [cased('set-cookie', index), cookie])),
    },
  }),
  'load-balancer-multi-value': (reply) => ({
    ...balanced(reply),
    multiValueHeaders: {
      ...Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, [value]])),
      ...(reply.cookies.length > 0 && { 'set-cookie': [...reply.cookies] }),
    },
  }),
  // A handshake that fails sets no cookie in any browser.
  websocket: ({ status, headers, body = '' }) => ({ statusCode: status, headers: { ...headers }, body }),
};

/** A reply in the form that the front of its request wants. */
export function toLambdaResult(reply: HttpReply, front: LambdaFront): LambdaResult {
  return FORMS[front](reply);
}

function balanced({ status, body = '' }: HttpReply) {
  const statusDescription = `${status} ${STATUS_CODES[status] ?? ''}`;
  return { statusCode: status, statusDescription, body, isBase64Encoded: false };
}

/** A name in other capitals for each index: a load balancer without lists takes one value a name. */
function cased(name: string, index: number): string {
  let bits = index;
  return name.replace(/[a-z]/g, (letter) => {
    const isUpper = bits % 2 === 1;
    bits = Math.floor(bits / 2);
    return isUpper ? letter.toUpperCase() : letter;
  });
}
