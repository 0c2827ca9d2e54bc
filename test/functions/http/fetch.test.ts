import { connect } from 'node:net';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { SessionRequest } from '../../../core/protocol.ts';
import { MAX_BODY_BYTES, readJson } from '../../../functions/http/body.ts';
import { createFetchHandler, type FetchHandler } from '../../../functions/http/fetch.ts';
import { createRouter } from '../../../functions/http/router.ts';
import { answerOfResponse } from '../../support/fronts.ts';
import { type Answer, SAME_ORIGIN, SITE_URL } from '../../support/http.ts';
import { createRecorder } from '../../support/observers.ts';
import { serve } from '../../support/serve.ts';
import { until } from '../../support/until.ts';

const SIGN_OUT = `${SITE_URL}/api/session/sign-out`;
const JSON_TYPE = { 'content-type': 'application/json' };
const BODY = JSON.stringify({ sessionId: 'a'.repeat(22) });

let seen = createRecorder();
let handler: FetchHandler;

beforeEach(() => {
  seen = createRecorder();
  const router = createRouter({
    ...seen,
    siteOrigin: SITE_URL,
    now: () => 0,
    bodyDeadlineMs: 50,
    routes: {
      'POST /api/session/sign-out': async (request) => ({ body: await readJson(request, SessionRequest) }),
      'GET /api/session': async ({ sourceIp, query }) => ({ body: { sourceIp, query: `${query}` } }),
    },
  });
  handler = createFetchHandler(router);
});

/** A body in chunks of 1 kB, and how many of them were read. */
function streaming(chunks: number) {
  const taken = { chunks: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken.chunks === chunks) return controller.close();
        taken.chunks += 1;
        controller.enqueue(new Uint8Array(1_024).fill(32));
      },
      cancel() {
        taken.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken };
}

function post(url: string, body: BodyInit, headers: Record<string, string> = {}): Request {
  const all = { ...SAME_ORIGIN, ...JSON_TYPE, ...headers };
  // Node asks for it with a stream, and its types do not know it.
  const half = { duplex: 'half' };
  return new Request(url, { method: 'POST', headers: all, body, ...half });
}

async function answer(request: Request): Promise<Answer> {
  return answerOfResponse((await handler(request))!);
}

describe('a path without a route', () => {
  test.each(['/', '/api', '/api/orders', '/api/session/more', '/api/auth/sign-in', '/apis/session'])(
    '%s is left to the server: nothing is read, answered or logged',
    async (path) => {
      const { body, taken } = streaming(4);
      const request = post(SITE_URL + path, body);
      expect(await handler(request)).toBeUndefined();
      expect(taken.chunks).toBe(0);
      expect(request.bodyUsed).toBe(false);
      expect(seen.lines).toEqual([]);
    },
  );
});

describe('a body', () => {
  test('of unknown length is read up to the limit, and no further', async () => {
    const { body, taken } = streaming(1_000);
    expect(await answer(post(SIGN_OUT, body))).toMatchObject({ status: 413 });
    expect(taken).toEqual({ chunks: MAX_BODY_BYTES / 1_024 + 1, cancelled: true });
  });

  test.each([
    ['that announces too great a length', { 'content-length': String(MAX_BODY_BYTES + 1) }, 413],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['of another type', { 'content-type': 'text/plain' }, 415],
  ])('%s is not read at all', async (_, headers, status) => {
    const { body, taken } = streaming(4);
    expect(await answer(post(SIGN_OUT, body, headers))).toMatchObject({ status });
    expect(taken.chunks).toBe(0);
  });

  test.each(['-1', 'many', '0', ''])('whose length is given as %j is read as it is', async (length) => {
    const headers = { 'content-length': length };
    expect(await answer(post(SIGN_OUT, BODY, headers))).toMatchObject({ status: 200 });
    const { body } = streaming(17);
    expect(await answer(post(SIGN_OUT, body, headers))).toMatchObject({ status: 413 });
  });

  test('that breaks off is a bad request, not a failure of the server', async () => {
    // As Node's own fetch reports it.
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) });
    expect(await answer(post(SIGN_OUT, body))).toMatchObject({
      status: 400,
      json: { code: 'ERR_REQUEST_INVALID', detail: 'body: could not be read' },
    });
    expect(seen.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('that is too slow is a bad request, not an unavailable store, and is read no further', async () => {
    // The first bytes at once, and then nothing.
    const taken = { cancelled: false };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(BODY.slice(0, 9))),
      cancel() {
        taken.cancelled = true;
      },
    });
    expect(await answer(post(SIGN_OUT, body))).toMatchObject({
      status: 400,
      json: { code: 'ERR_REQUEST_INVALID', detail: 'body: did not arrive in time' },
    });
    expect(taken.cancelled).toBe(true);
    expect(seen.lines.map(({ level }) => level)).toEqual(['info']);
    expect(seen.counts).toEqual({ 'Refusals Code=ERR_REQUEST_INVALID': 1 });
  });

  test('whose sender goes away, over a connection, is a bad request, too', async () => {
    const served = await serve(handler);
    const socket = connect(Number(new URL(served.origin).port), '127.0.0.1');
    const head = ['POST /api/session/sign-out HTTP/1.1', 'host: x', 'content-length: 99'];
    const headers = Object.entries({ ...SAME_ORIGIN, ...JSON_TYPE }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n{`, () => socket.destroy());
    await until('the line in the log', async () => seen.lines.length > 0);
    await served.close();
    expect(seen.lines).toMatchObject([{ level: 'info', data: { status: 400, code: 'ERR_REQUEST_INVALID' } }]);
  });

  test('that was read before is a defect of the host server, which is logged', async () => {
    const read = post(SIGN_OUT, BODY);
    await read.text();
    const locked = post(SIGN_OUT, BODY);
    locked.body!.getReader();
    for (const request of [read, locked]) expect(await answer(request)).toMatchObject({ status: 500 });
    expect(seen.said()).toContain('has been read before');
  });

  test('that is absent is not a JSON document', async () => {
    const request = new Request(SIGN_OUT, { method: 'POST', headers: { ...SAME_ORIGIN, ...JSON_TYPE } });
    expect((await answer(request)).json).toMatchObject({ detail: 'body: must be a JSON document' });
  });
});

test("the peer's address is what the server says; undefined where it says none", async () => {
  const request = () => new Request(`${SITE_URL}/api/session?a=1&b=%20`);
  const known = await handler(request(), { sourceIp: '192.0.2.7' });
  expect(await known!.json()).toEqual({ sourceIp: '192.0.2.7', query: 'a=1&b=+' });
  expect((await answer(request())).json).toEqual({ query: 'a=1&b=+' });
});

test('HEAD is answered without a body', async () => {
  const response = await handler(new Request(`${SITE_URL}/api/session`, { method: 'HEAD' }));
  expect(response).toMatchObject({ status: 405, body: null });
  expect(response!.headers.get('allow')).toBe('GET');
});
