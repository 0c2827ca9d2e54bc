import middy from '@middy/core';
import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { tooLarge } from './body.ts';
import { type HttpEvent, readHttpEvent } from './http-event.ts';
import { type LambdaResult, toLambdaResult } from './lambda-result.ts';
import type { HttpRequest } from './request.ts';
import type { Router } from './router.ts';

/** Of an HTTP API with payload format 2.0 or a function URL, of a REST API, or of a load balancer. */
export type LambdaEvent = APIGatewayProxyEventV2 | APIGatewayProxyEvent | ALBEvent;

export type LambdaHandler = (event: LambdaEvent, context: Context) => Promise<LambdaResult>;

/**
 * The API as a Lambda handler, behind whichever front. Middy stands outside, for the time limit: a few
 * milliseconds before Lambda ends the function, the request fails with a problem document, and is logged.
 */
export function createLambdaHandler(router: Router): LambdaHandler {
  return middy<LambdaEvent, LambdaResult>()
    .onError((failed) => {
      const event = readHttpEvent(failed.event);
      failed.response = toLambdaResult(
        router.fail(toHttpRequest(event, failed.context), failed.error),
        event.front,
      );
    })
    .handler(async (given: LambdaEvent, context: Context) => {
      const event = readHttpEvent(given);
      return toLambdaResult(await router.answer(toHttpRequest(event, context)), event.front);
    });
}

function toHttpRequest(
  { front: _, query, requestId, body, isBase64Encoded, ...request }: HttpEvent,
  context: Context,
): HttpRequest {
  return {
    ...request,
    query: new URLSearchParams(query),
    ids: { requestId, lambdaRequestId: context.awsRequestId },
    // Something else than Lambda may run the handler, with a context of its own.
    remainingMs: context.getRemainingTimeInMillis?.(),
    readBody: async (maxBytes) => {
      const encoding = isBase64Encoded ? 'base64' : 'utf8';
      if (Buffer.byteLength(body, encoding) > maxBytes) throw tooLarge(maxBytes);
      return Buffer.from(body, encoding).toString();
    },
  };
}
