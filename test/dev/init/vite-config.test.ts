import { describe, expect, test } from '@jest/globals';
import { withPlugin } from '../../../dev/init/vite-config.ts';

const withApi = (text: string) => withPlugin('vite.config.ts', text, 'http://localhost:3000');
const plain = (text: string) => withPlugin('vite.config.ts', text, undefined);
/** What a configuration has become, without the import. */
const configured = (text: string) => plain(text).replace(/^import .*curfew.*\n+/m, '');

describe('where the plugins are written out', () => {
  test.each([
    ['export default {}\n', 'export default {\n  plugins: [curfewDev()]\n}\n'],
    ['export default { plugins: [] };\n', 'export default { plugins: [curfewDev()] };\n'],
    [
      'export default defineConfig({ base: "/x" });\n',
      'export default defineConfig({ base: "/x", plugins: [curfewDev()] });\n',
    ],
    [
      'export default defineConfig({ plugins: [a(), b()] });\n',
      'export default defineConfig({ plugins: [a(), b(), curfewDev()] });\n',
    ],
    [
      'export default defineConfig({\n  plugins: [\n    a(),\n    b(), // last\n  ],\n});\n',
      'export default defineConfig({\n  plugins: [\n    a(),\n    b(),\n    curfewDev(), // last\n  ],\n});\n',
    ],
    [
      'export default defineConfig(({ mode }) => ({ plugins: [a(mode)] }));\n',
      'export default defineConfig(({ mode }) => ({ plugins: [a(mode), curfewDev()] }));\n',
    ],
    [
      'export default defineConfig(() => {\n  const env = 1;\n  return { plugins: [a(env)] };\n});\n',
      'export default defineConfig(() => {\n  const env = 1;\n  return { plugins: [a(env), curfewDev()] };\n});\n',
    ],
    [
      'const config: UserConfig = { plugins: [a()] };\nexport default config;\n',
      'const config: UserConfig = { plugins: [a(), curfewDev()] };\nexport default config;\n',
    ],
    [
      'const plugins = [a()];\nexport default { plugins } satisfies UserConfig;\n',
      'const plugins = [a(), curfewDev()];\nexport default { plugins } satisfies UserConfig;\n',
    ],
  ])('%j', (before, after) => expect(configured(before)).toBe(after));
});

test.each([
  ['module.exports = { plugins: [] }', 'it exports no object'],
  ['export default defineConfig({ plugins: all() })', 'its plugins are no list'],
  ['export default defineConfig({ plugins: [a()].filter(Boolean) })', 'its plugins are no list'],
  ['export default defineConfig({ ...shared })', 'its plugins may come from another object'],
  ['export default merge(a, b)', 'it exports no object'],
  [
    'export default defineConfig(() => { if (x) return {}; return { plugins: [] }; })',
    'does more than return',
  ],
  ['export default {', 'does not parse'],
])('an unusual one stays: %s', (text, reason) => expect(() => plain(text)).toThrow(reason));

describe('of a server that has Curfew', () => {
  const proxy = (entry: string) => `export default defineConfig({ server: { proxy: { ${entry} } } });\n`;

  test.each([
    "'/api': 'http://localhost:3000'",
    "'/orders': { target: 'x', rewrite }",
    "'/api-docs': 'x'",
    "'/api': 'http://127.0.0.1:3000/'",
    "'/api': { target: 'http://[::1]:3000', changeOrigin: true, secure: false }",
  ])('a proxy of %s stays', (entry) =>
    expect(withApi(proxy(entry))).toContain("plugins: [curfewDev({ api: 'http://localhost:3000' })]"),
  );

  test.each([
    "'/api': 'http://localhost:8080'",
    "'/api': 'https://localhost:3000'",
    "'/api': process.env.API",
    "'/api': {}",
    "'/api': { target: 'http://localhost:3000', ws: true }",
    "'/api': { target: 'http://localhost:3000', configure(proxy) {} }",
    "'/api': { target: 'http://localhost:3000', rewrite: (path) => path.slice(4) }",
    "'/api/v1': 'x'",
    "'^/api/.*': 'x'",
    '...others',
    "'/api': { ...shared }",
    "'/api': shared",
    "'/api': proxyOf('x')",
    '[name]: {}',
  ])('a proxy of %s does what the plugin would not', (entry) => {
    expect(() => withApi(proxy(entry))).toThrow('its proxy');
    expect(plain(proxy(entry))).toContain('curfewDev()');
  });
});

describe('a plugin that is there', () => {
  const there = (options: string) =>
    `import { curfewDev as dev } from "curfew/dev/vite";\nexport default { plugins: [dev(${options})] };\n`;

  test('passes on to a server that has Curfew since', () => {
    expect(withApi(there(''))).toBe(there('{ api: "http://localhost:3000" }'));
    expect(plain(there(''))).toBe(there(''));
  });

  test.each(["{ api: 'http://127.0.0.1:3000' }", '{ api: process.env.API }', '{ policy: {}, api }'])(
    'stays where it passes on already: %s',
    (options) => expect(withApi(there(options))).toBe(there(options)),
  );

  test.each([
    ["{ api: 'http://localhost:4000' }", 'its plugin passes on to http://localhost:4000'],
    ['{ policy: {} }', 'its plugin has options'],
    ['options', 'its plugin has options'],
  ])('stays, and its user is told: %s', (options, reason) =>
    expect(() => withApi(there(options))).toThrow(reason),
  );

  test('whose proxy goes elsewhere stays', () => {
    const other = there('').replace(
      '{ plugins',
      "{ server: { proxy: { '/api': 'http://localhost:8080' } }, plugins",
    );
    expect(() => withApi(other)).toThrow('its proxy of /api goes to http://localhost:8080');
  });
});

test.each([
  'const proxy = { "/api": { rewrite: (path) => path } };\nexport default { server: { proxy } };\n',
  'const server = { proxy: { "/api/v1": "x" } };\nexport default { server };\n',
])('a proxy that is a constant is read: %j', (text) =>
  expect(() => withApi(text)).toThrow('its proxy of /api'),
);

test.each([
  'import { server } from "./shared";\nexport default { server };\n',
  'export default { server: { ...shared } };\n',
  'export default { plugins: [], ...shared };\n',
  'export default { server: { proxy: proxies() } };\n',
])('a proxy that may come from elsewhere is not guessed: %j', (text) => {
  expect(() => withApi(text)).toThrow('may come from another object');
});

test('it is written as its author writes', () => {
  const text = plain(
    'import a from "a";\r\n\r\nexport default {\r\n\tplugins: [\r\n\t\ta(),\r\n\t],\r\n};\r\n',
  );
  expect(text).toBe(
    'import a from "a";\r\nimport { curfewDev } from "curfew/dev/vite";\r\n\r\nexport default {\r\n\tplugins: [\r\n\t\ta(),\r\n\t\tcurfewDev(),\r\n\t],\r\n};\r\n',
  );
});
