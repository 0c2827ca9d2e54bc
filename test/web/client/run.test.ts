import { expect, test } from '@jest/globals';
import type { ErrorCode } from '../../../core/errors.ts';
import { confirmingRun } from '../../../web/client/transport.ts';

const problem = (code: ErrorCode, status: number) => Response.json({ code, status }, { status });
const UNCONFIRMED = () => problem('ERR_RUN_UNCONFIRMED', 403);
const DONE = () => new Response('done');

/** What a server is asked that answers like this, and the client's answer. */
async function ask(answers: (() => Response)[], ...request: Parameters<typeof fetch>) {
  const asked: string[] = [];
  const send = confirmingRun(async (input, init) => {
    const { method, url } = new Request(
      new URL(String(input instanceof Request ? input.url : input), 'https://a'),
      init,
    );
    const body = input instanceof Request ? await input.text() : (init?.body ?? '');
    asked.push([method, new URL(url).pathname, body].filter(Boolean).join(' '));
    if (url.endsWith('/run/check')) return Response.json({ run: 'other' });
    return answers.shift()!();
  }, '/api');
  const response = await send(...request);
  return { asked, status: response.status, text: await response.text() };
}

test('what an unconfirmed run was rejected for is asked once more, after a check of the run', async () => {
  expect(await ask([UNCONFIRMED, DONE], '/api/session')).toEqual({
    asked: ['GET /api/session', 'GET /api/run/check', 'GET /api/session'],
    status: 200,
    text: 'done',
  });
});

test('never a third time: the answer stands, and can be read', async () => {
  const { asked, status, text } = await ask([UNCONFIRMED, UNCONFIRMED], '/api/session');
  expect(asked).toHaveLength(3);
  expect(status).toBe(403);
  expect(JSON.parse(text)).toMatchObject({ code: 'ERR_RUN_UNCONFIRMED' });
});

test('a request with a body is sent whole both times', async () => {
  const request = new Request('https://a/api/items', { method: 'POST', body: 'all of it' });
  const { asked } = await ask([UNCONFIRMED, DONE], request);
  expect(asked.filter((one) => one.startsWith('POST') || one.includes('all of it'))).toHaveLength(2);
});

test.each([
  ['a success', DONE],
  ['another rejection', () => problem('ERR_CROSS_SITE', 403)],
  ["the application's own", () => Response.json({ message: 'Forbidden' }, { status: 403 })],
  ['a page', () => new Response('<h1>Forbidden</h1>', { status: 403 })],
  ['an end', () => problem('ERR_SESSION_ENDED', 401)],
])('%s is no reason to ask again', async (_, answer) => {
  expect((await ask([answer], '/api/session')).asked).toEqual(['GET /api/session']);
});
