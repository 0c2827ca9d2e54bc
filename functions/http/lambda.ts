import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { tooLarge } from './body.ts';
import { readHttpEvent } from './http-event.ts';
import { toLambdaResult } from './lambda-result.ts';
import type { HttpRequest } from './request.ts';
import type { Router } from './router.ts';

export type LambdaHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The API as the Lambda handler of an HTTP API (payload 2.0). Middy stands outside, for the time limit: a few
 * milliseconds before Lambda ends the function, the request fails with a problem document, and is logged.
 */
export function createLambdaHandler(router: Router): LambdaHandler {
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .onError((failed) => {
      failed.response = toLambdaResult(
        router.fail(toHttpRequest(failed.event, failed.context), failed.error),
      );
    })
    .handler(async (event: APIGatewayProxyEventV2, context: Context) =>
      toLambdaResult(await router.answer(toHttpRequest(event, context))),
    );
}

function toHttpRequest(
  event: APIGatewayProxyEventV2,
  { awsRequestId: lambdaRequestId }: Pick<Context, 'awsRequestId'>,
): HttpRequest {
  const { query, requestId, body, isBase64Encoded, ...request } = readHttpEvent(event);
  return {
    ...request,
    query: new URLSearchParams(query),
    ids: { requestId, lambdaRequestId },
    readBody: async (maxBytes) => {
      const encoding = isBase64Encoded ? 'base64' : 'utf8';
      if (Buffer.byteLength(body, encoding) > maxBytes) throw tooLarge(maxBytes);
      return Buffer.from(body, encoding).toString();
    },
  };
}
