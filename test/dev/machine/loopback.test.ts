import { createServer, type Server } from 'node:http';
import { expect, test } from '@jest/globals';
import { close, freePort, listen, listenOnBoth, PortInUseError } from '../../../dev/machine/loopback.ts';

test('a free port is below those that systems give to connections, and can be listened on', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(32_768);
  const server = createServer();
  expect(await listen(server, port)).toBe(port);
  await close(server);
});

/** Makes servers of which the second, the first for `::1`, finds its port taken. */
function createWithOneTaken(): { readonly made: Server[]; readonly create: () => Server } {
  const made: Server[] = [];
  const create = () => {
    const server = createServer();
    made.push(server);
    if (made.length === 2) {
      server.listen = () => {
        process.nextTick(() =>
          server.emit('error', Object.assign(new Error('taken'), { code: 'EADDRINUSE' })),
        );
        return server;
      };
    }
    return server;
  };
  return { made, create };
}

test('any port that is free on one address and taken on the other is given up for another', async () => {
  const { made, create } = createWithOneTaken();
  const { port, servers } = await listenOnBoth(create, 0);
  expect(made.filter(({ listening }) => listening)).toEqual(servers);
  expect(made[0]!.listening).toBe(false);
  expect(port).toBeGreaterThan(0);
  await Promise.all(servers.map(close));
});

test('a certain port that is taken on one address is in use', async () => {
  const { made, create } = createWithOneTaken();
  await expect(listenOnBoth(create, await freePort())).rejects.toThrow(PortInUseError);
  expect(made.some(({ listening }) => listening)).toBe(false);
});
