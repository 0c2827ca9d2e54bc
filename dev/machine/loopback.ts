import { randomInt } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

/**
 * Listens on this machine only.
 *
 * @param port 0 takes a free one
 * @returns the port
 * @throws the system's error, `EADDRINUSE` when the port is taken
 */
export async function listen(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  // A server that listens on a port has an address object; the string is for pipes, null for before and after.
  return (server.address() as AddressInfo).port;
}

/** Stops listening and ends the connections that are open. */
export async function close(server: HttpServer): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/**
 * @returns a port that was free a moment ago, for a program that has to be told one: below those that systems give to connections, so
 *   that none of these takes it meanwhile
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, randomInt(20_000, 32_768)).catch((error) => {
    // Windows keeps some for itself, and says so by the second.
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
  });
  if (port === undefined) return freePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Another program listens on that port. */
export class PortInUseError extends Error {}

/**
 * Listens on both loopback addresses: browsers take `localhost` for either.
 *
 * @param create makes a server, one for each address
 * @param port 0 takes a free one
 * @throws PortInUseError
 */
export async function listenOnBoth(
  create: () => HttpServer,
  port: number,
): Promise<{ readonly port: number; readonly servers: readonly HttpServer[] }> {
  const on = async (host: string, wanted: number) => {
    const server = create();
    const taken = await listen(server, wanted, host).catch((error) => {
      throw error.code === 'EADDRINUSE' ? new PortInUseError(`port ${wanted} is in use on ${host}`) : error;
    });
    return { server, taken };
  };
  const { server, taken } = await on('127.0.0.1', port);
  // A machine may have no IPv6.
  const second = await on('::1', taken).catch(async (error) => {
    if (!(error instanceof PortInUseError)) return undefined;
    await close(server);
    // Free on one address is not free on the other.
    if (port === 0) return 'again';
    throw error;
  });
  if (second === 'again') return listenOnBoth(create, port);
  return { port: taken, servers: second ? [server, second.server] : [server] };
}
