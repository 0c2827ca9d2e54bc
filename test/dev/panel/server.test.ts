import { afterEach, expect, test } from '@jest/globals';
import { readState } from '../../../dev/panel/server.ts';
import { DEV_HEADER } from '../../../dev/protocol.ts';
import { DEV_STATE } from './samples.ts';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

const own = { [DEV_HEADER]: 'test' };

test.each([
  ['the server', () => Response.json(DEV_STATE, { headers: own }), DEV_STATE],
  ['another server', () => Response.json({}), undefined],
  ['a server that fails', () => Response.json({}, { status: 500, headers: own }), undefined],
  ['a proxy that cuts the answer', () => new Response('{', { headers: own }), undefined],
  ['nobody', () => Promise.reject(new TypeError('fetch failed')), undefined],
] as const)('how things stand, as %s answers', async (_, answer, expected) => {
  globalThis.fetch = async () => answer();
  expect(await readState()).toEqual(expected);
});
