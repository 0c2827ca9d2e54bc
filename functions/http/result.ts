import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Reply } from './request.ts';

/** A reply in the form of payload 2.0. No reply may be stored or sniffed. */
export function toResult({ status = 200, headers, cookies, body }: Reply): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: {
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    ...(cookies !== undefined && { cookies: [...cookies] }),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
}
