import { expect, test } from '@jest/globals';
import { type ErrorResponse, withoutKeptErrors } from '../../infra/constructs/error-responses.ts';

const KEPT = [404, 405, 414, 500, 501, 502, 503, 504];
const unkept = (errorCode: number) => ({ errorCode, errorCachingMinTtl: 0 });

test('none of those that CloudFront keeps by itself is kept', () => {
  expect(withoutKeptErrors([])).toEqual(KEPT.map(unkept));
});

test('what is said already stays first, and is not said twice', () => {
  const given = [unkept(403), unkept(404)];
  expect(withoutKeptErrors(given)).toEqual([...given, ...KEPT.filter((code) => code !== 404).map(unkept)]);
});

test('a page may stand for an outage, with its status', () => {
  const page = { ...unkept(503), responseCode: 503, responsePagePath: '/maintenance.html' };
  expect(withoutKeptErrors([page])[0]).toEqual(page);
});

test.each<[string, ErrorResponse, RegExp]>([
  [
    'the page of a route',
    { errorCode: 404, responseCode: 200, responsePagePath: '/index.html' },
    /404 gets a page.*pageRoutes: true/,
  ],
  [
    'the page of a route, as S3 has it',
    { errorCode: 403, responseCode: 200, responsePagePath: '/index.html' },
    /403 gets a page/,
  ],
  [
    'a page for errors of the API',
    { ...unkept(400), responseCode: 400, responsePagePath: '/400.html' },
    /400/,
  ],
  ['an outage that looks well', { ...unkept(503), responseCode: 200, responsePagePath: '/m.html' }, /503/],
  [
    'an outage that is kept by default',
    { errorCode: 503, responseCode: 503, responsePagePath: '/m.html' },
    /503 is kept for 10 s/,
  ],
  [
    'an error that is kept',
    { errorCode: 403, errorCachingMinTtl: 300 },
    /403 is kept for 300 s.*ttl: Duration\.seconds\(0\)/,
  ],
])('%s is refused, with what to change', (_, response, message) => {
  expect(() => withoutKeptErrors([response])).toThrow(message);
});
