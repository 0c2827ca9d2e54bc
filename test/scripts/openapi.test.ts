import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { ROUTES } from '../../core/routes.ts';
import { OPENAPI_FILE, openApiText } from '../../scripts/openapi.ts';
import { violation } from '../support/openapi.ts';

test('the document that is checked in is the one that the schemas make', async () => {
  expect(await readFile(OPENAPI_FILE, 'utf8')).toBe(openApiText());
});

test('every route is described, and nothing else is', async () => {
  const { paths } = JSON.parse(openApiText()) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

test.each([
  ['a status that is not described', 418, 'application/json', '{}'],
  ['a media type that is not described', 200, 'text/html', '<p>'],
  ['a field that is missing', 200, 'application/json', '{}'],
])('the check of replies finds %s', (_, status, type, text) => {
  const headers = { 'content-type': type };
  const json = type.includes('json') ? JSON.parse(text) : undefined;
  expect(violation('GET', '/api/session', { status, headers, text, json })).toEqual(expect.any(String));
});
