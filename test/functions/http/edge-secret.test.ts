import { expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { createLambdaHandler } from '../../../functions/http/lambda.ts';
import { createRouter } from '../../../functions/http/router.ts';
import { event, SITE_URL } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const SECRET = 's'.repeat(48);

function ask(edgeSecret: string | undefined, headers: Record<string, string>, path = '/api/session') {
  const router = createRouter({
    ...createRecorder(),
    siteOrigin: SITE_URL,
    edgeSecret,
    now: () => 0,
    routes: { 'GET /api/session': async () => ({ body: {} }) },
  });
  return createLambdaHandler(router)(event({ method: 'GET', path, headers }), {} as Context);
}

test('through the distribution, a request is answered', async () => {
  expect((await ask(SECRET, { 'x-curfew-origin': SECRET })).statusCode).toBe(200);
});

test.each([
  [{}],
  [{ 'x-curfew-origin': '' }],
  [{ 'x-curfew-origin': `${SECRET}s` }],
  [{ 'x-curfew-origin': 'wrong' }],
])('around it, with %j, it is rejected before anything else is checked', async (headers) => {
  for (const path of ['/api/session', '/api/nothing']) {
    const reply = await ask(SECRET, headers as Record<string, string>, path);
    expect(reply.statusCode).toBe(403);
    expect(reply.body).toContain('ERR_CROSS_SITE');
    expect(JSON.stringify(reply)).not.toContain(SECRET);
  }
});

test('without a distribution, any request is answered', async () => {
  expect((await ask(undefined, {})).statusCode).toBe(200);
});
