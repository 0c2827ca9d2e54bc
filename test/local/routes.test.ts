import { expect, test } from '@jest/globals';
import { createRouter } from '../../local/routes.ts';

const route = (routeKey: string) => ({ routeKey, target: routeKey });
const match = createRouter([
  route('ANY /api/{proxy+}'),
  route('GET /api/session'),
  route('ANY /api/session/touch'),
  route('POST /api/session/touch'),
  route('GET /api/users/{id}'),
  route('GET /api/users/me'),
]);

test.each([
  ['GET', '/api/session', 'GET /api/session', {}],
  ['DELETE', '/api/session', 'ANY /api/{proxy+}', { proxy: 'session' }],
  ['POST', '/api/session/touch', 'POST /api/session/touch', {}],
  ['GET', '/api/session/touch', 'ANY /api/session/touch', {}],
  ['GET', '/api/users/me', 'GET /api/users/me', {}],
  ['GET', '/api/users/7', 'GET /api/users/{id}', { id: '7' }],
  ['GET', '/api/a/b/c', 'ANY /api/{proxy+}', { proxy: 'a/b/c' }],
  ['GET', '/api/session/', 'ANY /api/{proxy+}', { proxy: 'session/' }],
])('%s %s is answered by %s', (method, path, routeKey, pathParameters) => {
  expect(match(method, path)).toEqual({ routeKey, target: routeKey, pathParameters });
});

test.each(['/', '/api', '/api/', '/other'])('%s is no route of the template', (path) => {
  expect(match('GET', path)).toBeUndefined();
});

test('$default takes what nothing else does', () => {
  const withDefault = createRouter([route('GET /a'), route('$default')]);
  expect(withDefault('GET', '/a')?.routeKey).toBe('GET /a');
  expect(withDefault('PUT', '/b')?.routeKey).toBe('$default');
});
