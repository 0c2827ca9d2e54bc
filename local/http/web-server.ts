import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certificate } from '../../dev/machine/certificate.ts';
import { close, listenOnBoth } from '../../dev/machine/loopback.ts';
import { readBody } from './body.ts';
import { type Answer, type HttpReply, jsonReply } from './message.ts';

const INTERNAL_ERROR = jsonReply(500, { message: 'Internal Server Error' });
const FORBIDDEN = jsonReply(403, { message: 'Forbidden' });
const TOO_LARGE = jsonReply(413, { message: 'Request Entity Too Large' });

/** The site's server: it listens at once, and answers when it is told how. Requests that came before wait. */
export class WebServer {
  private readonly servers: Server[] = [];
  private readonly answer = Promise.withResolvers<Answer>();
  private readonly certificate: Certificate | undefined;

  /** @param certificate serves https with it. @default http */
  constructor(certificate?: Certificate) {
    this.certificate = certificate;
  }

  /**
   * Listens on both loopback addresses: browsers take `localhost` for either.
   *
   * @param port 0 takes a free one
   * @returns the origin of the site
   * @throws PortInUseError
   */
  async listen(port: number): Promise<string> {
    const { port: taken, servers } = await listenOnBoth(() => this.createServer(), port);
    this.servers.push(...servers);
    return `${this.certificate ? 'https' : 'http'}://localhost:${taken}`;
  }

  /** Tells the server how to answer. */
  serve(answer: Answer): void {
    this.answer.resolve(answer);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map(close));
  }

  private createServer(): Server {
    const listener: RequestListener = (request, response) => {
      this.handle(request, response).catch(() => {
        if (!response.headersSent) writeReply(response, INTERNAL_ERROR, 'GET');
        else response.destroy();
      });
    };
    return this.certificate ? createTlsServer(this.certificate, listener) : createServer(listener);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', rawHeaders, headers, socket } = request;
    // A name that points here from elsewhere (DNS rebinding) gets nothing, least of all the runtime's own paths.
    if (!/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(headers.host ?? '')) {
      return writeReply(response, FORBIDDEN, method);
    }
    const body = await readBody(request);
    if (body === undefined) return writeReply(response, TOO_LARGE, method);
    const answer = await this.answer.promise;
    const sourceIp = (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    writeReply(response, await answer({ method, url, rawHeaders, body, sourceIp }), method);
  }
}

/** Writes a reply. HEAD gets the headers of a GET, and no body. */
function writeReply(response: ServerResponse, { status, headers, body }: HttpReply, method: string): void {
  const bodyless = status === 204 || status === 304;
  const length = bodyless ? [] : ['content-length', String(body.length)];
  response.writeHead(status, [...headers.flat(), ...length]);
  response.end(method === 'HEAD' || bodyless ? undefined : body);
}
