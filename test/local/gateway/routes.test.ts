import { expect, test } from '@jest/globals';
import { createRouter } from '../../../local/gateway/routes.ts';

const route = (routeKey: string) => ({ routeKey, functionId: routeKey });
const match = createRouter([
  route('ANY /api/{proxy+}'),
  route('GET /api/session'),
  route('ANY /api/session/touch'),
  route('POST /api/session/touch'),
  route('GET /api/users/{rest+}'),
  route('ANY /api/users/{rest+}'),
  route('GET /api/users/me'),
]);

test.each([
  ['GET', '/api/session', 'GET /api/session', {}],
  ['DELETE', '/api/session', 'ANY /api/{proxy+}', { proxy: 'session' }],
  ['POST', '/api/session/touch', 'POST /api/session/touch', {}],
  ['GET', '/api/session/touch', 'ANY /api/session/touch', {}],
  ['GET', '/api/users/me', 'GET /api/users/me', {}],
  ['GET', '/api/users/7/notes', 'GET /api/users/{rest+}', { rest: '7/notes' }],
  ['PUT', '/api/users/7', 'ANY /api/users/{rest+}', { rest: '7' }],
  ['GET', '/api/a/b/c', 'ANY /api/{proxy+}', { proxy: 'a/b/c' }],
  ['GET', '/api/session/', 'ANY /api/{proxy+}', { proxy: 'session/' }],
])('%s %s is answered by %s', (method, path, routeKey, pathParameters) => {
  expect(match(method, path)).toEqual({ routeKey, functionId: routeKey, pathParameters });
});

test.each(['/', '/api', '/api/', '/other'])('%s is no route of the template', (path) => {
  expect(match('GET', path)).toBeUndefined();
});

test.each(['$default', 'GET /api/users/{id}', 'GET /api/{a}/b', 'GET /api/{rest+}/x', '$connect', 'get /a'])(
  'the route %s is an error that names it',
  (routeKey) => {
    expect(() => createRouter([route(routeKey)])).toThrow(`the route ${routeKey} is not supported`);
  },
);
