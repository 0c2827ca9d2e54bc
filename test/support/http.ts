import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { createSession, type Session } from '../../core/lifecycle.ts';
import { definePolicy, type Policy } from '../../core/policy.ts';
import type { LambdaHandler } from '../../functions/http/lambda.ts';
import { createCredential } from '../../functions/sessions/credential.ts';
import type { Store } from '../../functions/store/store.ts';
import { violation } from './openapi.ts';

export const SITE_URL = 'https://app.example.com';
export const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' } as const;

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: string | object | undefined;
  readonly base64?: boolean;
}

/** An HTTP API event, payload 2.0, as API Gateway sends it. */
export function event(sent: Sent): APIGatewayProxyEventV2 {
  const { method = 'GET', path, query = '', headers = {}, cookies, body, base64 = false } = sent;
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: query,
    ...(cookies && { cookies: [...cookies] }),
    headers: {
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
      requestId: 'request',
      routeKey: `${method} ${path}`,
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    ...(text !== undefined && { body: base64 ? Buffer.from(text).toString('base64') : text }),
    isBase64Encoded: base64,
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a reply's body, looked into by tests
  readonly json: any;
}

/** Sends a request, and holds the answer to what is true of every reply. */
export async function send(handler: LambdaHandler, sent: Sent): Promise<Answer> {
  return checked(sent, answerOf(await handler(event(sent), {} as Context)));
}

/** @throws Error for an answer that breaks what is true of every reply, or the API's own description of this one */
export function checked(sent: Sent, answer: Answer): Answer {
  const wrong = violation(sent.method ?? 'GET', sent.path, answer);
  if (wrong !== undefined) throw new Error(`against the API's description: ${wrong}`);
  if (answer.headers['cache-control'] !== 'no-store') throw new Error('a reply that may be stored');
  if (answer.headers['x-content-type-options'] !== 'nosniff') throw new Error('a reply that may be sniffed');
  if (answer.headers['cross-origin-resource-policy'] !== 'same-origin')
    throw new Error('a reply for any site');
  if (/\bat .*\.ts:\d|node_modules/.test(answer.text)) throw new Error(`a stack: ${answer.text}`);
  return answer;
}

export function answerOf(result: APIGatewayProxyStructuredResultV2): Answer {
  const { statusCode: status = 0, cookies = [], body = '' } = result;
  return toAnswer(status, (result.headers ?? {}) as Record<string, string>, cookies, body);
}

export function toAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  cookies: readonly string[],
  text: string,
): Answer {
  const json = headers['content-type']?.includes('json') && text !== '' ? JSON.parse(text) : undefined;
  return { status, headers, cookies, text, json };
}

/** Where a page of ours that redirects sends the browser. */
export function redirectOf(answer: Answer): string {
  return JSON.parse(/location\.replace\((.*)\)<\/script>/.exec(answer.text)![1]!);
}

/** Random bytes that are the same in every run: SHA-256 in counter mode. */
export function seededBytes(seed = 'seed'): (size: number) => Uint8Array {
  let counter = 0;
  return (size) => {
    counter += 1;
    return createHash('sha512').update(`${seed}:${counter}`).digest().subarray(0, size);
  };
}

/** A session in the store, and the cookie that holds it. */
export async function signedIn(
  store: Store,
  at: { now: number; subject?: string; seed?: string; policy?: Policy },
): Promise<{ session: Session; cookie: string; secret: string }> {
  const { now, subject = 'user', seed = 'session', policy = definePolicy() } = at;
  const { credential, cookieValue } = createCredential(seededBytes(seed));
  const session = createSession({ sessionId: credential.sessionId, subject, policy, now });
  await store.create(session, credential.secretHash);
  return { session, cookie: `__Host-session=${cookieValue}`, secret: cookieValue.split('.')[1]! };
}
