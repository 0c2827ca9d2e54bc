import type { Server } from 'node:http';
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
  refusePages(server);
  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  return { endpoint, server, close: () => close(server) };
}

/**
 * dynalite allows every origin, and checks no signature: any page that this machine's browser shows could read and write the
 * tables. Browsers put `Origin` on every request that could; the SDK of a function does not.
 */
function refusePages(server: Server): void {
  const answers = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.headers.origin !== undefined) return response.writeHead(403).end();
    for (const answer of answers) answer.call(server, request, response);
  });
}
