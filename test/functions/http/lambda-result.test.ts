import { expect, test } from '@jest/globals';
import type { LambdaFront } from '../../../functions/http/http-event.ts';
import { toLambdaResult } from '../../../functions/http/lambda-result.ts';

const headers = { 'content-type': 'text/plain' };
const cookies = ['a=1', 'b=2', 'c=3'];

test.each<[LambdaFront, object]>([
  ['http-api', { statusCode: 403, headers, cookies, body: 'no' }],
  ['rest-api', { statusCode: 403, headers, multiValueHeaders: { 'set-cookie': cookies }, body: 'no' }],
  [
    'load-balancer',
    {
      statusCode: 403,
      statusDescription: '403 Forbidden',
      headers: { ...headers, 'set-cookie': 'a=1', 'Set-cookie': 'b=2', 'sEt-cookie': 'c=3' },
      body: 'no',
      isBase64Encoded: false,
    },
  ],
  [
    'load-balancer-multi-value',
    {
      statusCode: 403,
      statusDescription: '403 Forbidden',
      multiValueHeaders: { 'content-type': ['text/plain'], 'set-cookie': cookies },
      body: 'no',
      isBase64Encoded: false,
    },
  ],
  ['websocket', { statusCode: 403, headers, body: 'no' }],
])('a reply in the form of %s', (front, expected) => {
  expect(toLambdaResult({ status: 403, headers, cookies, body: 'no' }, front)).toEqual(expected);
});

test.each<[LambdaFront, object]>([
  ['http-api', { statusCode: 202, headers: {} }],
  ['rest-api', { statusCode: 202, headers: {}, body: '' }],
  [
    'load-balancer',
    { statusCode: 202, statusDescription: '202 Accepted', headers: {}, body: '', isBase64Encoded: false },
  ],
  [
    'load-balancer-multi-value',
    {
      statusCode: 202,
      statusDescription: '202 Accepted',
      multiValueHeaders: {},
      body: '',
      isBase64Encoded: false,
    },
  ],
  ['websocket', { statusCode: 202, headers: {}, body: '' }],
])('one without cookie and body in the form of %s', (front, expected) => {
  expect(toLambdaResult({ status: 202, headers: {}, cookies: [] }, front)).toStrictEqual(expected);
});

test('a load balancer without lists gets each cookie under a name of its own', () => {
  const many = Array.from({ length: 12 }, (_, index) => `c${index}=1`);
  const { headers: sent = {} } = toLambdaResult({ status: 204, headers: {}, cookies: many }, 'load-balancer');
  expect(Object.values(sent)).toEqual(many);
  expect(new Set(Object.keys(sent).map((name) => name.toLowerCase()))).toEqual(new Set(['set-cookie']));
});
