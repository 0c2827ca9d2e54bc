import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSite, policyHeaders } from '../../local/site.ts';
import { type FixtureBuild, fixtureBuild } from '../support/bundles.ts';

let build: FixtureBuild;
beforeAll(async () => {
  build = await fixtureBuild();
});
afterAll(() => build.remove());

const site = () =>
  createSite({ folders: [build.site], headers: [['x-frame-options', 'DENY']], cacheControl: 'no-cache' });

test.each(['/', '/work', '/deep/er', '/work?x=1.js'])('%s is the one page', async (url) => {
  const reply = await site()('GET', url);
  expect(reply.status).toBe(200);
  expect(reply.body.toString()).toContain('Fixture');
  expect(reply.headers).toContainEqual(['content-type', 'text/html; charset=utf-8']);
});

test('a file with its type, and the headers of the template', async () => {
  const { headers, body } = await site()('GET', '/assets/app.js');
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
  expect((await site()('GET', url)).status).toBe(404);
});

test('another method than GET and HEAD is refused', async () => {
  expect((await site()('POST', '/')).status).toBe(405);
});

test('Strict-Transport-Security is not for localhost', () => {
  const headers = policyHeaders({
    Type: 'AWS::CloudFront::ResponseHeadersPolicy',
    Properties: {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'none'" },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 1 },
          FrameOptions: { FrameOption: 'DENY' },
        },
        CustomHeadersConfig: { Items: [{ Header: 'x-a', Value: '1' }] },
      },
    },
  });
  expect(headers).toEqual([
    ['content-security-policy', "default-src 'none'"],
    ['x-frame-options', 'DENY'],
    ['x-a', '1'],
  ]);
});
