import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import type { Plugin } from 'vite';
import { curfewDev as development, refuseProduction } from '../../dev/development.ts';
import { listen } from '../../dev/machine/loopback.ts';
import { curfewDev, type ViteConfigLike } from '../../dev/vite.ts';

test('production is refused, and nothing else', () => {
  expect(() => refuseProduction('production')).toThrow('does not run where NODE_ENV is production');
  for (const environment of [undefined, '', 'development', 'test']) refuseProduction(environment);
  expect(() => refuseProduction('production ')).toThrow('is production (it is "production ")');
});

test('production is refused whenever it begins, by the real environment', async () => {
  const dev = development({ file: path.join(tmpdir(), 'curfew-none', 'sessions.json') });
  const server = createServer((request, response) => dev(request, response, () => response.end('passed')));
  const port = await listen(server);
  const ask = async () => (await fetch(`http://localhost:${port}/orders`)).status;
  expect(await ask()).toBe(200);
  jest.replaceProperty(process, 'env', { ...process.env, NODE_ENV: 'production' });
  expect(await ask()).toBe(403);
  jest.restoreAllMocks();
  expect(await ask()).toBe(200);
  dev.close();
  server.close();
  server.closeAllConnections();
});

test('the plugin is one of Vite’s, and does nothing in a build or a preview', () => {
  const plugin = curfewDev();
  plugin satisfies Plugin;
  expect(plugin.apply({}, { command: 'serve' })).toBe(true);
  expect(plugin.apply({}, { command: 'serve', isPreview: true })).toBe(false);
  expect(plugin.apply({}, { command: 'build' })).toBe(false);
});

test('the plugin does nothing under Vitest', () => {
  jest.replaceProperty(process, 'env', { ...process.env, VITEST: 'true' });
  expect(curfewDev().apply({}, { command: 'serve' })).toBe(false);
  jest.restoreAllMocks();
});

describe('for a server that has Curfew', () => {
  const OWN = '^/api(?:[/?]|$)';
  const passedOn = { target: 'http://localhost:3000', changeOrigin: false, xfwd: true };
  function proxyWith(proxy?: Record<string, unknown>): [string, unknown][] {
    const user: ViteConfigLike = { server: { proxy } };
    curfewDev({ api: 'http://localhost:3000' }).config(user);
    return Object.entries(user.server?.proxy ?? {});
  }

  test('what is under /api is passed on with the protocol that the browser asked by', () => {
    expect(proxyWith()).toEqual([
      [OWN, passedOn],
      ['/__curfew', passedOn],
    ]);
    const passes = (path: string) => new RegExp(OWN).test(path);
    expect(['/api', '/api/me', '/api?a'].map(passes)).toEqual([true, true, true]);
    expect(['/apis', '/v1/api/me'].map(passes)).toEqual([false, false]);
  });

  test('an entry for /api gives way to it with its rewrite, and one for all does not take what is its own', () => {
    const [other, all] = [{ target: 'http://localhost:1' }, 'http://localhost:2'];
    const entry = { target: 'http://localhost:3', rewrite: (path: string) => path.slice(4) };
    expect(proxyWith({ '/api/v1': other, '/api': entry, '/': all })).toEqual([
      ['/api/v1', other],
      [OWN, passedOn],
      ['/__curfew', passedOn],
      ['/', all],
    ]);
    expect(proxyWith({ '/': all }).map(([path]) => path)).toEqual([OWN, '/__curfew', '/']);
  });
});

test('the plugin stops with its own server, and not with the one that is there already where Vite restarts', () => {
  const [begun, ended] = [jest.spyOn(globalThis, 'setInterval'), jest.spyOn(globalThis, 'clearInterval')];
  const plugin = curfewDev({ file: path.join(tmpdir(), 'curfew-none', 'sessions.json') });
  const servers = [1, 2].map(() => ({
    config: { root: '.', server: {} },
    middlewares: { use: () => undefined },
  }));
  for (const server of servers) plugin.configureServer(server);
  const timers = begun.mock.results.map(({ value }) => value);
  expect(timers).toHaveLength(2);
  for (const [at, { config }] of servers.entries()) {
    // Vite closes a server once for each of its environments.
    for (const _ of ['client', 'ssr']) {
      plugin.closeBundle.call({ environment: { getTopLevelConfig: () => config } });
    }
    expect(ended.mock.calls).toEqual(timers.slice(0, at + 1).map((timer) => [timer]));
  }
  jest.restoreAllMocks();
});

test.each([true, '0.0.0.0', '192.168.1.2', 'app.example.com'])('the plugin refuses the host %j', (host) => {
  const server = { config: { root: '.', server: { host } }, middlewares: { use: () => undefined } };
  expect(() => curfewDev().configureServer(server)).toThrow(JSON.stringify(host));
});
