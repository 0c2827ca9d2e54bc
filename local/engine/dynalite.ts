import type { Server, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import dynalite from 'dynalite';
import { close, listen } from '../../dev/machine/loopback.ts';

/** dynalite, listening: an in-process DynamoDB without streams, TTL, and the old item of a rejected write. */
export interface Dynalite {
  readonly endpoint: string;
  readonly server: Server;
  close(): Promise<void>;
}

export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0 });
  const unanswered = shielded(server);
  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  return {
    endpoint,
    server,
    close: async () => {
      // No request is read to its end after this.
      server.closeAllConnections();
      // Those that were are worked on without their connections, too, and throw uncaught if the database closes under them.
      while (unanswered() > 0) await setImmediate();
      await close(server);
    },
  };
}

/**
 * Stands in front of dynalite, which allows every origin and checks no signature: any page that this machine's browser shows could
 * read and write the tables. Browsers put `Origin` on every request that could; the SDK of a function does not. It throws, too, what
 * a request that breaks off says.
 *
 * @returns how many requests it has read, and not answered
 */
function shielded(server: Server): () => number {
  const read = new Set<ServerResponse>();
  const unanswered = () => {
    for (const response of read) if (response.writableEnded) read.delete(response);
    return read.size;
  };
  const answers = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.headers.origin !== undefined) return response.writeHead(403).end();
    request.once('end', () => {
      unanswered();
      read.add(response);
    });
    for (const answer of answers) answer.call(server, request, response);
    request.removeAllListeners('error').on('error', () => undefined);
  });
  return unanswered;
}
