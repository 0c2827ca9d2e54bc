import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { NotesUnavailableError } from './notes.ts';

type Result = APIGatewayProxyStructuredResultV2;

/** A request that this API rejects. The message is for its caller. */
export class BadRequestError extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: BadRequestError['status'], message: string) {
    super(message);
    this.status = status;
  }
}

export function jsonReply(statusCode: number, body: object, headers: Record<string, string> = {}): Result {
  return {
    statusCode,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

/** Answers the errors of this API with a problem document (RFC 9457). A defect stays an error: API Gateway says 500. */
export function errorReplies(): MiddlewareObj<unknown, Result> {
  return {
    onError: (request) => {
      const { error } = request;
      if (error instanceof BadRequestError) {
        request.response = problemReply(error.status, 'The request was rejected', error.message);
      } else if (error instanceof NotesUnavailableError) {
        console.error(error);
        request.response = problemReply(503, 'Out of order for a moment', error.message, {
          'retry-after': '1',
        });
      }
    },
  };
}

function problemReply(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Result {
  const type = { 'content-type': 'application/problem+json' };
  return jsonReply(status, { type: 'about:blank', title, status, detail }, { ...type, ...headers });
}
