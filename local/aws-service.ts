import { createServer, type Server } from 'node:http';
import { readBody } from './http/body.ts';

/** What a service of AWS answers to one call. */
export interface Answer {
  readonly status: number;
  readonly payload: object;
}

/**
 * A service that speaks AWS' JSON protocol.
 *
 * @param answer gets the operation, `Service.Operation`, and its input as JSON
 */
export function createService(answer: (target: string, body: string) => Answer): Server {
  return createServer(async (request, response) => {
    const body = await readBody(request);
    const target = String(request.headers['x-amz-target']);
    const { status, payload } = answer(target, body?.toString('utf8') ?? '');
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(payload));
  });
}

/** A call that is not taken. @param __type the name that the SDK gives to its error */
export function rejected(__type: string, message: string): Answer {
  return { status: 400, payload: { __type, message } };
}
