import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { untilDeadline } from '../../../functions/http/deadline.ts';
import { createLambdaHandler } from '../../../functions/http/lambda.ts';
import { createRouter, type RouterOptions } from '../../../functions/http/router.ts';
import { answerOf, checked, event, SAME_ORIGIN, type Sent, SITE_URL } from '../../support/http.ts';
import { frontRequest, LAMBDA_FRONTS } from '../../support/lambda-fronts.ts';
import { createRecorder } from '../../support/observers.ts';

const router = (routes: RouterOptions['routes'], seen = createRecorder()) =>
  createRouter({ ...seen, siteOrigin: SITE_URL, now: () => 0, routes });

test('a function that Lambda is about to end answers with a problem document, and logs it', async () => {
  const seen = createRecorder();
  const handler = createLambdaHandler(
    router({ 'GET /api/session': () => new Promise<never>(() => undefined) }, seen),
  );
  const sent = { path: '/api/session', cookies: [`__Host-session=${'a'.repeat(22)}.${'b'.repeat(43)}`] };
  const context = { getRemainingTimeInMillis: () => 20 } as Context;
  const answer = checked(sent, answerOf(await handler(event(sent), context)));
  expect(answer).toMatchObject({ status: 500, json: { code: 'ERR_INTERNAL' } });
  expect(seen.lines.map(({ level, data }) => [level, data.status, data.sessionId])).toEqual([
    ['error', undefined, undefined],
    ['info', 500, 'a'.repeat(22)],
  ]);
  expect(seen.said()).toContain('TimeoutError');
  expect(seen.counts).toEqual({ 'Refusals Code=ERR_INTERNAL': 1 });
});

test('a store that is out of reach is 503 within the function’s own time limit, and not its end', async () => {
  const handler = createLambdaHandler(
    router({
      'GET /api/session': ({ signal }) => untilDeadline(signal, new Promise<never>(() => undefined)),
    }),
  );
  const context = { getRemainingTimeInMillis: () => 310.5 } as Context;
  const sent = { path: '/api/session' };
  const answer = checked(sent, answerOf(await handler(event(sent), context)));
  expect(answer).toMatchObject({ status: 503, json: { code: 'ERR_STORE_UNAVAILABLE' } });
});

const HANDING: Readonly<Record<string, (sent: Sent) => object>> = {
  'an HTTP API': event,
  'a REST API': (sent) => LAMBDA_FRONTS['rest-api'].event(frontRequest(sent)),
  'a load balancer': (sent) => LAMBDA_FRONTS['load-balancer'].event(frontRequest(sent)),
};

describe.each(Object.entries(HANDING))('of %s', (_, hand) => {
  test.each([false, true])('a body is read as it was sent, base64: %p', async (base64) => {
    const handler = createLambdaHandler(
      router({ 'POST /api/session/open': async ({ readBody }) => ({ body: await readBody(10) }) }),
    );
    const sent = { method: 'POST', path: '/api/session/open', headers: SAME_ORIGIN, base64 };
    const read = async (body?: string) =>
      answerOf(await handler(hand({ ...sent, body }) as APIGatewayProxyEventV2, {} as Context));
    expect(await read('čtyři')).toMatchObject({ status: 200, text: 'čtyři' });
    expect(await read()).toMatchObject({ status: 200, text: '' });
    expect(await read('ž'.repeat(5))).toMatchObject({ status: 200 });
    expect(await read(`${'ž'.repeat(5)}!`)).toMatchObject({ status: 413 });
  });
});

test('an event of no front is an error, and is not answered', async () => {
  const sent = { Records: [] } as unknown as APIGatewayProxyEventV2;
  await expect(createLambdaHandler(router({}))(sent, {} as Context)).rejects.toThrow(
    /^not a request of .* an event with the fields Records$/,
  );
});
