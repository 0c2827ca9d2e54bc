import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { output, ZodMiniType } from 'zod/mini';
import { SessionError } from '../../core/errors.ts';
import { ROUTES } from '../../core/routes.ts';
import { bodyLimit, bodySchema } from './body.ts';
import { assertSameOrigin, assertThroughSite } from './cross-site.ts';
import { counter, type Observers, observeFailure, observeReply } from './observe.ts';
import { problemDocument, problemHeaders, toSessionError } from './problem.ts';
import { type ApiRequest, type Reply, type StackEvent, toApiRequest } from './request.ts';
import { toResult } from './result.ts';

export interface StackOptions extends Observers {
  /** Origin of the site as users see it: what a state-changing request must come from. */
  readonly siteUrl: string;
  /** What only the distribution knows, in header `x-curfew-origin`; undefined: requests may come directly. */
  readonly originSecret?: string | undefined;
  /** The clock, read once a request. Epoch ms. */
  readonly now: () => number;
  readonly routes: readonly StackRoute[];
}

/** Made by {@link get} and {@link post}. */
export interface StackRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly schema?: ZodMiniType;
  readonly answer: (request: ApiRequest<never>) => Promise<Reply>;
}

type Result = APIGatewayProxyStructuredResultV2;
export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Result>;

/** A route that reads. */
export function get(path: string, answer: (request: ApiRequest) => Promise<Reply>): StackRoute {
  return { method: 'GET', path, answer };
}

/** A route that changes state: from the site's own pages only, with a JSON body of that schema. */
export function post<Schema extends ZodMiniType>(
  path: string,
  schema: Schema,
  answer: (request: ApiRequest<output<Schema>>) => Promise<Reply>,
): StackRoute {
  return { method: 'POST', path, schema, answer };
}

/**
 * The one stack that every HTTP function is served by. A request is refused in this order: not through the site's
 * distribution (403), no such path or method (404, 405), another site's (403), a body that is not JSON or too
 * large (415, 413), one that does not parse (400); then by the answer itself.
 */
export function createHttpHandler(options: StackOptions): HttpHandler {
  const routes = options.routes.map((route) => ({
    method: route.method,
    path: route.path,
    handler: routeHandler(route, options),
  }));
  const router = httpRouter<APIGatewayProxyEventV2, Result>({ routes, notFoundResponse: refuseUnrouted });
  return middy<StackEvent, Result>().use(answerProblems(options)).handler(router) as unknown as HttpHandler;
}

/** Reads the one `now` of a request, and answers whatever is thrown as a problem document. */
export function answerProblems(
  options: Omit<StackOptions, 'routes'>,
): middy.MiddlewareObj<StackEvent, Result> {
  return {
    before: ({ event }) => {
      event.now = options.now();
      assertThroughSite(event.headers, options.originSecret);
    },
    onError: (request) => {
      request.response = problemResult(options, request.event, toSessionError(request.error));
    },
  };
}

function routeHandler(route: StackRoute, options: StackOptions) {
  const stack = middy<StackEvent, Result>();
  if (route.schema) {
    stack
      .before(({ event }) => assertSameOrigin(event.headers, options.siteUrl))
      .use(mediaType())
      .use(bodyLimit())
      .use(httpJsonBodyParser() as unknown as middy.MiddlewareObj<StackEvent>)
      .use(bodySchema(route.schema));
  }
  return stack.handler(async (event: StackEvent) => {
    const reply = await route.answer(toApiRequest<never>(event, counter(options)));
    if (reply.failure !== undefined) observeFailure(options, reply.code, reply.failure);
    observeReply(options, event, reply.status ?? 200, reply.code);
    return toResult(reply);
  }) as never;
}

/** Before the size is looked at: what is not JSON is not read at all. */
function mediaType(): middy.MiddlewareObj<StackEvent> {
  return {
    before: ({ event }) => {
      if (!/^application\/json\s*(?:;|$)/i.test(event.headers['content-type'] ?? '')) {
        throw new SessionError('ERR_MEDIA_TYPE', { detail: 'content-type: must be application/json' });
      }
    },
  };
}

/** Methods that a path of the API answers to, whichever function does: for the `Allow` header of a 405. */
function allowedMethods(path: string): string[] {
  return ROUTES.filter((route) => route.path === path).map((route) => route.method);
}

/** @throws SessionError `ERR_METHOD_NOT_ALLOWED` where the path answers to other methods only, else `ERR_NOT_FOUND` */
function refuseUnrouted({ method, path }: { method: string; path: string }): never {
  const allowed = allowedMethods(path);
  const known = allowed.length > 0 && !allowed.includes(method);
  throw new SessionError(known ? 'ERR_METHOD_NOT_ALLOWED' : 'ERR_NOT_FOUND');
}

function problemResult(options: Observers, event: StackEvent, error: SessionError): Result {
  const body = problemDocument(error);
  if (body.status >= 500) observeFailure(options, error.code, error);
  observeReply(options, event, body.status, error.code);
  const allow = allowedMethods(event.requestContext.http.path).join(', ');
  return toResult({
    status: body.status,
    headers: { ...problemHeaders(error), ...(error.code === 'ERR_METHOD_NOT_ALLOWED' && { allow }) },
    body,
  });
}
