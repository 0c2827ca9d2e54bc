import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { FetchHandler } from '../../functions/http/fetch.ts';
import { sendResponse } from '../../functions/server/node.ts';

/** A server of `node:http` on the loopback address, over a function of the fetch API. */
export interface Served {
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves a handler; a path that is none of its own is 404. */
export async function serve(handler: FetchHandler): Promise<Served> {
  const server = createServer((incoming, outgoing) => {
    const request = toRequest(incoming);
    const peer = { sourceIp: incoming.socket.remoteAddress };
    handler(request, peer).then(
      (response) => sendResponse(outgoing, response ?? new Response('not found', { status: 404 })),
      (error: unknown) => void outgoing.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A request of `node:http` as one of the fetch API; its body streams. */
export function toRequest(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/', headers: received } = incoming;
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    for (const line of [value ?? []].flat()) headers.append(name, line);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const scheme = incoming.socket instanceof TLSSocket ? 'https' : 'http';
  const address = `${scheme}://${received.host ?? 'localhost'}${url}`;
  // Anything may stand in `Host`.
  return new Request(URL.canParse(address) ? address : 'http://localhost/', {
    method,
    headers,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
  });
}
