import { expect, test } from '@jest/globals';
import { toEvent } from '../../../local/gateway/event.ts';
import { toReply } from '../../../local/gateway/reply.ts';
import fc from '../../support/fast-check.ts';

const CONTEXT = { routeKey: '$default', pathParameters: {}, domainName: 'a.b', requestId: 'r', now: 0 };

test('whatever the request, an event that JSON can carry, its body intact', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { maxLength: 10 }),
      fc.uint8Array(),
      (path, headers, bytes) => {
        const body = Buffer.from(bytes);
        const event = toEvent(
          { method: 'POST', url: `/${path}`, rawHeaders: headers.flat(), body, sourceIp: '::1' },
          CONTEXT,
        );
        expect(() => JSON.stringify(event)).not.toThrow();
        expect(Object.keys(event.headers).every((name) => name === name.toLowerCase())).toBe(true);
        if (event.isBase64Encoded) expect(Buffer.from(event.body!, 'base64')).toEqual(body);
        else expect(event.body ?? '').toBe(body.toString('utf8'));
      },
    ),
  );
});

test('time to read cookies grows with their length: spaces do not make it square', () => {
  const value = `a=${' '.repeat(100_000)}b; c=d`;
  const request = {
    method: 'GET',
    url: '/',
    rawHeaders: ['cookie', value],
    body: Buffer.alloc(0),
    sourceIp: '::1',
  };
  // Of this process alone: other tests share the machine.
  const began = process.cpuUsage();
  expect(toEvent(request, CONTEXT).cookies).toEqual([value.slice(0, -5), 'c=d']);
  const { user, system } = process.cpuUsage(began);
  // Square, it is over twenty seconds.
  expect(user + system).toBeLessThan(2_000_000);
});

test('whatever a function returns, a reply with a valid status and a body of bytes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.anything(), (json, headers) => {
      for (const result of [
        json,
        { statusCode: json },
        { statusCode: 200, body: json },
        { statusCode: 204, headers },
        { statusCode: 204, headers: { a: headers, b: json }, cookies: [headers, json] },
        { statusCode: { toString: '' }, cookies: [{ toString: '' }] },
      ]) {
        const reply = toReply(result);
        expect(reply.status).toBeGreaterThanOrEqual(200);
        expect(reply.status).toBeLessThan(600);
        expect(Buffer.isBuffer(reply.body)).toBe(true);
      }
    }),
  );
});
