import dns from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A name that leads to this machine and does not say so, as the name of a service in a region. */
const NAME = 'dynamodb.region.example';

/** What the store answers next. */
export interface DatedReply {
  /** The header `Date`; undefined: none. */
  date?: string | undefined;
  /** @default 200 */
  status?: number;
  /** The error that DynamoDB names, with a status of 400 or 500. */
  error?: string;
}

/** A store over HTTP whose replies have a `Date` of the test's choice. It holds no rows. */
export interface DatedStore {
  /** By a name that is not of the loopback addresses. */
  readonly endpoint: string;
  /** The same server, by its loopback address. */
  readonly loopback: string;
  /** Requests that came. */
  requests(): number;
  /** What every request is answered from now on. */
  answer(reply: DatedReply): void;
  close(): Promise<void>;
}

/** Starts the store, and resolves its name in this process until it is closed. */
export async function startDatedStore(): Promise<DatedStore> {
  let reply: DatedReply = {};
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const { date, status = 200, error } = reply;
    response.sendDate = false;
    if (date !== undefined) response.setHeader('date', date);
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(
        error === undefined ? '{}' : JSON.stringify({ __type: `com.amazonaws.dynamodb#${error}` }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { lookup } = dns;
  dns.lookup = ((name: string, ...rest: unknown[]) =>
    Reflect.apply(lookup, dns, [name === NAME ? '127.0.0.1' : name, ...rest])) as typeof dns.lookup;
  return {
    endpoint: `http://${NAME}:${port}`,
    loopback: `http://127.0.0.1:${port}`,
    requests: () => requests,
    answer(next) {
      reply = next;
    },
    async close() {
      dns.lookup = lookup;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
