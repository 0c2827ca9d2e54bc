import { expect, test } from '@jest/globals';
import { toReply } from '../../../local/gateway/reply.ts';

test('several cookies are several Set-Cookie headers; multiValueHeaders is ignored', () => {
  const reply = toReply({
    statusCode: 200,
    headers: { 'X-A': 1 },
    multiValueHeaders: { 'x-b': ['no'] },
    cookies: ['a=1; Path=/', 'b=2'],
    body: 'hi',
  });
  expect(reply.headers).toEqual([
    ['x-a', '1'],
    ['set-cookie', 'a=1; Path=/'],
    ['set-cookie', 'b=2'],
  ]);
  expect(reply.body.toString()).toBe('hi');
});

test('a base64 body is decoded', () => {
  expect(toReply({ statusCode: 200, body: 'aGk=', isBase64Encoded: true }).body.toString()).toBe('hi');
});

test('a value without statusCode is the body of a 200', () => {
  const reply = toReply({ ok: true });
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.body.toString())).toEqual({ ok: true });
});

test.each([
  [{ statusCode: 'x' }],
  [{ statusCode: 99 }],
  [{ statusCode: 600 }],
  [{ statusCode: 200, body: { a: 1 } }],
])('what can be no reply is a 500: %j', (result) => {
  const reply = toReply(result);
  expect(reply.status).toBe(500);
  expect(JSON.parse(reply.body.toString())).toEqual({ message: 'Internal Server Error' });
});
