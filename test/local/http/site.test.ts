import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSite } from '../../../local/http/site.ts';
import { type FixtureBuild, fixtureBuild } from '../../support/bundles.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

const get = (url: string, method = 'GET') =>
  createSite({ folders: [build.site], headers: [['x-frame-options', 'DENY']], cacheControl: 'no-cache' })({
    method,
    url,
    rawHeaders: [],
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
  });

test.each(['/', '/work', '/deep/er', '/work?x=1.js'])('%s is the one page', async (url) => {
  const reply = await get(url);
  expect(reply.status).toBe(200);
  expect(reply.body.toString()).toContain('Fixture');
  expect(reply.headers).toContainEqual(['content-type', 'text/html; charset=utf-8']);
});

test('a file with its type, and the headers of the template', async () => {
  const { headers, body } = await get('/assets/app.js');
  expect(body.toString()).toBe('export {};');
  expect(headers).toEqual([
    ['content-type', 'text/javascript; charset=utf-8'],
    ['x-frame-options', 'DENY'],
    ['cache-control', 'no-cache'],
  ]);
});

test.each([
  '/missing.js',
  '/../site.js',
  '/%2e%2e/functions/auth/index.cjs',
  '/..%5cx.js',
  '/%00.js',
  '/%zz.js',
])('%s is not found', async (url) => {
  expect((await get(url)).status).toBe(404);
});

test('a method other than GET and HEAD is rejected', async () => {
  expect((await get('/', 'POST')).status).toBe(405);
});
