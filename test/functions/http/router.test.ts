import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { SessionError } from '../../../core/errors.ts';
import { SessionRequest } from '../../../core/protocol.ts';
import { ROUTES } from '../../../core/routes.ts';
import { MAX_BODY_BYTES, readJson } from '../../../functions/http/body.ts';
import { createLambdaHandler } from '../../../functions/http/lambda.ts';
import { createRouter } from '../../../functions/http/router.ts';
import { SAME_ORIGIN, type Sent, SITE_URL, send } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';

const PATH = '/api/session/sign-out';
const sessionId = 'a'.repeat(22);
const good: Sent = { method: 'POST', path: PATH, headers: SAME_ORIGIN, body: { sessionId } };

let seen = createRecorder();
let thrown: unknown;
let asked: number[] = [];
let handler = make();

function make() {
  let now = 1_000;
  const router = createRouter({
    ...seen,
    siteOrigin: SITE_URL,
    now: () => now++,
    routes: {
      'POST /api/session/sign-out': async (request) => {
        await readJson(request, SessionRequest);
        asked.push(request.now);
        if (thrown !== undefined) throw thrown;
        return { body: {} };
      },
      'GET /api/session': async () => {
        throw thrown;
      },
    },
  });
  return createLambdaHandler(router);
}

beforeEach(() => {
  seen = createRecorder();
  thrown = undefined;
  asked = [];
  handler = make();
});

test('a request has one now, and each its own', async () => {
  await send(handler, good);
  await send(handler, good);
  expect(asked).toEqual([1_000, 1_001]);
});

describe('a state-changing request', () => {
  const crossSite = { status: 403, json: { code: 'ERR_CROSS_SITE' } };

  test.each([
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, 200],
    [{ origin: SITE_URL }, 200],
    [{ 'sec-fetch-site': 'cross-site', origin: SITE_URL }, 403],
    [{ 'sec-fetch-site': 'same-site', origin: SITE_URL }, 403],
    [{ 'sec-fetch-site': 'none', origin: SITE_URL }, 403],
    [{ 'sec-fetch-site': 'SAME-ORIGIN' }, 403],
    [{ 'sec-fetch-site': 'same-origin,same-origin' }, 403],
    [{ 'sec-fetch-site': '' }, 403],
    [{ origin: `${SITE_URL}.evil.example` }, 403],
    [{ origin: `${SITE_URL}:8443` }, 403],
    [{ origin: SITE_URL.replace('https', 'http') }, 403],
    [{ origin: 'null' }, 403],
    [{}, 403],
  ] as [Record<string, string>, number][])('with %j: %i', async (headers, status) => {
    expect((await send(handler, { ...good, headers })).status).toBe(status);
    expect(asked).toHaveLength(status === 200 ? 1 : 0);
  });

  test.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/jsonp', 415],
    ['', 415],
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['APPLICATION/JSON;charset=UTF-8', 200],
  ])('of type %j: %i', async (type, status) => {
    const headers = { ...SAME_ORIGIN, 'content-type': type };
    const answer = await send(handler, { ...good, headers, body: JSON.stringify({ sessionId }) });
    expect(answer.status).toBe(status);
  });

  test('without a media type is rejected before its body is read', async () => {
    const answer = await send(handler, { ...good, body: '{' });
    expect(answer).toMatchObject({ status: 415, json: { code: 'ERR_MEDIA_TYPE' } });
  });

  test.each([
    [-1, 200],
    [0, 200],
    [1, 413],
  ])('at the limit of its size, %i bytes: %i', async (offset, status) => {
    const padded = JSON.stringify({ sessionId }).padEnd(MAX_BODY_BYTES + offset, ' ');
    const headers = { ...SAME_ORIGIN, 'content-type': 'application/json' };
    for (const base64 of [false, true]) {
      expect((await send(handler, { ...good, headers, body: padded, base64 })).status).toBe(status);
    }
  });

  test.each([
    ['{', 'body'],
    ['', 'body'],
    ['null', 'body'],
    ['[]', 'body'],
    ['"text"', 'body'],
    [`{"__proto__":{"sessionId":"${sessionId}"}}`, 'body'],
    [`{"sessionId":"${sessionId}","deep":[{"__proto__":1}]}`, 'body'],
    [`{"sessionId":"${sessionId}","constructor":{"prototype":{}}}`, 'body'],
    [`{"sessionId":"s3cr3t-value"}`, 'sessionId'],
    [`{"sessionId":["s3cr3t-value"]}`, 'sessionId'],
  ])('with the body %s is rejected, naming %s and never its value', async (body, field) => {
    const headers = { ...SAME_ORIGIN, 'content-type': 'application/json' };
    const answer = await send(handler, { ...good, headers, body });
    expect(answer).toMatchObject({ status: 400, json: { code: 'ERR_REQUEST_INVALID' } });
    expect(answer.json.detail).toMatch(new RegExp(`^${field}: `));
    expect(answer.text + seen.said()).not.toContain('s3cr3t');
  });

  test('is rejected for its method, its site, its media type, its size and its content, in this order', async () => {
    const all = {
      path: PATH,
      headers: { 'sec-fetch-site': 'none', 'content-type': 'text/plain' },
      body: '{',
    };
    expect((await send(handler, { ...all, method: 'PUT' })).status).toBe(405);
    expect((await send(handler, { ...all, method: 'POST' })).json.code).toBe(crossSite.json.code);
    const ours = { ...all, method: 'POST', headers: { ...all.headers, ...SAME_ORIGIN } };
    expect((await send(handler, ours)).status).toBe(415);
    const json = { ...ours, headers: { ...SAME_ORIGIN, 'content-type': 'application/json' } };
    expect((await send(handler, { ...json, body: '{'.repeat(MAX_BODY_BYTES + 1) })).status).toBe(413);
    expect((await send(handler, json)).status).toBe(400);
    expect(asked).toEqual([]);
  });
});

describe('a path without a route', () => {
  test.each(['/api', '/api/', '/api/nothing', '/api/session/touch/more', '/api/%2e%2e/x', '/'])(
    '%s is not found, with any method',
    async (path) => {
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PUT']) {
        const answer = await send(handler, { method, path });
        expect(answer).toMatchObject({ status: 404, json: { code: 'ERR_NOT_FOUND', status: 404 } });
      }
    },
  );

  test.each(ROUTES.map((route) => [route.path, route.method]))(
    '%s answers to %s only',
    async (path, method) => {
      for (const other of ['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE'].filter((name) => name !== method)) {
        const event = { method: other, path };
        const answer = await createAndSend(event);
        expect(answer).toMatchObject({ status: 405, headers: { allow: method } });
      }
    },
  );

  /** A router without routes: the function behind the catch-all gets paths of other functions too. */
  async function createAndSend({ method, path }: { method: string; path: string }) {
    const bare = createRouter({ ...seen, siteOrigin: SITE_URL, now: () => 0, routes: {} });
    const result = await createLambdaHandler(bare)(
      {
        version: '2.0',
        rawPath: path,
        rawQueryString: '',
        headers: {},
        requestContext: { http: { method, path } },
      } as never,
      {} as never,
    );
    return { status: result.statusCode, headers: result.headers };
  }
});

describe('an error', () => {
  test.each([
    ['a defect', new TypeError('the password is hunter2', { cause: { token: 'hunter2' } })],
    ['a thrown text', 'hunter2'],
    ['nothing', null],
  ])('%s: 500, and nothing of it leaks', async (_, error) => {
    thrown = error;
    const answer = await send(handler, good);
    expect(answer.json).toEqual({
      type: '/api/openapi.json#ERR_INTERNAL',
      title: 'Internal error',
      status: 500,
      code: 'ERR_INTERNAL',
    });
    expect(seen.lines.map((line) => line.level)).toEqual(['error', 'info']);
  });

  test('is logged with names, messages and stacks along its causes, and no other property of them', async () => {
    const inner = Object.assign(new Error('inner'), { response: { body: 'hunter2' } });
    thrown = Object.assign(new Error('outer', { cause: inner }), { token: 'hunter2' });
    await send(handler, good);
    expect(seen.said()).toMatch(/outer.*inner/);
    expect(seen.said()).not.toContain('hunter2');
  });

  test('of another copy of this module is known by its code', async () => {
    thrown = Object.assign(new Error('x'), { code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: 7 });
    const answer = await send(handler, { path: '/api/session' });
    expect(answer).toMatchObject({
      status: 401,
      json: { code: 'ERR_SESSION_ENDED', reason: 'idle', endedAt: 7 },
    });
  });

  test.each([
    [undefined, '1'],
    [0, '1'],
    [1_000, '1'],
    [1_001, '2'],
  ])('of an unavailable store: Retry-After for %s ms is %s s', async (retryAfterMs, seconds) => {
    thrown = new SessionError('ERR_STORE_UNAVAILABLE', retryAfterMs === undefined ? {} : { retryAfterMs });
    const answer = await send(handler, good);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': seconds }, cookies: [] });
  });
});

describe('the log and the metrics of a request', () => {
  test('one line: method, path, status, code, who and where from, and the public half of the cookie', async () => {
    const from = { requestId: 'request', viewerAddress: '192.0.2.1' };
    const secret = 'S'.repeat(43);
    await send(handler, { ...good, cookies: [`__Host-session=${sessionId}.${secret}`], query: 'x=hunter2' });
    thrown = new SessionError('ERR_SESSION_UNKNOWN');
    await send(handler, { path: '/api/session' });
    expect(seen.lines).toEqual([
      {
        level: 'info',
        message: 'request',
        data: { ...from, method: 'POST', path: PATH, status: 200, sessionId },
      },
      {
        level: 'info',
        message: 'request',
        data: { ...from, method: 'GET', path: '/api/session', status: 401, code: 'ERR_SESSION_UNKNOWN' },
      },
    ]);
    expect(seen.counts).toEqual({ 'Refusals Code=ERR_SESSION_UNKNOWN': 1 });
  });

  test('refusals are written in the embedded metric format, by code', async () => {
    const printed: string[] = [];
    const metrics = new Metrics({ namespace: 'Curfew', serviceName: 'curfew', logger: new Logger() });
    const single = () => {
      const made = new Metrics({ namespace: 'Curfew', serviceName: 'curfew', singleMetric: true });
      Object.assign(made, { console: { log: (line: string) => printed.push(line) } });
      return made;
    };
    Object.assign(metrics, { singleMetric: single });
    const observed = createRouter({
      log: seen.log,
      metrics,
      siteOrigin: SITE_URL,
      now: () => 0,
      routes: {},
    });
    await send(createLambdaHandler(observed), { path: '/api/nothing' });
    expect(JSON.parse(printed[0]!)).toMatchObject({
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Curfew',
            Dimensions: [['service', 'Code']],
            Metrics: [{ Name: 'Refusals', Unit: 'Count' }],
          },
        ],
      },
      Code: 'ERR_NOT_FOUND',
      Refusals: 1,
    });
  });
});
