import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type ViewerFunctionParts, viewerFunctionCode } from '../../infra/constructs/viewer-function.ts';

interface Answer {
  readonly statusCode?: number;
  readonly uri?: string;
  readonly headers: Record<string, { readonly value: string }>;
}

/** What the function makes of a request: the request, or a reply. */
function answer(parts: ViewerFunctionParts, uri: string, headers: Record<string, string> = {}): Answer {
  const request = {
    uri,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }])),
  };
  return runInNewContext(`${viewerFunctionCode(parts)}; handler(event)`, { event: { request } });
}

const SCRIPT = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' };
const BOTH = { challenges: true, pageRoutes: true };

describe('the challenge at the edge', () => {
  test.each(['/api/mark', '/api/run/set'])("at %s a page's script without a credential gets it", (path) => {
    for (const pageRoutes of [true, false]) {
      expect(answer({ challenges: true, pageRoutes }, path, SCRIPT)).toMatchObject({
        statusCode: 401,
        headers: {
          'www-authenticate': { value: expect.stringMatching(/^Basic /) },
          'cache-control': { value: 'no-store' },
        },
      });
    }
  });

  test.each([
    ['a script with a credential', { ...SCRIPT, authorization: 'Basic x' }],
    ['a navigation', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }],
    ['a link on the site', { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'document' }],
    ['another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' }],
    ['a sibling subdomain', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'empty' }],
    ['a browser that does not say', {}],
  ])('%s goes on to the API, by its own path', (_, headers) => {
    const passed = answer(BOTH, '/api/mark', headers);
    expect(passed).not.toHaveProperty('statusCode');
    expect(passed.uri).toBe('/api/mark');
  });

  test('no other path gets it', () => {
    for (const path of ['/', '/api/marks', '/api/other', '/mark', '/api/mark/', '/API/mark']) {
      expect(answer(BOTH, path, SCRIPT)).not.toHaveProperty('statusCode');
    }
    expect(answer({ challenges: false, pageRoutes: true }, '/api/mark', SCRIPT)).not.toHaveProperty(
      'statusCode',
    );
  });
});

test.each([
  ['/', '/index.html'],
  ['/orders/today', '/index.html'],
  ['/v1.2/orders', '/index.html'],
  ['/assets/main.js', '/assets/main.js'],
  ['/news.html', '/news.html'],
])('a route of the page gets its document, a file is itself: %s', (path, uri) => {
  expect(answer(BOTH, path).uri).toBe(uri);
  expect(answer({ challenges: true, pageRoutes: false }, path).uri).toBe(path);
});

test('it is far within the 10,240 bytes that CloudFront takes', () => {
  expect(viewerFunctionCode(BOTH).length).toBeLessThan(2_000);
});

test('the guide shows it as it is, for distributions of other tools', () => {
  const page = readFileSync('docs/guides/distribution.md', 'utf8').replaceAll(/^ {3}/gm, '');
  expect(page).toContain(viewerFunctionCode(BOTH));
});
