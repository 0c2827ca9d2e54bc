import * as z from 'zod/mini';
import { trimSpaces } from '../../core/spaces.ts';
import { invalidField } from './body.ts';

/** What hands a request to a function. Each wants the reply in a form of its own. */
export type LambdaFront =
  | 'http-api'
  | 'rest-api'
  | 'load-balancer'
  | 'load-balancer-multi-value'
  | 'websocket';

/** A request as one of the fronts hands it to a function. */
export interface HttpEvent {
  readonly front: LambdaFront;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** By their names in lower case. Repeated ones are joined, as far as the front passes on more than the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** One pair each; undefined where they are in the header. */
  readonly cookies: readonly string[] | undefined;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly sourceIp: string | undefined;
  readonly requestId: string | undefined;
}

// What a request does not have is left out, or null in consoles and emulators.
const Text = z.nullish(z.string());
const Texts = z.nullish(z.record(z.string(), Text));
const Lists = z.nullish(z.record(z.string(), z.nullish(z.array(z.string()))));
type Texts = z.infer<typeof Texts>;
type Lists = z.infer<typeof Lists>;

const COMMON = { headers: Texts, body: Text, isBase64Encoded: z.nullish(z.boolean()) };

/** An HTTP API with payload format 2.0, which function URLs have, too. */
const Payload2 = z.object({
  ...COMMON,
  rawQueryString: Text,
  cookies: z.nullish(z.array(z.string())),
  requestContext: z.object({
    requestId: Text,
    http: z.object({ method: z.string(), path: z.string(), sourceIp: Text }),
  }),
});

const Lists1 = {
  ...COMMON,
  multiValueHeaders: Lists,
  queryStringParameters: Texts,
  multiValueQueryStringParameters: Lists,
  requestContext: z.object({
    requestId: Text,
    identity: z.nullish(z.object({ sourceIp: Text })),
    elb: z.optional(z.unknown()),
  }),
};

/** A REST API, an HTTP API with payload format 1.0, or a load balancer. */
const Payload1 = z.object({ ...Lists1, httpMethod: z.string(), path: z.string() });

/** A WebSocket API, whose requests have neither method nor path. */
const Connect = z.object(Lists1);

/** By what the fronts are told apart. */
const Kind = z.object({
  httpMethod: z.optional(z.unknown()),
  requestContext: z.object({ http: z.optional(z.unknown()), eventType: z.optional(z.unknown()) }),
});

const FRONTS = 'an HTTP API, a function URL, a REST API, a load balancer, or $connect of a WebSocket API';

/**
 * Reads an event of any front.
 *
 * @throws TypeError for an event of another form, with what it is or the field at fault: no request of a client makes one
 */
export function readHttpEvent(event: unknown): HttpEvent {
  const { requestContext, httpMethod } = z.safeParse(Kind, event).data ?? {};
  if (requestContext?.http !== undefined) return readPayload2(event);
  if (requestContext?.eventType === 'CONNECT') return readConnect(event);
  if (requestContext?.eventType !== undefined) {
    throw new TypeError(
      `not a request of ${FRONTS}, but ${String(requestContext.eventType)} of a WebSocket API, which has no cookie: guard $connect`,
    );
  }
  if (httpMethod !== undefined) return readPayload1(event);
  throw new TypeError(`not a request of ${FRONTS}, but ${describe(event)}`);
}

/** By the names of its fields: what is in them may be anybody's secret. */
function describe(event: unknown): string {
  if (typeof event !== 'object' || event === null) return event === null ? 'null' : typeof event;
  return `an event with the fields ${Object.keys(event).slice(0, 20).join(', ')}`;
}

function parsed<Schema extends z.ZodMiniType>(
  schema: Schema,
  event: unknown,
  what: string,
): z.output<Schema> {
  const { data, error } = z.safeParse(schema, event);
  if (error) throw new TypeError(`not a request of ${what}: ${invalidField(error)}`);
  return data;
}

function readPayload2(event: unknown): HttpEvent {
  const data = parsed(Payload2, event, 'an HTTP API or a function URL, payload format 2.0');
  const { http, requestId } = data.requestContext;
  return {
    front: 'http-api',
    method: http.method,
    path: http.path,
    query: data.rawQueryString ?? '',
    headers: joined(data.headers),
    cookies: data.cookies ?? undefined,
    ...bodyOf(data),
    sourceIp: http.sourceIp ?? undefined,
    requestId: requestId ?? undefined,
  };
}

function readPayload1(event: unknown): HttpEvent {
  const data = parsed(Payload1, event, 'a REST API, payload format 1.0, or a load balancer');
  const { httpMethod: method, path } = data;
  const request = { method, path, ...listed(data) };
  if (data.requestContext.elb === undefined) return { front: 'rest-api', ...request };
  return {
    ...request,
    front: data.multiValueHeaders ? 'load-balancer-multi-value' : 'load-balancer',
    // It leaves the query encoded, where API Gateway does not.
    query: parameters(data)
      .map(([name, value]) => `${name}=${value}`)
      .join('&'),
    // It adds the address of its peer, and says it nowhere else.
    sourceIp: request.headers['x-forwarded-for']?.split(',').map(trimSpaces).at(-1),
  };
}

/** The handshake of a WebSocket is a GET with `Upgrade` (RFC 6455 §4.1), a header that API Gateway takes off. */
function readConnect(event: unknown): HttpEvent {
  const request = listed(parsed(Connect, event, '$connect of a WebSocket API'));
  return {
    front: 'websocket',
    method: 'GET',
    path: '/',
    ...request,
    headers: { ...request.headers, upgrade: 'websocket' },
  };
}

function listed(data: z.output<typeof Connect>): Omit<HttpEvent, 'front' | 'method' | 'path'> {
  const { requestId, identity } = data.requestContext;
  return {
    query: new URLSearchParams(parameters(data)).toString(),
    headers: joined(data.headers, data.multiValueHeaders),
    cookies: undefined,
    ...bodyOf(data),
    sourceIp: identity?.sourceIp ?? undefined,
    requestId: requestId ?? undefined,
  };
}

function bodyOf({
  body,
  isBase64Encoded,
}: Pick<z.output<typeof Connect>, 'body' | 'isBase64Encoded'>): Pick<HttpEvent, 'body' | 'isBase64Encoded'> {
  return { body: body ?? '', isBase64Encoded: isBase64Encoded ?? false };
}

/** Headers by their names in lower case, what repeats joined: cookies as browsers do (RFC 6265 §5.4), others by a comma. */
function joined(single: Texts, lists?: Lists): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs(single, lists)) {
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ','}${value}`;
  }
  return headers;
}

function parameters(data: z.output<typeof Connect>): [name: string, value: string][] {
  return pairs(data.queryStringParameters, data.multiValueQueryStringParameters);
}

/** Names with each of their values. The lists have all of them, where there are any. */
function pairs(single: Texts, lists: Lists): [name: string, value: string][] {
  return Object.entries({ ...single, ...lists }).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
}
