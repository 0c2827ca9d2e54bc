import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSession } from '../../../core/lifecycle.ts';
import { definePolicy } from '../../../core/policy.ts';
import { sessionStatus } from '../../../core/protocol.ts';
import { type Clock, createSessionClient } from '../../../web/client/index.ts';
import { EMPTY_DOCUMENT } from '../../support/client-page.ts';

const START = 1_700_000_000_000;
/** The device's clock is an hour ahead of the server's, and finer than a millisecond. */
const DEVICE_NOW = START + 3_600_000.25;

const clock: Clock = {
  now: () => DEVICE_NOW,
  monotonic: () => 0,
  setTimeout: () => 0,
  clearTimeout: () => {},
};

beforeEach(() => {
  Object.assign(globalThis, { document: EMPTY_DOCUMENT, addEventListener: () => {} });
});
afterEach(() => {
  for (const name of ['document', 'addEventListener']) Reflect.deleteProperty(globalThis, name);
});

test('a touch says how long ago the user was active, and when it was sent by the device', async () => {
  const policy = definePolicy({});
  const session = createSession({ sessionId: 'touch'.padEnd(22, '0'), subject: 'ada', policy, now: START });
  const bodies: unknown[] = [];
  const client = createSessionClient({
    clock,
    channelName: 'touch',
    storage: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
    fetch: async (_url, init) => {
      if (init?.body) bodies.push(JSON.parse(String(init.body)));
      return Response.json(sessionStatus(session, START));
    },
  });
  client.start();
  await client.refresh();
  expect(await client.extend()).toBe(true);
  client.stop();
  expect(bodies).toEqual([{ sessionId: session.sessionId, idleForMs: 0, at: START + 3_600_000 }]);
});
