import { expect, test } from '@jest/globals';
import type { Plugin } from 'vite';
import { refuseProduction } from '../../dev/development.ts';
import { curfewDev } from '../../dev/vite.ts';

test('production is refused, and nothing else', () => {
  expect(() => refuseProduction('production')).toThrow('does not run where NODE_ENV is production');
  for (const environment of [undefined, '', 'development', 'test']) refuseProduction(environment);
});

test('the plugin is one of Vite’s, and does nothing in a build or a preview', () => {
  const plugin = curfewDev();
  plugin satisfies Plugin;
  expect(plugin.apply({}, { command: 'serve' })).toBe(true);
  expect(plugin.apply({}, { command: 'serve', isPreview: true })).toBe(false);
  expect(plugin.apply({}, { command: 'build' })).toBe(false);
});

test.each([true, '0.0.0.0', '192.168.1.2', 'app.example.com'])('the plugin refuses the host %j', (host) => {
  const server = { config: { root: '.', server: { host } }, middlewares: { use: () => undefined } };
  expect(() => curfewDev().configureServer(server)).toThrow(JSON.stringify(host));
});
