import { expect, test } from '@jest/globals';
import { readHttpEvent } from '../../../functions/http/http-event.ts';
import { event } from '../../support/http.ts';

test('an event is read', () => {
  const sent = { method: 'POST', path: '/a', query: 'b=c', headers: { d: 'e' }, cookies: ['f=g'], body: 'h' };
  expect(readHttpEvent(event(sent))).toEqual({
    ...sent,
    isBase64Encoded: false,
    sourceIp: '192.0.2.1',
    requestId: 'request',
  });
});

test.each([
  ['left out', {}],
  ['null', { rawQueryString: null, headers: null, cookies: null, body: null, isBase64Encoded: null }],
])('what a request does not have may be %s', (_, parts) => {
  const requestContext = { http: { method: 'GET', path: '/a' } };
  expect(readHttpEvent({ requestContext, ...parts })).toEqual({
    method: 'GET',
    path: '/a',
    query: '',
    headers: {},
    cookies: undefined,
    body: '',
    isBase64Encoded: false,
    sourceIp: undefined,
    requestId: undefined,
  });
});

test.each([
  ['nothing', undefined, 'body'],
  ['an event of a schedule', { source: 'aws.events' }, 'requestContext'],
  [
    'a request of a REST API, payload format 1.0',
    { httpMethod: 'GET', requestContext: {} },
    'requestContext.http',
  ],
  ['cookies that are no list', { ...event({ path: '/' }), cookies: 'a=b' }, 'cookies'],
  ['a header that is no text', { ...event({ path: '/' }), headers: { a: 1 } }, 'headers.a'],
])('of another form: %s, which is said with the field', (_, given, field) => {
  expect(() => readHttpEvent(given)).toThrow(
    `not an event of an HTTP API, payload format 2.0: ${field}: is missing or of the wrong type`,
  );
});
