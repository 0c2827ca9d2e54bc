import { createServer } from 'node:http';
import { close, listen } from '../dev/machine/loopback.ts';
import { readBody } from './http/body.ts';

/** What a service of AWS answers to one call. */
export interface Answer {
  readonly status: number;
  readonly payload: object;
}

/** A service that speaks AWS' JSON protocol, on the loopback interface. */
export abstract class AwsService {
  private readonly server = createServer(async (request, response) => {
    const body = await readBody(request);
    const target = String(request.headers['x-amz-target']);
    const { status, payload } = this.answer(target, body?.toString('utf8') ?? '');
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(payload));
  });

  /** @returns the endpoint for the SDK */
  async listen(): Promise<string> {
    return `http://127.0.0.1:${await listen(this.server)}`;
  }

  close(): Promise<void> {
    return close(this.server);
  }

  /**
   * What the service answers to one call.
   *
   * @param target the operation, `Service.Operation`
   * @param body its input as JSON
   */
  abstract answer(target: string, body: string): Answer;
}

/** A call that is not taken. @param __type the name that the SDK gives to its error */
export function rejected(__type: string, message: string): Answer {
  return { status: 400, payload: { __type, message } };
}
