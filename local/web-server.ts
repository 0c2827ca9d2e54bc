import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gatewayReply, type HttpReply, type HttpRequest, readAll, writeReply } from './http-event.ts';

/** Somebody else listens there already. */
export class PortInUseError extends Error {}

export type Answer = (request: HttpRequest) => Promise<HttpReply>;

/** The site's server: listens at once, answers when it is told how. */
export class WebServer {
  private readonly servers: Server[] = [];
  private readonly ready: Promise<Answer>;
  /** Tells the server how to answer: requests that came before wait for it. */
  serve!: (answer: Answer) => void;
  private port = 0;

  constructor() {
    this.ready = new Promise((resolve) => {
      this.serve = resolve;
    });
  }

  /**
   * Listens on both loopback addresses: browsers take `localhost` for either.
   *
   * @returns the origin of the site
   * @throws PortInUseError
   */
  async listen(port: number): Promise<string> {
    this.port = await this.listenOn('127.0.0.1', port);
    // A machine may have no IPv6.
    await this.listenOn('::1', this.port).catch((error) => {
      if (error instanceof PortInUseError) throw error;
    });
    return `http://localhost:${this.port}`;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.servers.map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  private async listenOn(host: string, port: number): Promise<number> {
    const server = createServer((request, response) => {
      this.handle(request, response).catch(() => {
        if (!response.headersSent) writeReply(response, gatewayReply(500, 'Internal Server Error'), 'GET');
        else response.destroy();
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'EADDRINUSE' ? new PortInUseError(`port ${port} is in use on ${host}`) : error),
      );
      server.listen(port, host, resolve);
    });
    this.servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    // A name that points here from elsewhere (DNS rebinding) gets nothing, least of all the runtime's own paths.
    if (!/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(request.headers.host ?? '')) {
      return writeReply(response, gatewayReply(403, 'Forbidden'), method);
    }
    const body = await readAll(request);
    if (body === undefined)
      return writeReply(response, gatewayReply(413, 'Request Entity Too Large'), method);
    const answer = await this.ready;
    const reply = await answer({
      method,
      url: request.url ?? '/',
      rawHeaders: request.rawHeaders,
      body,
      sourceIp: (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    });
    writeReply(response, reply, method);
  }
}
