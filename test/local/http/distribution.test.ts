import { expect, test } from '@jest/globals';
import { createCookieCheck } from '../../../local/http/cookie-check.ts';
import { createDistribution } from '../../../local/http/distribution.ts';
import { type HttpRequest, jsonReply } from '../../../local/http/message.ts';
import { createLog } from '../../../local/log.ts';

const ASKED = { method: 'GET', body: Buffer.alloc(0), sourceIp: '192.0.2.7' };

test('a header of the distribution takes the place of whatever a client sends under its name; the site gets none', async () => {
  const seen: HttpRequest[] = [];
  const answer = async (request: HttpRequest) => {
    seen.push(request);
    return jsonReply(200, {});
  };
  const distribution = createDistribution({
    localApi: answer,
    api: answer,
    site: answer,
    cookies: createCookieCheck('http://localhost:8080', 'http://127.0.0.1:9000'),
    originHeaders: [['x-curfew-origin', 'secret']],
    log: createLog(
      () => undefined,
      false,
      () => 0,
    ),
  });
  const rawHeaders = ['X-Curfew-Origin', 'mine', 'accept', 'x-curfew-origin', 'x-curfew-origin', 'again'];
  for (const url of ['/api/session', '/page']) await distribution({ ...ASKED, url, rawHeaders });
  expect(seen.map((request) => request.rawHeaders)).toEqual([
    ['accept', 'x-curfew-origin', 'x-curfew-origin', 'secret'],
    rawHeaders,
  ]);
});
