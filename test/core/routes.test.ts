import { expect, test } from '@jest/globals';
import { CATCH_ALL, ROUTES } from '../../core/routes.ts';

test('no route is there twice', () => {
  const keys = ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test('every route is under /api, where the catch-all answers for the rest', () => {
  for (const { path } of ROUTES) expect(path).toMatch(/^\/api\/[a-z/.-]+$/);
  expect(CATCH_ALL).toMatchObject({ method: 'ANY', path: '/api/{proxy+}' });
});
