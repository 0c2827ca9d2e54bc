import { expect, test } from '@jest/globals';
import { toEvent } from '../../../local/gateway/event.ts';
import { asHeader, codePoint, SPACES_AND_CONTROLS } from '../../support/spaces.ts';

const CONTEXT = {
  routeKey: 'POST /api/session/touch',
  pathParameters: {},
  domainName: 'abc.execute-api.us-east-1.amazonaws.com',
  requestId: 'r-1',
  now: Date.UTC(2026, 2, 12, 19, 3, 58),
};
const REQUEST = {
  method: 'POST',
  url: '/api/x',
  rawHeaders: [],
  body: Buffer.alloc(0),
  sourceIp: '192.0.2.7',
};

test('cookies are apart from the headers, one a pair', () => {
  const event = toEvent({ ...REQUEST, rawHeaders: ['Cookie', 'a=1; b=2', 'cookie', 'c=3'] }, CONTEXT);
  expect(event.cookies).toEqual(['a=1', 'b=2', 'c=3']);
  expect(event.headers).not.toHaveProperty('cookie');
  expect(toEvent(REQUEST, CONTEXT)).not.toHaveProperty('cookies');
});

test('a cookie is byte for byte what the browser sent: spaces and tabs around it go, and no other white space', () => {
  const raw = '\u00a0__Host-session=a;\t__Host-session=b \u2003; c=%3B "d" ;; ';
  const { cookies } = toEvent({ ...REQUEST, rawHeaders: ['Cookie', raw] }, CONTEXT);
  expect(cookies).toEqual(['\u00a0__Host-session=a', '__Host-session=b \u2003', 'c=%3B "d"']);
});

test('of all spaces and control characters of Unicode only SP and HTAB are dropped around a cookie', () => {
  const dropped = SPACES_AND_CONTROLS.filter((character) =>
    [character, asHeader(character)].some((around) => {
      const { cookies } = toEvent(
        { ...REQUEST, rawHeaders: ['Cookie', `x=1;${around}a=b${around}`] },
        CONTEXT,
      );
      return cookies![1] !== `${around}a=b${around}`;
    }),
  );
  expect(dropped.map(codePoint)).toEqual(['U+0009', 'U+0020']);
});

test('the function sees the host of the API, not of the site', () => {
  const event = toEvent({ ...REQUEST, rawHeaders: ['Host', 'localhost:8080'] }, CONTEXT);
  expect(event.headers.host).toBe(CONTEXT.domainName);
  expect(event.requestContext.domainName).toBe(CONTEXT.domainName);
});

test('names in lower case, repeated headers joined, hop-by-hop ones gone', () => {
  const rawHeaders = ['X-A', '1', 'x-a', '2', 'Connection', 'close', 'Transfer-Encoding', 'chunked'];
  const { headers } = toEvent({ ...REQUEST, rawHeaders }, CONTEXT);
  expect(headers['x-a']).toBe('1,2');
  expect(Object.keys(headers)).not.toContain('connection');
  expect(Object.keys(headers)).not.toContain('transfer-encoding');
});

test('the caller stands before the distribution in X-Forwarded-For, after what it claimed itself', () => {
  const claimed = toEvent({ ...REQUEST, rawHeaders: ['X-Forwarded-For', '203.0.113.1'] }, CONTEXT);
  expect(claimed.headers['x-forwarded-for']).toBe('203.0.113.1, 192.0.2.7, 127.0.0.1');
  expect(toEvent(REQUEST, CONTEXT).headers['x-forwarded-for']).toBe('192.0.2.7, 127.0.0.1');
});

test('query: raw and by name, repeated names joined', () => {
  const event = toEvent({ ...REQUEST, url: '/api/x?a=1&a=2&b=%C3%A4' }, CONTEXT);
  expect(event.rawQueryString).toBe('a=1&a=2&b=%C3%A4');
  expect(event.queryStringParameters).toEqual({ a: '1,2', b: 'ä' });
  expect(toEvent(REQUEST, CONTEXT)).not.toHaveProperty('queryStringParameters');
});

test.each([
  ['application/json', false],
  ['application/problem+json; charset=utf-8', false],
  ['text/plain', false],
  ['application/octet-stream', true],
  [undefined, true],
])('a body of type %s is base64: %s', (type, base64) => {
  const body = Buffer.from('{"a":"ä"}');
  const event = toEvent({ ...REQUEST, body, rawHeaders: type ? ['content-type', type] : [] }, CONTEXT);
  expect(event.isBase64Encoded).toBe(base64);
  expect(Buffer.from(event.body!, base64 ? 'base64' : 'utf8')).toEqual(body);
});

test('the time, in both forms', () => {
  const { requestContext } = toEvent(REQUEST, CONTEXT);
  expect(requestContext.time).toBe('12/Mar/2026:19:03:58 +0000');
  expect(requestContext.timeEpoch).toBe(CONTEXT.now);
});
