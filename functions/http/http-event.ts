import * as z from 'zod/mini';
import { invalidField } from './body.ts';

/** What is read of an event of an HTTP API, payload format 2.0. What a request does not have is left out, or null in emulators. */
const HttpEvent = z.object({
  rawQueryString: z.nullish(z.string()),
  headers: z.nullish(z.record(z.string(), z.string())),
  cookies: z.nullish(z.array(z.string())),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
  requestContext: z.object({
    requestId: z.nullish(z.string()),
    http: z.object({ method: z.string(), path: z.string(), sourceIp: z.nullish(z.string()) }),
  }),
});

/** A request as API Gateway hands it to a function. */
export interface HttpEvent {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One pair each; undefined where they are in the header. */
  readonly cookies: readonly string[] | undefined;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly sourceIp: string | undefined;
  readonly requestId: string | undefined;
}

/** Reads an event. @throws Error naming the field, for an event of another form: no request of a client makes one */
export function readHttpEvent(event: unknown): HttpEvent {
  const { data, error } = z.safeParse(HttpEvent, event);
  if (error) throw new Error(`not an event of an HTTP API, payload format 2.0: ${invalidField(error)}`);
  const { http, requestId } = data.requestContext;
  return {
    method: http.method,
    path: http.path,
    query: data.rawQueryString ?? '',
    headers: data.headers ?? {},
    cookies: data.cookies ?? undefined,
    body: data.body ?? '',
    isBase64Encoded: data.isBase64Encoded ?? false,
    sourceIp: http.sourceIp ?? undefined,
    requestId: requestId ?? undefined,
  };
}
