import { describe, expect, test } from '@jest/globals';
import { readHttpEvent } from '../../../functions/http/http-event.ts';
import { event } from '../../support/http.ts';
import * as samples from '../../support/lambda-samples.ts';

describe('an event as AWS documents it, of', () => {
  const HTTP_API = {
    front: 'http-api',
    method: 'POST',
    path: '/my/path',
    query: 'parameter1=value1&parameter1=value2&parameter2=value',
    headers: { header1: 'value1', header2: 'value1,value2' },
    cookies: ['cookie1', 'cookie2'],
    body: 'Hello from Lambda',
    isBase64Encoded: false,
    sourceIp: '192.0.2.1',
    requestId: 'id',
  };
  test.each<[string, object, object]>([
    ['an HTTP API', samples.HTTP_API, HTTP_API],
    ['a function URL', samples.FUNCTION_URL, { ...HTTP_API, body: 'Hello from client!' }],
    [
      'a REST API',
      samples.REST_API,
      {
        front: 'rest-api',
        method: 'POST',
        path: '/path/to/resource',
        query: 'foo=bar',
        headers: {
          'accept-language': 'en-US,en;q=0.8',
          host: '1234567890.execute-api.us-east-1.amazonaws.com',
          'x-forwarded-for': '127.0.0.1, 127.0.0.2',
        },
        cookies: undefined,
        body: 'eyJ0ZXN0IjoiYm9keSJ9',
        isBase64Encoded: true,
        sourceIp: '127.0.0.1',
        requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      },
    ],
    [
      'an HTTP API, payload format 1.0',
      samples.HTTP_API_1,
      {
        front: 'rest-api',
        method: 'GET',
        path: '/my/path',
        query: 'parameter1=value1&parameter1=value2&parameter2=value',
        headers: { header1: 'value1', header2: 'value1,value2' },
        cookies: undefined,
        body: 'Hello from Lambda!',
        isBase64Encoded: false,
        sourceIp: '192.0.2.1',
        requestId: 'id=',
      },
    ],
    [
      'a load balancer',
      samples.LOAD_BALANCER,
      {
        front: 'load-balancer',
        method: 'GET',
        path: '/lambda',
        query: 'query=1234ABCD',
        headers: samples.LOAD_BALANCER.headers,
        cookies: undefined,
        body: '',
        isBase64Encoded: false,
        sourceIp: '72.12.164.125',
        requestId: undefined,
      },
    ],
    [
      'a load balancer with multi-value headers',
      samples.LOAD_BALANCER_LISTS,
      {
        front: 'load-balancer-multi-value',
        method: 'GET',
        path: '/lambda',
        query: 'myKey=val1&myKey=val%202',
        headers: {
          cookie: 'name1=value1; name2=value2',
          host: 'lambda-846800462-us-east-2.elb.amazonaws.com',
          'x-forwarded-for': '198.51.100.7, 72.21.198.66',
        },
        cookies: undefined,
        body: '',
        isBase64Encoded: false,
        sourceIp: '72.21.198.66',
        requestId: undefined,
      },
    ],
    [
      '$connect of a WebSocket API, which is a GET that asks for an upgrade',
      samples.CONNECT,
      {
        front: 'websocket',
        method: 'GET',
        path: '/',
        query: '',
        headers: {
          host: 'abcd123.execute-api.us-east-1.amazonaws.com',
          'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
          'sec-websocket-key': '...',
          'sec-websocket-version': '13',
          'x-forwarded-for': '192.0.2.1',
          upgrade: 'websocket',
        },
        cookies: undefined,
        body: '',
        isBase64Encoded: false,
        sourceIp: '192.0.2.1',
        requestId: 'ABCD1234=',
      },
    ],
    [
      'a request authorizer of a REST API',
      samples.REST_AUTHORIZER,
      {
        front: 'rest-api',
        method: 'GET',
        path: '/request',
        query: 'QueryString1=queryValue1',
        headers: { 'x-amz-date': '20170718T062915Z', accept: '*/*', 'x-forwarded-for': '192.0.2.1' },
        cookies: undefined,
        body: '',
        isBase64Encoded: false,
        sourceIp: '192.0.2.1',
        requestId: '...',
      },
    ],
  ])('%s', (_, given, expected) => {
    expect(readHttpEvent(given)).toEqual(expected);
  });
});

describe('what a request does not have may be', () => {
  const NOTHING = { query: '', headers: {}, cookies: undefined, body: '', isBase64Encoded: false };
  const OF_2 = { rawQueryString: null, headers: null, cookies: null, body: null, isBase64Encoded: null };
  const OF_1 = {
    headers: null,
    multiValueHeaders: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: null,
  };
  test.each([
    ['left out', {}, {}],
    ['null', OF_2, OF_1],
    [
      'null in a map',
      {},
      { headers: { a: null }, multiValueHeaders: { b: null }, queryStringParameters: { c: null } },
    ],
    ['an empty list', {}, { multiValueHeaders: { upgrade: [] }, multiValueQueryStringParameters: { c: [] } }],
  ])('%s', (_, of2, of1) => {
    const known = { method: 'GET', path: '/a' };
    const http = { requestContext: { http: known }, ...of2 };
    expect(readHttpEvent(http)).toMatchObject({ ...NOTHING, front: 'http-api', ...known });
    const request = { httpMethod: 'GET', path: '/a', ...of1 };
    const rest = readHttpEvent({ ...request, requestContext: {} });
    expect(rest).toEqual({
      ...NOTHING,
      front: 'rest-api',
      ...known,
      sourceIp: undefined,
      requestId: undefined,
    });
    const balanced = readHttpEvent({ ...request, requestContext: { elb: {} } });
    expect(balanced).toMatchObject({ ...NOTHING, ...known, sourceIp: undefined });
    expect(readHttpEvent({ ...of1, requestContext: { eventType: 'CONNECT' } })).toMatchObject({
      ...NOTHING,
      front: 'websocket',
      headers: { upgrade: 'websocket' },
    });
  });
});

test('names that differ in case are one header, and a cookie header that comes twice is one', () => {
  const multiValueHeaders = { Cookie: ['a=1', 'b=2'], cookie: ['c=3'], 'X-A': ['1'], 'x-a': ['2', '3'] };
  const { headers } = readHttpEvent({ httpMethod: 'GET', path: '/', multiValueHeaders, requestContext: {} });
  expect(headers).toEqual({ cookie: 'a=1; b=2; c=3', 'x-a': '1,2,3' });
});

test('no header reaches a prototype', () => {
  const given = JSON.parse(
    '{"httpMethod":"GET","path":"/","requestContext":{},"headers":{"__proto__":"x","constructor":"y"}}',
  );
  const { headers } = readHttpEvent(given);
  expect(headers.toString).toBe(undefined);
  expect(headers.constructor).toBe('y');
});

describe('an event of another form is an error that says what it is:', () => {
  const NONE =
    'not a request of an HTTP API, a function URL, a REST API, a load balancer, or $connect of a WebSocket API, but';
  const HTTP = 'not a request of an HTTP API or a function URL, payload format 2.0:';
  const REST = 'not a request of a REST API, payload format 1.0, or a load balancer:';
  const WRONG = 'is missing or of the wrong type';
  test.each([
    ['nothing', undefined, `${NONE} undefined`],
    ['a text', 'secret', `${NONE} string`],
    [
      'a schedule',
      { source: 'aws.events', detail: { a: 'secret' } },
      `${NONE} an event with the fields source, detail`,
    ],
    ['a queue', { Records: [] }, `${NONE} an event with the fields Records`],
    [
      'a request without context',
      { httpMethod: 'GET', path: '/' },
      `${NONE} an event with the fields httpMethod, path`,
    ],
    ['a message', samples.MESSAGE, `${NONE} MESSAGE of a WebSocket API, which has no cookie: guard $connect`],
    ['a request without path', { httpMethod: 'GET', requestContext: {} }, `${REST} path: ${WRONG}`],
    ['cookies that are no list', { ...event({ path: '/' }), cookies: 'a=b' }, `${HTTP} cookies: ${WRONG}`],
    [
      'a header that is no text',
      { ...event({ path: '/' }), headers: { a: 1 } },
      `${HTTP} headers.a: ${WRONG}`,
    ],
    [
      'a list that is none',
      { ...samples.CONNECT, multiValueHeaders: { a: '1' } },
      `not a request of $connect of a WebSocket API: multiValueHeaders.a: ${WRONG}`,
    ],
  ])('%s', (_, given, message) => {
    const read = () => readHttpEvent(given);
    expect(read).toThrow(TypeError);
    expect(read).toThrow(message);
  });
});
