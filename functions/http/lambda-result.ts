import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpReply } from './reply.ts';

/** A reply in the form of payload 2.0. */
export function toLambdaResult(reply: HttpReply): APIGatewayProxyStructuredResultV2 {
  const { status, headers, cookies, body } = reply;
  return {
    statusCode: status,
    headers: { ...headers },
    ...(cookies.length > 0 && { cookies: [...cookies] }),
    ...(body !== undefined && { body }),
  };
}
