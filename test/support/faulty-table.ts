import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { close, listen } from '../../dev/machine/loopback.ts';

/**
 * What happens to a request on its way to the table, or to its reply:
 * - `lost`: done, and the connection is torn before the reply
 * - `truncated`: done, and the reply stops in the middle
 * - `duplicated`: done twice; the first reply is delivered
 * - `late`: the connection is torn, and the request is done later, when its sender has given it up
 * - `delayed`: done after some milliseconds
 * - `reset`, `throttled`, `broken`: not done
 */
export type Fault = keyof typeof FAULTS;

/** How often each happens, of a hundred faults. */
export const FAULTS = {
  lost: 20,
  truncated: 8,
  duplicated: 12,
  late: 14,
  delayed: 20,
  reset: 10,
  throttled: 10,
  broken: 6,
} as const;

export interface FaultyTable {
  readonly endpoint: string;
  /** Asked at each request. */
  decide: () => Fault | undefined;
  /** How often each fault was injected. */
  readonly injected: Partial<Record<Fault, number>>;
  /** Does the requests that are late, in the order in which they came. */
  deliverLate(): Promise<void>;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Stands between the functions and the engine, and does to their requests what networks and services do. */
export async function startFaultyTable(engine: string): Promise<FaultyTable> {
  const agent = new Agent({ keepAlive: true });
  const late: (() => Promise<unknown>)[] = [];

  async function forward({ method, headers }: IncomingMessage, body: Buffer): Promise<Reply> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing: ClientRequest = request(engine, { method, headers, agent }, resolve);
      outgoing.on('error', reject).end(body);
    });
    return {
      status: answer.statusCode!,
      headers: answer.headers,
      body: Buffer.concat(await answer.toArray()),
    };
  }

  const treatments: Record<
    Fault,
    (incoming: IncomingMessage, body: Buffer, response: ServerResponse) => unknown
  > = {
    async lost(incoming, body) {
      await forward(incoming, body);
      incoming.socket.destroy();
    },
    async truncated(incoming, body, response) {
      const reply = await forward(incoming, body);
      response.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.length });
      response.write(reply.body.subarray(0, reply.body.length / 2), () => incoming.socket.destroy());
    },
    async duplicated(incoming, body, response) {
      const reply = await forward(incoming, body);
      await forward(incoming, body);
      send(response, reply);
    },
    late(incoming, body) {
      late.push(() => forward(incoming, body));
      incoming.socket.destroy();
    },
    async delayed(incoming, body, response) {
      await new Promise((resolve) => setTimeout(resolve, 1 + (body.length % 15)));
      send(response, await forward(incoming, body));
    },
    reset: (incoming) => incoming.socket.destroy(),
    throttled: (_incoming, _body, response) =>
      fail(response, 400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'),
    broken: (_incoming, _body, response) =>
      fail(response, 500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'),
  };

  const server = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray());
    const fault = self.decide();
    if (!fault) return send(response, await forward(incoming, body));
    self.injected[fault] = (self.injected[fault] ?? 0) + 1;
    await treatments[fault](incoming, body, response);
  });
  const self: FaultyTable = {
    endpoint: `http://127.0.0.1:${await listen(server)}`,
    decide: () => undefined,
    injected: {},
    async deliverLate() {
      for (const deliver of late.splice(0)) await deliver();
    },
    async close() {
      server.closeAllConnections();
      await close(server);
      agent.destroy();
    },
  };
  return self;
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers).end(body);
}

function fail(response: ServerResponse, status: number, __type: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type, message: 'injected' }));
}
