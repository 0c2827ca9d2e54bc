import type { LambdaFront } from '../../functions/http/http-event.ts';
import type { LambdaResult } from '../../functions/http/lambda-result.ts';
import { type Answer, type Sent, toAnswer } from './http.ts';
import { CONNECT, FUNCTION_URL, LOAD_BALANCER, REST_API } from './lambda-samples.ts';

/** A request on its way to one of the fronts. */
export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** In their order, doubled ones included; cookies are in headers `cookie`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | undefined;
  readonly base64?: boolean | undefined;
}

type Kind = Exclude<LambdaFront, 'http-api'> | 'function-url';

/** Does to requests and replies what one of the fronts of AWS does. */
export interface LambdaFrontDouble {
  event(request: FrontRequest): object;
  /** @throws Error for a field that the front rejects */
  answer(result: LambdaResult): Answer;
}

const SOURCE_IP = '192.0.2.1';

export const LAMBDA_FRONTS: Readonly<Record<Kind, LambdaFrontDouble>> = {
  'function-url': {
    event({ method, path, query, headers, ...request }) {
      const names = lists(headers.map(([name, value]) => [name.toLowerCase(), value]));
      const { cookie = [], ...others } = names;
      const { requestContext } = FUNCTION_URL;
      return {
        ...FUNCTION_URL,
        rawPath: path,
        rawQueryString: query,
        cookies: cookie.flatMap((line) => line.split('; ')),
        headers: joined(others, ','),
        requestContext: {
          ...requestContext,
          http: { ...requestContext.http, method, path, sourceIp: SOURCE_IP },
        },
        ...bodyOf(request),
      };
    },
    answer: (result) => taken(result, ['statusCode', 'headers', 'cookies', 'body', 'isBase64Encoded']),
  },

  'rest-api': {
    event: ({ method, path, query, headers, ...request }) => ({
      ...REST_API,
      httpMethod: method,
      path,
      ...named(headers.map(([name, value]) => [titled(name), value])),
      ...parameters([...new URLSearchParams(query)]),
      requestContext: { ...REST_API.requestContext, identity: { sourceIp: SOURCE_IP } },
      ...bodyOf(request),
    }),
    answer: (result) =>
      taken(result, ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']),
  },

  'load-balancer': {
    event(request) {
      const { multiValueHeaders: _, multiValueQueryStringParameters: __, ...event } = balanced(request);
      return event;
    },
    answer: (result) =>
      taken(result, ['statusCode', 'statusDescription', 'headers', 'body', 'isBase64Encoded']),
  },

  'load-balancer-multi-value': {
    event(request) {
      const { headers: _, queryStringParameters: __, ...event } = balanced(request);
      return event;
    },
    answer: (result) =>
      taken(result, ['statusCode', 'statusDescription', 'multiValueHeaders', 'body', 'isBase64Encoded']),
  },

  websocket: {
    event: ({ query, headers }) => ({
      ...CONNECT,
      ...named(
        headers
          .filter(([name]) => !/^(?:connection|upgrade)$/i.test(name))
          .map(([name, value]) => [titled(name), value]),
      ),
      ...(query !== '' && parameters([...new URLSearchParams(query)])),
    }),
    answer: (result) => taken(result, ['statusCode', 'headers', 'body']),
  },
};

/** A request of a test, cookies in one header. */
export function frontRequest({
  method = 'GET',
  path,
  query = '',
  headers = {},
  cookies,
  body,
  base64,
}: Sent): FrontRequest {
  return {
    method,
    path,
    query,
    headers: [
      ...(typeof body === 'object' ? [['content-type', 'application/json'] as const] : []),
      ...Object.entries(headers),
      ...(cookies ? [['cookie', cookies.join('; ')] as const] : []),
    ],
    body: typeof body === 'object' ? JSON.stringify(body) : body,
    base64,
  };
}

/** It adds the address of its peer, and leaves the query as it came. */
function balanced({ method, path, query, headers, ...request }: FrontRequest) {
  const forwarded = headers
    .filter(([name]) => name.toLowerCase() === 'x-forwarded-for')
    .map(([, value]) => value);
  const others = headers.filter(([name]) => name.toLowerCase() !== 'x-forwarded-for');
  const sent = [...others, ['x-forwarded-for', [...forwarded, SOURCE_IP].join(', ')] as const];
  const pairs = query.split('&').filter(Boolean);
  return {
    ...LOAD_BALANCER,
    httpMethod: method,
    path,
    ...named(sent.map(([name, value]) => [name.toLowerCase(), value])),
    ...parameters(
      pairs.map((pair): [string, string] => {
        const [name = '', ...rest] = pair.split('=');
        return [name, rest.join('=')];
      }),
    ),
    ...bodyOf(request),
  };
}

function bodyOf({ body, base64 = false }: Pick<FrontRequest, 'body' | 'base64'>) {
  const text = body !== undefined && base64 ? Buffer.from(body).toString('base64') : body;
  return { body: text ?? null, isBase64Encoded: base64 };
}

type Pairs = readonly (readonly [name: string, value: string])[];

function named(headers: Pairs) {
  return { headers: last(headers), multiValueHeaders: lists(headers) };
}

function parameters(pairs: Pairs) {
  return { queryStringParameters: last(pairs), multiValueQueryStringParameters: lists(pairs) };
}

function last(pairs: Pairs): Record<string, string> {
  return Object.assign(Object.create(null), ...pairs.map(([name, value]) => ({ [name]: value })));
}

function lists(pairs: Pairs): Record<string, string[]> {
  const all: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) all[name] = [...(all[name] ?? []), value];
  return all;
}

function joined(all: Record<string, string[]>, separator: string): Record<string, string> {
  return last(Object.entries(all).map(([name, values]) => [name, values.join(separator)]));
}

/** As clients of HTTP/1.1 write them, which a REST API passes on. */
function titled(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}

function taken(result: LambdaResult, known: readonly string[]): Answer {
  const { statusCode, headers = {}, multiValueHeaders = {}, cookies = [], body = '' } = result;
  for (const name of Object.keys(result)) {
    if (!known.includes(name)) throw new Error(`Malformed Lambda proxy response: ${name}`);
  }
  const lines = [
    ...Object.entries(headers),
    ...Object.entries(multiValueHeaders).flatMap(([name, values]) =>
      values.map((value) => [name, value] as const),
    ),
  ].map(([name, value]) => [name.toLowerCase(), value] as const);
  const others = lines.filter(([name]) => name !== 'set-cookie');
  const set = lines.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
  return toAnswer(statusCode, Object.fromEntries(others), [...cookies, ...set], body);
}
